"""Question papers as people print them: numbers, sections, options, answers and keys, whole rows compared."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.document import Document
from corpora.errors import BadInput
from corpora.load import load_document, source_for_path
from extractors.paper_marks import heading_at, number_at
from extractors.paper_option_lists import split_list
from extractors.paper_options import split_options
from extractors.paper_text import fold, read_lines
from extractors.questions import extract_questions
from extractors.records import Question, Reject

FOUR = {"A": "甲", "B": "乙", "C": "丙", "D": "丁"}


def document(text: str) -> Document:
    return Document("d", "s", "quiz", "T", text, "a.txt", "utf-8", "0")


def read(text: str, key: str = "") -> list[Question | Reject]:
    return list(extract_questions(document(text), replace(document(key), origin="key.txt") if key else None))


def short(text: str, key: str = "") -> Iterator[tuple[str, str, str, dict[str, str], Any]]:
    for item in read(text, key):
        assert isinstance(item, Question), item
        yield item.number, item.type, item.stem, item.options, item.answer


# --- a whole paper -----------------------------------------------------------------------------------------------

PAPER = """《西游记》测试卷
姓名：______  班级：______
注意事项：
1.本卷共四题。
2.用黑色笔作答。
题号 一 二 三 总分
得分

一、选择题（每题2分，共4分）
1．谁？（ ）
A．甲  B．乙
C．丙  D．丁
2．下列有（ ）
A．甲  B．乙  C．丙  D．丁

             第1页  共2页

二、判断题
3．甲是乙。（ ）
三、填空题
4．甲在________，乙在________。
四、阅读下面的材料，回答问题。（10分）
话说天下大势，分久必合，合久必分。
5．为什么？（5分）
6．（1）何处？
（2）几时？
_______________________
\f
参考答案
一、1-2 B AC
二、3.×（应为丙）
三、4.山 水
四、5.因为甲；
所以乙。
【解析】略说。
6.（1）山上（2）略
"""


def test_a_paper_with_its_key() -> None:
    common = {"novel": "西游记", "options": {}, "explanation": "", "material": ""}
    passage = "话说天下大势，分久必合，合久必分。"
    rows: list[dict[str, Any]] = [
        {
            "number": "1",
            "section": "一、选择题",
            "type": "single_choice",
            "stem": "谁？",
            "options": FOUR,
            "answer": "B",
        }
        | {"locator": "line 10"},
        {"number": "2", "section": "一、选择题", "type": "multiple_choice", "stem": "下列有____", "options": FOUR}
        | {"answer": "AC", "locator": "line 13"},
        {"number": "3", "section": "二、判断题", "type": "true_false", "stem": "甲是乙。", "answer": "false"}
        | {"explanation": "应为丙", "locator": "line 19"},
        {"number": "4", "section": "三、填空题", "type": "fill_blank", "stem": "甲在____，乙在____。"}
        | {"answer": ["山", "水"], "locator": "line 21"},
        {"number": "5", "section": "四、阅读下面的材料，回答问题。", "type": "short_answer", "stem": "为什么？"}
        | {"answer": "因为甲；\n所以乙。", "explanation": "略说。", "material": passage, "locator": "line 24"},
        {"number": "6(1)", "section": "四、阅读下面的材料，回答问题。", "type": "short_answer", "stem": "何处？"}
        | {"answer": "山上", "material": passage, "locator": "line 25"},
        {"number": "6(2)", "section": "四、阅读下面的材料，回答问题。", "type": "short_answer", "stem": "几时？"}
        | {"answer": None, "material": passage, "locator": "line 26"},
    ]
    assert read(PAPER) == [Question(**common | row) for row in rows]


# --- numbering ---------------------------------------------------------------------------------------------------


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


# --- keys --------------------------------------------------------------------------------------------------------

ASKED = """一、选择题
1.谁？（ ）
A.甲 B.乙 C.丙
2.有谁？（ ）
A.甲 B.乙 C.丙
二、判断题
1.甲是乙。（ ）
2.乙是丙。（ ）
三、填空题
1.甲在____，乙在____。
四、简答题
1.为什么？
"""
ANSWERS: list[Any] = ["B", "AC", "true", "false", ["山", "水"], "因为。"]
KEYS = {
    "grids": "一、1-2 B AC\n二、1~2：√×\n三、1、山；水\n四、1、因为。",
    "lists": "一、1.B 2.AC\n二、1.√ 2.×\n三、1.山 水\n四、1.因为。",
    "a section's letters alone": "一、选择题：B AC\n二、判断题：√×\n三、填空题：1.山/水\n四、简答题：1.因为。",
    "headings on their own lines": "选择题\n1B 2AC\n判断题\n1对 2错\n填空题\n1. 山，水\n简答题\n1. 因为。",
    "no headings": "1.B\n2.A、C\n1.T\n2.F\n1.山、水\n1.因为。",
    "explained": "一、1.【答案】B【解析】见前。\n2.AC（丙也是）\n二、1.对 2.错（是丁）\n三、1.山 水\n四、1.因为。",
    "tables": "一、题号\t1\t2\n答案\tB\tAC\n二、题号 1 2\n答案 √ ×\n三、1.山 水\n四、1.因为。",
}


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_a_key_at_the_end_and_in_another_file(key: str) -> None:
    assert [row[4] for row in short(f"{ASKED}\n参考答案\n{key}\n")] == ANSWERS
    assert [row[4] for row in short(ASKED, f"《甲》答案\n{key}\n")] == ANSWERS


def test_a_key_after_every_section_and_an_empty_answer_box() -> None:
    text = """一、选择题
题号 1 2
答案
1.谁？（ ）
A.甲 B.乙
2.何人？（ ）
A.甲 B.乙
【第一题答案】BA
二、填空题
1.甲在____。
2.乙在____。
答案：1.山 2.水
"""
    assert [row[4] for row in short(text)] == ["B", "A", ["山"], ["水"]]


def test_a_filled_answer_box_before_the_questions_and_two_papers_in_one_file() -> None:
    text = """甲卷
题号 1 2
答案 B A
1．谁？
A．甲 B．乙
2．何人？
A．甲 B．乙
3．甲在____。

答案
单选：1.B；填空：3.山

乙卷

1．
甲是乙。（ ）
2．乙在____。

答案
判断：1.×；填空：2.水
"""
    assert [(row[0], row[4]) for row in short(text)] == [
        ("1", "B"),
        ("2", "A"),
        ("3", ["山"]),
        ("1", "false"),
        ("2", ["水"]),
    ]


def test_a_key_that_prints_the_questions_again() -> None:
    text = """一．选择题
1．下列人物排行第一的是（ ）
A．甲 B．乙
2．下列人物排行第二的是（ ）
A．甲 B．乙
参考答案与试题解析
一．选择题
1．下列人物排行第一的是（ ）
A．甲 B．乙
【解答】故选：A。
2．下列人物排行第二的是（ ）
A．甲 B．乙
【解答】故选：B。
"""
    assert [row[4] for row in short(text)] == ["A", "B"]


def test_keys_that_disagree_or_belong_elsewhere() -> None:
    paper = "1.谁？（A）\nA.甲 B.乙\n2.何人？（ ）\nA.甲 B.乙\n"
    items = [item for item in read(paper, "1.B 2.B") if isinstance(item, Question)]
    assert [(item.answer, item.explanation) for item in items] == [(None, "两套答案不一致。其一：A其二：B"), ("B", "")]
    with pytest.raises(BadInput, match=r"key\.txt: answers no question of a\.txt; give the key that belongs to it"):
        read(paper, "一篇短文。")
    with pytest.raises(BadInput, match="holds its own answers; leave the key out"):
        read("question,answer\n谁？,某\n", "1.B")


# --- papers as people set them --------------------------------------------------------------------------------------

PAPERS = Path(__file__).parent / "data" / "papers"


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("gold", sorted(PAPERS.glob("*.gold.jsonl")), ids=lambda path: path.name.split(".")[0])
def test_papers_as_people_set_them(gold: Path) -> None:
    stem = gold.name.split(".")[0]
    (paper,) = (path for path in PAPERS.glob(f"{stem}.*") if path != gold)
    keys = list(PAPERS.glob(f"{stem}_key.*"))
    key = load_document(source_for_path(keys[0], "quiz")) if keys else None
    items = list(extract_questions(load_document(source_for_path(paper, "quiz")), key))
    labels = [json.loads(line) for line in gold.read_text(encoding="utf-8").splitlines()]
    found = [item for item in items if isinstance(item, Question)]
    assert [squeezed(item.stem) for item in found] == [squeezed(label["stem"]) for label in labels]
    assert [(item.type, item.options) for item in found] == [(label["type"], label["options"]) for label in labels]
    assert [item.answer for item in found] == [label["answer"] for label in labels]
    assert [squeezed(item.material) for item in found] == [squeezed(label.get("material", "")) for label in labels]


def test_a_heading_whose_lines_hold_no_question_is_a_reject() -> None:
    text = "一、填空题\n1.甲在____。\n二、趣味题（5分）\n今日天气晴。\n三、判断题\n2.甲是乙。（ ）\n"
    rejects = [item for item in read(text) if isinstance(item, Reject)]
    assert rejects == [Reject("line 3", "二、趣味题（5分）\n今日天气晴。", "no question under the heading")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ⅰ、甲的字是____。\nⅡ、乙的字是____。\nⅢ、丙的字是____。\n答案：Ⅰ、子甲 Ⅱ、子乙 Ⅲ、子丙\n", [["子甲"], ["子乙"], ["子丙"]]),
        ("I. 谁来？\nA.甲 B.乙\nII. 谁去？\nA.甲 B.乙\nIII. 谁留？\nA.甲 B.乙\n参考答案\nI. B  II. A  III. B\n", ["B", "A", "B"]),
        ("1.谁来？\nA.甲 B.乙 C.丙\n2.谁去？\nA.甲 B.乙 C.丙\n3.谁在？\nA.甲 B.乙 C.丙\n答案：B/AC/A\n", ["B", "AC", "A"]),
        ("一、选择题（每题2分，答案：BAB）\n1.谁来？\nA.甲 B.乙\n2.谁去？\nA.甲 B.乙\n3.谁在？\nA.甲 B.乙\n", ["B", "A", "B"]),
        ("一、选择题\n1.谁来？\nA.甲 B.乙\n2.谁去？\nA.甲 B.乙\n二、填空\n3.丙是____。\n答案及评分说明：\n一、BA（每题3分）\n二、3.丁（每空2分）\n",
         ["B", "A", ["丁"]]),
        ("谁最大？（B）\nA.甲 B.乙 C.丙\n一、填空题\n1.甲是____。答案：乙\n2.丙是____。答案：丁\n", ["B", ["乙"], ["丁"]]),
        ("1.谁来？\n2.谁去？\n3.谁在？（2分）\n4.谁走？（打一人名）\n", [None] * 4),  # brackets that are no answers
        ("一、判断题\n1.甲是乙。对还是错？\n2.丙是丁。对不对？\n答案：1.对 2.错\n", ["true", "false"]),
        ("1.甲是____。\n2.丙是____。\n————以下为答案区————\n参考答案\n1.乙\n2.丁\n", [["乙"], ["丁"]]),
    ],
)  # fmt: skip
def test_answers_where_few_papers_have_them(text: str, expected: list[object]) -> None:
    assert [item.answer for item in read(text) if isinstance(item, Question)] == expected


def test_other_brackets_before_a_question_stay() -> None:
    kept = ["（1987年版电视剧）谁演甲？", "（甲）谁来？", "（2019年中考）谁来？", "谁来？（2017年某市中考）"]
    assert [row[2] for row in short("".join(f"{n}.{text}\n" for n, text in enumerate(kept, 1)))] == kept


def test_matching_and_essays_are_one_question_with_their_lines() -> None:
    text = "一、填空题\n1.甲在____。\n二、连线题（把人物和绰号连起来）\n吴用    行者\n武松    智多星\n三、作文（30分）\n以“读书”为题，写一篇短文。\n"
    assert [row[:3] for row in short(text)] == [
        ("1", "fill_blank", "甲在____。"),
        ("", "short_answer", "把人物和绰号连起来\n吴用 行者\n武松 智多星"),
        ("", "short_answer", "以“读书”为题，写一篇短文。"),
    ]


# --- other layouts -----------------------------------------------------------------------------------------------


def test_markdown() -> None:
    text = """# 测验
## 一、选择题
1. **谁**？
   - A. 甲
   - B. 乙

   > **答案**：B
2. 何人？
   - [ ] A. 甲
   - [x] B. 乙
### 3. 几时？
A. 昔
B. 今
## 答案
| 题号 | 答案 | 解析 |
|---|:-:|---|
| 3 | A | 见前 |
"""
    both = text.replace("| 3 | A | 见前 |", "| 3 | A | 见前 |\n| 4 | 南 | |").replace("## 答案", "4. 在哪？\n## 答案")
    rows = [item for item in read(both) if isinstance(item, Question)]
    assert [(item.stem, item.answer, item.explanation) for item in rows] == [
        ("谁？", "B", ""),
        ("何人？", "B", ""),
        ("几时？", "A", "见前"),
        ("在哪？", "南", ""),
    ]


def test_tables_with_titles_with_options_in_the_cell_and_among_questions() -> None:
    sheets = '单选题\n题目\t选项\t答案\n谁？\t"A.甲\nB.乙"\tB\n\n判断题\n题目\t答案\n甲是乙。\t×\n'
    assert [row[1:] for row in short(sheets)] == [
        ("single_choice", "谁？", {"A": "甲", "B": "乙"}, "B"),
        ("true_false", "甲是乙。", {}, "false"),
    ]
    mixed = "一、简答题\n1.为什么？\n答：因为。\n二、判断题\n题号\t题目\t答案\n2\t甲是乙。\t√\n"
    assert [row[1:] for row in short(mixed)] == [
        ("short_answer", "为什么？", {}, "因为。"),
        ("true_false", "甲是乙。", {}, "true"),
    ]


def test_nested_json() -> None:
    options = [{"key": "A", "text": "甲"}, {"key": "B", "text": "乙"}]
    text = json.dumps(
        {
            "title": "测验",
            "sections": [
                {"type": "单选题", "questions": [{"id": 1, "stem": "谁？", "options": options, "answer": "B"}]},
                {"type": "判断题", "questions": [{"id": 2, "stem": "甲是乙。", "answer": False}]},
            ],
        }
    )
    assert list(short(text)) == [
        ("1", "single_choice", "谁？", {"A": "甲", "B": "乙"}, "B"),
        ("2", "true_false", "甲是乙。", {}, "false"),
    ]


# --- whatever comes ----------------------------------------------------------------------------------------------

PIECES = [
    "一、选择题（每题2分）\n", "二、填空题\n", "1.", "2、", "（1）", "①", "谁？", "甲在____。", "（ ）", "（B）", "\n", "A.甲 ", "B.乙 ",
    "答案：", "【答案】B", "参考答案\n", "1-3 BAC", "略", "\t", "题号\t题目\t答案\n", "\f", "第1页", "阅读材料，回答问题。\n", "√", "注意事项：\n",
    "解析：", "<u>", "</u>", "——", "_", "<b>", "</b>", "**", "\n• ", "\n> ", "| 1 | 甲 |\n", "- [x] ", "✅", "（×，是丙）", "题干：", "【小问1详解】",
    "对的：1、3", "1-A，", "（1）", "（2）", "参考答案与解析\n", "连线题（2分）\n", "&emsp;", "# ", "1.1 ",
]  # fmt: skip


@settings(max_examples=250, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=3)), max_size=40))
def test_any_text_raises_nothing_but_bad_input(pieces: list[str]) -> None:
    text = "".join(pieces)
    try:
        items = read(text)
    except BadInput as error:
        assert str(error).startswith("a.txt: ")
        return
    places = [int(item.locator.split()[1]) for item in items if item.locator.split()[0] in ("line", "row")]
    assert places == sorted(places)
    for item in items:
        if isinstance(item, Question):
            assert item.stem.strip()
            assert len(item.options) != 1
            if item.type.endswith("choice") and item.answer:
                assert set(item.answer) <= set(item.options)
            if item.type == "true_false":
                assert item.answer in ("true", "false", None)
                assert not item.options


@given(st.text())
def test_folding_keeps_every_place(text: str) -> None:
    assert len(fold(text)) == len(text)
    for line in read_lines(text):
        assert len(line.folded) == len(line.text)


def test_a_long_paper_takes_time_in_proportion() -> None:
    begin = time.monotonic()
    text = "".join(f"{n}.谁？（ ）\nA.甲 B.乙\n参考答案：\nB\n" for n in range(1, 1000))
    assert len(read(text)) == 999
    assert time.monotonic() - begin < 10


@pytest.mark.corpora
@pytest.mark.parametrize(
    "name", ["dev1_sanguo_lianxi.txt", "dev2_shuihu_ceshi.txt", "dev3_xiyou_school.html", "dev4_honglou_danyuan.docx"]
)
def test_the_labelled_papers_are_read_as_labelled(corpora_dir: Path, name: str) -> None:
    paper = corpora_dir / "quiz" / "papers" / name
    labels = paper.with_name(f"{paper.stem}.gold.jsonl").read_text(encoding="utf-8").splitlines()
    gold = [json.loads(line) for line in labels]
    found = [
        item for item in extract_questions(load_document(source_for_path(paper, "quiz"))) if isinstance(item, Question)
    ]
    assert [item.number for item in found] == [str(label["section_no"]) for label in gold]
    for key in ("type", "options", "answer"):
        assert [getattr(item, key) for item in found] == [label[key] for label in gold]
    assert ["".join(item.stem.split()) for item in found] == ["".join(label["stem"].split()) for label in gold]
