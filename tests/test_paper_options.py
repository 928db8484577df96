"""Options however they are set, and the answers beside them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.document import Document
from extractors.paper_option_lists import numbered_answer, split_list, to_letters
from extractors.paper_options import split_options
from extractors.questions import extract_questions
from extractors.records import Question

FOUR = {"A": "甲", "B": "乙", "C": "丙", "D": "丁"}
LISTED = "谁？\nA.甲 B.乙 C.丙 D.丁\n"


def one(text: str) -> tuple[str, str, dict[str, str], Any]:
    (item,) = extract_questions(Document("d", "s", "quiz", "T", text, "a.txt", "utf-8", "0"))
    assert isinstance(item, Question)
    return item.type, item.stem, item.options, item.answer


@pytest.mark.parametrize(
    "text",
    [
        "一、选择题\n1、谁？（ 2 ）\n1）甲 2）乙 3）丙 4）丁",
        "一、选择题\n1、谁？（②）\n①甲 ②乙 ③丙 ④丁",
        "一、选择题\n1、谁？（②）\n①甲\n②乙\n③丙\n④丁",
        "一、单选题\n1、谁？（ ）\n甲\n乙\n丙\n丁\n答案：乙",
        "一、单选题\n1、谁？\n甲    乙    丙    丁\n答案：乙",
        "1. 谁？ (a) 甲 (b) 乙 (c) 丙 (d) 丁\n答案：b",
        "1. 谁？\na) 甲  b) 乙  c) 丙  d) 丁\n答案：b)",
        "1. 谁？\n[A] 甲 [B] 乙 [C] 丙 [D] 丁\n[答案] B",
        "1. 谁？（Ｂ）Ａ甲Ｂ乙Ｃ丙Ｄ丁",
        "1.谁？（B）\nA.甲    C.丙\nB.乙    D.丁",
        "1.谁？（B）A.甲；B.乙；C.丙；D.丁。",
        "1.谁？（B）A.甲，B.乙，C.丙，D.丁",
        "1.谁？（B）\nA-甲\nB-乙\nC-丙\nD-丁",
        "1.谁？（B）\n1. A：甲\n2. B：乙\n3. C：丙\n4. D：丁",
        "1. 谁？\n- A. 甲\n- **B. 乙**\n- C. 丙\n- D. 丁",
        "1. 谁？\n- A 甲\n- B 乙 ✅\n- C 丙\n- D 丁",
        "1. 谁？\n- [ ] A. 甲\n- [x] B. 乙\n- [ ] C. 丙\n- [ ] D. 丁",
        "一、选择题\n1. 谁？\n- [ ] 甲\n- [x] 乙\n- [ ] 丙\n- [ ] 丁",
        "1.谁？\nA.甲\n√B.乙\nC.丙\nD.丁",
        "1.谁？\nA.甲\n*B.乙\nC.丙\nD.丁",
        "1.谁？\nA.甲\n<b>B.乙</b>\nC.丙\nD.丁",
        "1.谁？\nA.甲\nB.<b>乙</b>\nC.丙\nD.丁",
        "1.谁？\nA.甲 B.乙 C.丙 D.丁\nB",
        "1.谁？\nA.甲 B.乙 C.丙 D.丁\n→ B",
    ],
)
def test_options_and_the_right_one(text: str) -> None:
    assert one(text) == ("single_choice", "谁？", FOUR, "B")


@pytest.mark.parametrize(
    "said",
    [
        "正确答案是B", "答案为：B", "【正确答案】B", "答：B", "Answer: B", "答案：选B",
        "【参考答案】B。解析：是乙。", "标准答案：B 乙", "（答案：B）", "[B]", "参考答案\nB",
        "您的答案：C\n正确答案：B", "本题答案：B", "答案  B", "【答 案】B", "〖答案〗B",
        "解析：甲不是，所以选B。", "答案 = B", "||答案：B||", "✅ B", "标答：B", "您的得分：0\n正确答案：B",
    ],
)  # fmt: skip
def test_answers_under_the_options(said: str) -> None:
    assert one(f"1.{LISTED}{said}\n") == ("single_choice", "谁？", FOUR, "B")


@pytest.mark.parametrize(
    "printed", ["谁？[B]", "谁？（  B  ）", "谁？B", "（B）谁？", "谁？____B____", "谁？(B)(3分)", "（3分）谁？（B）"]
)
def test_answers_within_the_question(printed: str) -> None:
    assert one(f"1.{printed}\nA.甲 B.乙 C.丙 D.丁\n") == ("single_choice", "谁？", FOUR, "B")


def test_a_bracket_that_begins_a_sentence_is_its_blank() -> None:
    assert one("一、选择题\n1.（ ）因此上了梁山。\nA.甲 B.乙\n")[1] == "____因此上了梁山。"


def test_all_options_in_bold_say_nothing() -> None:
    assert split_options("谁？\n\ue000A.甲\n\ue000B.乙").stressed == ""
    assert split_options("谁？\nA.甲\n\ue000B.乙").stressed == "B"


def test_numbers_as_letters() -> None:
    assert (to_letters("13"), to_letters("③、①"), to_letters("２")) == ("AC", "AC", "B")
    assert numbered_answer("（2）", FOUR) == "B"
    assert numbered_answer("2", {"A": "1", "B": "2", "C": "3"}) == "2"  # the text of an option
    assert numbered_answer("7", FOUR) == "7"
    assert split_list("甲在①山②水③树", bare=False).options == {"A": "山", "B": "水", "C": "树"}
    assert split_list("①起②承③转", bare=False).options == {}  # nothing asks before them


@given(st.lists(st.text("甲乙丙丁戊", min_size=1, max_size=5), min_size=2, max_size=8))
def test_whatever_the_options_say_they_come_back(said: list[str]) -> None:
    letters = "ABCDEFGH"
    for form in ("{}. {}", "（{}）{}", "{}、{}"):
        printed = "\n".join(form.format(letter, text) for letter, text in zip(letters, said, strict=False))
        choice = split_options(f"谁？\n{printed}")
        assert (choice.stem, list(choice.options.values())) == ("谁？", said)
