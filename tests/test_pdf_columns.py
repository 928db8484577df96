"""PDF pages whose columns are written across, and the blanks that some fonts leave."""

from corpora.readers.pdf import unspaced
from corpora.readers.pdf_columns import Fragment, in_columns

WIDTH = 595.0  # of A4, in points


def page(left: list[str], right: list[str], *, across: bool) -> list[Fragment]:
    """The lines of two columns from the top, written row by row or column by column."""
    first = [Fragment(50.0, 760.0 - 20 * i, 11.0, text) for i, text in enumerate(left)]
    second = [Fragment(315.0, 760.0 - 20 * i, 11.0, text) for i, text in enumerate(right)]
    if not across:
        return first + second
    return [piece for pair in zip(first, second, strict=True) for piece in pair]


LEFT = ["一、选择题", "1. 谁？", "A. 甲  B. 乙", "2. 何人？", "A. 丙  B. 丁", "二、填空题", "3. 甲在____。"]
RIGHT = ["4. 乙在____。", "三、判断题", "5. 甲是乙。", "6. 乙是丙。", "四、简答题", "7. 为什么？", "8. 怎么办？"]


def test_columns_written_across_are_read_one_after_the_other() -> None:
    head = [Fragment(200.0, 800.0, 11.0, "一份有两栏的卷子")]
    assert in_columns([*head, *page(LEFT, RIGHT, across=True)], WIDTH).split("\n") == [head[0].text, *LEFT, *RIGHT]


def test_columns_that_read_well_are_left_as_they_are() -> None:
    assert in_columns(page(LEFT, RIGHT, across=False), WIDTH) == ""


def test_options_in_two_columns_are_no_columns_of_the_page() -> None:
    left = ["1. 谁？", "A. 甲", "C. 丙"] * 4
    right = ["（ ）", "B. 乙", "D. 丁"] * 4
    assert in_columns(page(left, right, across=True), WIDTH) == ""
    assert in_columns([], WIDTH) == ""


def test_blanks_between_all_characters() -> None:
    text = "1 .   王 伦 把 守 的 山 寨 是 （         ）\nA .   桃 花 山       B .   梁 山 泊\n" * 3
    assert unspaced(text).startswith("1. 王伦把守的山寨是（    ）\nA. 桃花山   B. 梁山泊\n")
    plain = "王伦把守的山寨是 梁山泊，一百单八位好汉聚在这里。" * 3
    assert unspaced(plain) == plain
