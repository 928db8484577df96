"""Question papers as people print them, in whatever layout: whole rows compared, and whatever else comes."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from question_files import FOUR, read, short

from corpora.errors import BadInput
from corpora.load import load_document, source_for_path
from extractors.paper_text import fold, read_lines
from extractors.questions import extract_questions
from extractors.records import Question

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
