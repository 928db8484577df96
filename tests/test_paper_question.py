"""A question's options and the answers printed beside it."""

from typing import Any

import pytest
from question_files import FOUR, read, short

from extractors.paper_option_lists import split_list
from extractors.paper_options import split_options
from extractors.records import Question

# --- options -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "谁？\nA. 甲  B. 乙  C. 丙  D. 丁",
        "谁？\nA、甲\tB.乙\nC：丙\tD）丁",
        "谁？Ａ．甲Ｂ．乙Ｃ．丙Ｄ．丁",
        "谁？(A)甲 (B)乙 (C)丙 (D)丁",
        "谁？\n［A］甲\n［B］乙\n【C】丙\n【D】丁",
        "谁？\na. 甲  b. 乙  c. 丙  d. 丁",
        "谁？\nA 甲  B 乙  C 丙  D 丁",
        "谁？\nA甲B乙C丙D丁",
        "谁？\nA. 甲   C. 丙\nB. 乙   D. 丁",
        "谁？\nA. 甲；\nB. 乙；\nC. 丙；\nD. 丁",
    ],
)
def test_options_however_they_are_set(text: str) -> None:
    choice = split_options(text)
    assert (choice.stem, choice.options, choice.ticked) == ("谁？", FOUR, "")


def test_options_that_wrap_that_are_ticked_and_letters_that_are_none() -> None:
    assert split_options("谁？\nA. 甲乙\n丙\nB. 丁").options == {"A": "甲乙丙", "B": "丁"}
    assert split_options("谁？\nA. 甲\nB. 乙√\nC. 丙（正确答案）").ticked == "BC"
    assert split_options("谁？ A.甲 B.乙 【B】").ticked == "B"
    assert split_options("维生素A、B、C各有何用？").options == {}
    assert split_list("谁？\n• 甲\n• 乙\n• 丙", bare=False).options == {"A": "甲", "B": "乙", "C": "丙"}
    six = split_options("有谁？ A.一 B.二 C.三 D.四 E.五 F.六").options
    assert "".join(six) == "ABCDEF"


# --- answers beside the question ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("printed", "answer", "explanation"),
    [
        ("谁？（B）\nA.甲 B.乙", "B", ""),
        ("谁？\nA.甲 B.乙\n【答案】B", "B", ""),
        ("谁？\nA.甲 B.乙\n正确答案：B. 乙", "B", ""),
        ("谁？\nA.甲 B.乙\n（答案：B）", "B", ""),
        ("谁？\nA.甲 B.乙\n答案：乙", "B", ""),
        ("谁？\nA.甲 B.乙 答案：B 解析：见第三回。", "B", "见第三回。"),
        ("谁？\nA.甲 B.乙\n【解析】甲不对，故选B。", "B", "甲不对，故选B。"),
        ("谁？\nA.甲 B.乙\n我的答案：A 正确答案：B", "B", ""),
        ("谁？\nA.甲 B.乙\n[查看答案]\nB", "B", ""),
        ("有谁？\nA.甲 B.乙 C.丙\n答案：A、C（少选得1分）", "AC", "少选得1分"),
        ("甲是乙。（√）", "true", ""),
        ("甲是乙。（ × ）", "false", ""),
        ("甲是乙。（F）", "false", ""),
        ("甲是乙。（ ）\n答案：错误，是丙。", "false", "是丙。"),
        ("甲字____。\n答案：一个愿打，一个愿挨", ["一个愿打，一个愿挨"], ""),
        ("甲字____，乙字____。\n答案：云长/翼德", ["云长", "翼德"], ""),
        ("甲字____，乙字____。\n答案：（1）云长 （2）翼德", ["云长", "翼德"], ""),
        ("甲在“    ”。\n答案：山", ["山"], ""),
        ("打一人名？ 谜底：吴用", "吴用", ""),
        ("为什么？\n答：其一，\n其二。", "其一，\n其二。", ""),
        ("为什么？\n答：________________", None, ""),
        ("为什么？\n【答案】略", None, ""),
        ("为什么？", None, ""),
        ("谁？（A）\nA.甲 B.乙\n答案：B", None, "两套答案不一致。其一：A其二：B"),
    ],
)
def test_answers_beside_the_question(printed: str, answer: Any, explanation: str) -> None:
    (item,) = read(f"1. {printed}\n")
    assert isinstance(item, Question)
    assert (item.answer, item.explanation) == (answer, explanation)


def test_blanks_printed_filled_in() -> None:
    text = """一、填空题
1.甲字（云长），乙字（翼德）。
2.甲字<u>云长</u>。
3.甲字_云长_，乙字_翼德_。
二、歇后语
1.周瑜打黄盖——一个愿打，一个愿挨
2.徐庶进曹营——（一言不发）
"""
    assert [(row[2], row[4]) for row in short(text)] == [
        ("甲字____，乙字____。", ["云长", "翼德"]),
        ("甲字____。", ["云长"]),
        ("甲字____，乙字____。", ["云长", "翼德"]),
        ("周瑜打黄盖——____", ["一个愿打，一个愿挨"]),
        ("徐庶进曹营——____", ["一言不发"]),
    ]


def test_the_type_goes_by_what_stands_there() -> None:
    text = """一、判断题
1.谁？
A.甲 B.乙 C.丙 D.丁
答案：B
2.甲是乙。
A.对 B.错
答案：A
二、简答题
3.甲在____。
答案：山
三、综合
4.（多选，3分）谁？
A.甲 B.乙
5.甲是乙。（ ）
6.甲住在（ ）里。
7.为什么？
"""
    assert [(row[1], row[4]) for row in short(text)] == [
        ("single_choice", "B"),
        ("true_false", "true"),
        ("fill_blank", ["山"]),
        ("multiple_choice", None),
        ("true_false", None),
        ("fill_blank", None),
        ("short_answer", None),
    ]


def test_questions_without_numbers() -> None:
    text = """单选题
谁？
A. 甲
B. 乙
正确答案：B

何人
A. 甲
B. 乙
正确答案：A

判断题
甲是乙。（√）
乙是丙。（×）
"""
    assert [(row[1], row[2], row[4]) for row in short(text)] == [
        ("single_choice", "谁？", "B"),
        ("single_choice", "何人", "A"),
        ("true_false", "甲是乙。", "true"),
        ("true_false", "乙是丙。", "false"),
    ]
