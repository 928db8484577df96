"""The numbers and headings of a paper, and the questions that lie between them."""

import pytest
from question_files import read, short

from extractors.paper_marks import heading_at, number_at
from extractors.paper_text import fold
from extractors.records import Question


@pytest.mark.parametrize(
    ("text", "family", "value"),
    [
        ("1. 谁", "plain", 1),
        ("１２．108位", "plain", 12),
        ("3、谁", "plain", 3),
        ("（4）谁", "paren", 4),
        ("⑸ 谁", "paren", 5),
        ("6）谁", "half", 6),
        ("⑦谁", "circle", 7),
        ("第8题 谁", "nth", 8),
        ("第十二题：谁", "nth", 12),
        ("⒐谁", "plain", 9),
        ("（ B ）10. 谁", "plain", 10),
        ("（○）11、谁", "plain", 11),
        ("三、谁", "chinese", 3),
        ("问：谁", "ask", 0),
        ("12 谁", "bare", 12),
    ],
)
def test_number_at(text: str, family: str, value: int) -> None:
    number = number_at(fold(text))
    assert number is not None
    assert (number.family, number.value) == (family, value)


@pytest.mark.parametrize("text", ["谁", "2012年", "3天后", "3、5、7都是质数", "A. 甲", "第一回 甲乙", ""])
def test_no_number(text: str) -> None:
    assert number_at(fold(text)) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("一、单项选择题（每题2分，共22分）", (1, "single_choice")),
        ("第二部分　判断", (2, "true_false")),
        ("（三）填空题：", (3, "fill_blank")),
        ("【多选题】", (0, "multiple_choice")),
        ("貳、是非題", (2, "true_false")),
        ("2. 填空题", (2, "fill_blank")),
        ("五、综合运用（20分）", (5, "")),
        ("一、请简述武松打虎的经过？（5分）", None),
        ("判断下列说法，对的打√。", None),
        ("选择题做完后请检查答案", None),
    ],
)
def test_heading_at(text: str, found: tuple[int, str] | None) -> None:
    heading = heading_at(fold(text))
    assert (heading and (heading.ordinal, heading.kind)) == found


def test_numbers_in_every_style_restarting_and_several_on_a_line() -> None:
    text = """一、单选题
1、谁？（ ）A.甲B.乙C.丙D.丁  2、何人？（ ）A.甲B.乙C.丙D.丁
二、填空题
①甲在____。 ②乙在____。
三、问答题
（1）为什么？
（2）怎么办？
四、判断题
第1题 甲是乙。（ ）
第2题 乙是丙。（ ）
"""
    assert [row[:3] for row in short(text)] == [
        ("1", "single_choice", "谁？"),
        ("2", "single_choice", "何人？"),
        ("1", "fill_blank", "甲在____。"),
        ("2", "fill_blank", "乙在____。"),
        ("1", "short_answer", "为什么？"),
        ("2", "short_answer", "怎么办？"),
        ("1", "true_false", "甲是乙。"),
        ("2", "true_false", "乙是丙。"),
    ]


def test_lists_within_stems_and_answers_are_no_questions() -> None:
    text = """1.排列正确的是（ ）
①起 ②承
③转
A.①②③  B.②①③
2.说说理由。
答：1.其一。
2.其二。
①又其一。
3.12位好汉是谁？
4.结果？
"""
    assert list(short(text)) == [
        ("1", "single_choice", "排列正确的是____\n①起 ②承\n③转", {"A": "①②③", "B": "②①③"}, None),
        ("2", "short_answer", "说说理由。", {}, "1.其一。\n2.其二。\n①又其一。"),
        ("3", "short_answer", "12位好汉是谁？", {}, None),
        ("4", "short_answer", "结果？", {}, None),
    ]


def test_a_passage_in_the_middle_belongs_to_the_questions_it_names() -> None:
    text = """1. 谁？
阅读下面的选段，回答2～3题。
①话说天下大势。②却说关公。
2. 何处？
3. 几时？
4. 为何？
"""
    items = [item for item in read(text) if isinstance(item, Question)]
    passage = "①话说天下大势。②却说关公。"
    assert [(item.number, item.material) for item in items] == [("1", ""), ("2", passage), ("3", passage), ("4", "")]
