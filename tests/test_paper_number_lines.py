"""Numbers alone on their lines: of questions, of pages, and of neither."""

import pytest

from extractors.paper_number_lines import number_lines


def test_numbers_alone_number_what_is_asked_under_them() -> None:
    lines = [
        "测一测",
        "<b>01</b>",
        "谁来？",
        "A 甲",
        "",
        "02",
        "____是乙。",
        "03",
        "丙是丁。对吗？",
        "答案揭晓",
        "01 甲",
    ]
    assert number_lines(lines) == [
        "测一测", "1.", "谁来？", "A 甲", "", "2.", "____是乙。", "3.", "丙是丁。对吗？", "答案揭晓", "01 甲",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "lines",
    [
        ["1", "谁来？", "2", "谁去？"],  # too few
        ["1.谁来？", "1", "2.谁去？", "2", "3.谁在？", "3"],  # of pages
        ["1", "谁来？", "3", "谁去？", "4", "谁在？"],  # they do not count up
        ["1", "今日天气晴。", "2", "谁去？", "3", "谁在？"],  # nothing is asked
        ["谁来？", "1", "谁去？", "2", "谁在？\f", "3", "谁？"],
        [],
    ],
)
def test_other_numbers_stay_as_they_are(lines: list[str]) -> None:
    assert number_lines(lines) == lines
