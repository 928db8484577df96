"""True/false questions: the verdict in every place and form, and the correction beside it."""

from typing import Any

import pytest

from corpora.document import Document
from extractors.questions import extract_questions
from extractors.records import Question


def one(text: str) -> tuple[str, str, Any, str]:
    (item,) = extract_questions(Document("d", "s", "quiz", "T", f"一、判断题\n{text}\n", "a.txt", "utf-8", "0"))
    assert isinstance(item, Question)
    return item.type, item.stem, item.answer, item.explanation


@pytest.mark.parametrize(
    "text",
    [
        "1.甲是乙。（√）", "1.（√）甲是乙。", "（√）1.甲是乙。", "1.甲是乙。（对）", "1.甲是乙。√",
        "1.甲是乙。 对", "1.甲是乙。【正确】", "1.甲是乙。\n答案：正确", "1.甲是乙。T", "1.甲是乙。(Y)",
        "1.甲是乙。\nA.对 B.错\n答案：A", "1.甲是乙。○", "1.【判断】甲是乙。【答案】对",
        "1.甲是乙。（√）（2分）", "1.甲是乙。_√_", "1.甲是乙。( √ )解析：如题。", "1.判断题：甲是乙。\n答案：√",
        "√ 1.甲是乙。", "1.甲是乙。□√ □×\n答案：√", "1.甲是乙。____\n答案：T", "1.甲是乙。\n对", "1.甲是乙。 ✅",
    ],
)  # fmt: skip
def test_true(text: str) -> None:
    assert one(text)[:3] == ("true_false", "甲是乙。", "true")


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("1.甲是乙。（×，是丙）", "是丙"),
        ("1.甲是乙。（×）是丙。", "是丙"),
        ("1.甲是乙。（×）改正：甲是丙。", "改正：甲是丙"),
        ("1.甲是乙。（错误，应为丙）", "应为丙"),
        ("1.甲是乙。\n答案：错。应为丙。", "应为丙。"),
        ("1.× 甲是乙。", ""),
        ("1.甲是乙。（F）", ""),
    ],
)
def test_false(text: str, note: str) -> None:
    assert one(text) == ("true_false", "甲是乙。", "false", note)


def test_under_the_wrong_heading() -> None:
    assert one("1.为什么？\n答案：因为甲在山上。")[:3] == ("short_answer", "为什么？", "因为甲在山上。")
