"""Keys as people print them: the same answers, at the end of the paper or in another file, in every form."""

from dataclasses import replace
from typing import Any

import pytest

from corpora.document import Document
from extractors.questions import extract_questions
from extractors.records import Question

CHOICES = "一、选择题\n" + "".join(
    f"{n}.{asked}？（ ）\nA.甲 B.乙 C.丙 D.丁\n" for n, asked in enumerate("谁 何人 有谁 哪个".split(), 1)
)
JUDGED = "二、判断题\n1.甲是乙。（ ）\n2.乙是丙。（ ）\n3.丙是丁。（ ）\n"
FILLED = "三、填空题\n1.甲在____，乙在____。\n2.丙在____。\n3.“____，____”是丁说的。\n"


def answers(text: str, key: str = "") -> list[Any]:
    document = Document("d", "s", "quiz", "T", text, "a.txt", "utf-8", "0")
    items = extract_questions(document, replace(document, text=key, origin="key.txt") if key else None)
    return [item.answer for item in items if isinstance(item, Question)]


@pytest.mark.parametrize(
    "key",
    [
        "答案\n题号\t答案\t题号\t答案\n1\tB\t3\tAC\n2\tA\t4\tD",
        "参考答案\n1\nB\n2\nA\n3\nAC\n4\nD",
        "参考答案：1 B 2 A 3 AC 4 D",
        "答案\n1→B\n2→A\n3→AC\n4→D",
        "答案：1-B，2-A，3-AC，4-D",
        "答案：1.（B）2.（A）3.（AC）4.（D）",
        "【答案】1.B；2.A；3.AC；4.D。",
        "答案：1B，2A，3AC，4D",
        "参考答案：1-4：B、A、AC、D",
        "参考答案\n1—4 B A AC D",
        "答案解析\n1.选B。见第一回。\n2.选A。\n3.选A、C。\n4.选D。",
        "参考答案\n1.【解析】甲不对。故选B。\n2.【解析】是甲。故选A。\n3.【解析】甲、丙。故选AC。\n4.【解析】丁。故选D。",
        "参考答案\n1. B 乙\n2. A 甲\n3. AC 甲丙\n4. D 丁",
        "参考答案\n1. 乙\n2. 甲\n3. 甲、丙\n4. 丁",
        "选择题答案：B、A、AC、D",
        "答案：1.b 2.a 3.ac 4.d",
        "答案：１．Ｂ　２．Ａ　３．ＡＣ　４．Ｄ",
        "答案\n（1）B （2）A （3）AC （4）D",
        "答案：①B ②A ③AC ④D",
        "答案\n第1题：B\n第2题：A\n第3题：AC\n第4题：D",
        "## 答案\n| 1 | 2 | 3 | 4 |\n|---|---|---|---|\n| B | A | AC | D |\n",
        "## 答案\n| 题型 | 答案 |\n|---|---|\n| 选择题 | 1.B 2.A 3.AC 4.D |\n",
        "参考答案\n1. 答案：B\n解析：一。\n2. 答案：A\n解析：二。\n3. 答案：AC\n解析：三。\n4. 答案：D\n解析：四。",
        "参考答案\n1．B【解析】识记。\n2．A【解析】考查。\n3．AC【解析】考查。\n4．D【解析】考查。",
        "答案及评分标准（共8分）\n一、（每题2分）1.B 2.A 3.AC 4.D",
        "参考答案：1.__B__ 2.__A__ 3.__AC__ 4.__D__",
        "=====================  KEY  =====================\n1:B\n2:A\n3:AC\n4:D",
        "答案\n4.D 3.AC 2.A 1.B",
        "答案揭晓\n1.B（P12）2.A（P13）3.AC（P14）4.D（P15）",
        "参考答案\n题号\t1\t2\t3\t4\n选项\tB\tA\tAC\tD",
    ],
)
def test_letters(key: str) -> None:
    assert answers(f"{CHOICES}\n{key}\n") == ["B", "A", "AC", "D"]
    assert answers(CHOICES, f"{key}\n") == ["B", "A", "AC", "D"]


@pytest.mark.parametrize(
    "key",
    [
        "参考答案\n二、1-3 √×√",
        "参考答案\n二、√ × √",
        "参考答案\n二、1.对 2.错 3.对",
        "参考答案\n二、对错对",
        "答案：1.T 2.F 3.T",
        "答案：1-3 TFT",
        "参考答案\n二、1.√ 2.×，应为丁 3.√",
        "参考答案\n1.正确\n2.错误。乙是丁。\n3.正确",
        "参考答案\n1.（√）2.（×）3.（√）",
        "答案：1.✓ 2.✗ 3.✓",
        "答案：1.✅ 2.❌ 3.✅",
        "答案：1.A 2.B 3.A",
        "答案：1~3：对、错、对",
        "參考答案\n二、1.○ 2.╳ 3.○",
        "答案：1.Y 2.N 3.Y",
        "答案\n1.这句话是对的。\n2.这句话是错的，应是丁。\n3.这句话是对的。",
        "判断题答案：1.√ 2.× 3.√",
        "答案：对的：1、3；错的：2",
        "参考答案\n二、√：1、3  ×：2",
        "答案\n正确：1、3\n错误：2",
    ],
)
def test_verdicts(key: str) -> None:
    assert answers(f"{JUDGED}\n{key}\n") == ["true", "false", "true"]


def test_verdicts_in_letters_mean_what_the_heading_says() -> None:
    told = JUDGED.replace("判断题", "判断题（正确的填“B”，错误的填“A”）")
    assert answers(f"{told}\n答案：1.A 2.B 3.A\n") == ["false", "true", "false"]


@pytest.mark.parametrize(
    "key",
    [
        "1.山上 水中\n2.树下\n3.青山绿水 白云红日",
        "1.山上，水中\n2.树下\n3.青山绿水，白云红日",
        "1.山上；水中\n2.树下\n3.青山绿水；白云红日",
        "1.山上/水中\n2.树下\n3.青山绿水/白云红日",
        "1.①山上②水中\n2.①树下\n3.①青山绿水②白云红日",
        "1.（1）山上（2）水中\n2.树下\n3.（1）青山绿水（2）白云红日",
        "1.山上、水中 2.树下 3.青山绿水、白云红日",
        "1.“山上”“水中”\n2.树下\n3.“青山绿水”“白云红日”",
        "1.山上\n水中\n2.树下\n3.青山绿水\n白云红日",
        "1.第一空：山上 第二空：水中\n2.树下\n3.第一空：青山绿水 第二空：白云红日",
        "1.甲在山上，乙在水中。\n2.丙在树下。\n3.“青山绿水，白云红日”是丁说的。",
        "1-山上；水中，2-树下，3-青山绿水；白云红日",
    ],
)
def test_blanks(key: str) -> None:
    assert answers(f"{FILLED}\n答案\n{key}\n") == [["山上", "水中"], ["树下"], ["青山绿水", "白云红日"]]


def test_a_bracket_in_an_answer_keeps_its_words_together() -> None:
    assert answers("一、填空题\n1.甲在____，乙在____。\n2.丙在____。\n答案\n1.山上 水中（或江中、河中）\n2.树下\n") == [
        ["山上", "水中（或江中、河中）"],
        ["树下"],
    ]


def test_numbers_that_count_on_over_sections_that_begin_anew() -> None:
    paper = "一、选择题\n1.谁？（ ）\nA.甲 B.乙\n2.何人？（ ）\nA.甲 B.乙\n二、填空题\n1.甲在____。\n2.乙在____。\n"
    assert answers(f"{paper}参考答案\n一、1.B 2.A\n二、3.山 4.水\n") == ["B", "A", ["山"], ["水"]]
    table = "题号\t3\t4\n答案\t山\t水\n"
    assert answers(f"{paper}参考答案\n一、1.B 2.A\n{table}") == ["B", "A", ["山"], ["水"]]


def test_answers_of_parts_under_the_last_part() -> None:
    paper = "1.读书会要开始了。\n（1）拟一条标语。\n（2）写两个绰号。\n"
    given = "【答案】（1）读书好。（2）行者、花和尚。\n【解析】\n【小问1详解】\n简短。\n【小问2详解】\n属实。\n"
    items = list(extract_questions(Document("d", "s", "quiz", "T", f"一、综合题\n{paper}{given}", "a", "utf-8", "0")))
    found = [(item.number, item.answer, item.explanation) for item in items if isinstance(item, Question)]
    assert found == [("1(1)", "读书好。", "简短。"), ("1(2)", "行者、花和尚。", "属实。")]


def test_new_questions_after_a_key() -> None:
    paper = "一、填空题\n1.甲在____。\n2.乙在____。\n【答案】\n1.山\n2.水\n附加题\n3.（5分）你同意吗？请说明理由。\n附加题答案\n3.同意。\n"
    assert answers(paper) == [["山"], ["水"], "同意。"]


def test_letters_and_ticks_of_several_sections_in_one_row() -> None:
    paper = (
        "一、选择题\n1.谁？（ ）\nA.甲 B.乙\n2.何人？（ ）\nA.甲 B.乙\n二、判断题\n3.甲是乙。（ ）\n4.乙是丙。（ ）\n"
    )
    assert answers(f"{paper}答案：BA √×\n") == ["B", "A", "true", "false"]


def test_numbers_of_two_levels() -> None:
    paper = (
        "一、选择题\n1.1 谁？（ ）\nA.甲 B.乙\n1.2 何人？（ ）\nA.甲 B.乙\n二、填空题\n2.1 甲在____。\n2.2 乙在____。\n"
    )
    assert answers(f"{paper}答案\n1.1 B\n1.2 A\n2.1 山\n2.2 水\n") == ["B", "A", ["山"], ["水"]]
