"""Structured question files: every layout, every type, what is kept and what is rejected."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.document import Document
from corpora.errors import BadInput
from corpora.load import load_document, source_for_path
from extractors.question_fields import split_blanks
from extractors.question_type import letters, truth
from extractors.questions import extract_questions
from extractors.records import Question, Reject
from extractors.stems import Stem, clean_stem

FOUR = {"A": "甲", "B": "乙", "C": "丙", "D": "丁"}


def document(text: str, novel: str = "") -> Document:
    return Document("d", "s", "quiz", "T", text, "a.csv", "utf-8", "0", novel=novel)


def read(text: str, novel: str = "") -> list[Question | Reject]:
    return list(extract_questions(document(text, novel)))


def question(**given: Any) -> Question:
    blank: dict[str, Any] = {"number": "", "section": "", "type": "short_answer", "stem": "", "options": {}}
    blank |= {"answer": None, "explanation": "", "novel": "", "locator": ""}
    return Question(**blank | given)


# --- stems, letters, truth marks ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("printed", "flags", "expected"),
    [
        ("12．108位好汉中谁最大？", {}, Stem("12", "108位好汉中谁最大？", "")),
        ("11.2km/s在天文学中是？", {}, Stem("", "11.2km/s在天文学中是？", "")),
        ("第3题 谁？", {}, Stem("3", "谁？", "")),
        ("（4）谁？", {}, Stem("4", "谁？", "")),
        ("5、谁？（5分）", {}, Stem("5", "谁？", "")),
        ("3、5、7都是质数吗？", {}, Stem("", "3、5、7都是质数吗？", "")),
        ("1.谁？", {"numbered": False}, Stem("", "1.谁？", "")),
        ("诸葛亮限期（  ）天。", {"choice": True}, Stem("", "诸葛亮限期____天。", "")),
        ("谁最大？（ B ）", {"choice": True}, Stem("", "谁最大？", "B")),
        ("下列有（AC）", {"choice": True}, Stem("", "下列有____", "AC")),
        ("维生素（A）是什么？", {}, Stem("", "维生素（A）是什么？", "")),
        ("林冲绰号豹子头。（√）", {"true_false": True}, Stem("", "林冲绰号豹子头。", "√")),
        ("（  ）林冲绰号豹子头。", {"true_false": True}, Stem("", "林冲绰号豹子头。", "")),
        ("鲁智深____，林冲＿＿＿＿＿。", {}, Stem("", "鲁智深____，林冲____。", "")),
        ("鲁智深（____）。", {}, Stem("", "鲁智深____。", "")),
        ("  谁？\r\n  何处？ \n\n", {}, Stem("", "谁？\n何处？", "")),
        ("", {}, Stem("", "", "")),
    ],
)
def test_clean_stem(printed: str, flags: dict[str, bool], expected: Stem) -> None:
    assert clean_stem(printed, **flags) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("A", "A"), ("d,c，A", "ACD"), ("Ａ、Ｂ", "AB"), (" b ", "B"), ("ABX", ""), ("", ""), ("甲", ""), ("AA", "A")],
)
def test_letters(text: str, expected: str) -> None:
    assert letters(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("对", "true"), ("√", "true"), ("（×）", "false"), ("错误。", "false"), ("T", "true"), ("不详", ""), ("", "")],
)
def test_truth(text: str, expected: str) -> None:
    assert truth(text) == expected


@pytest.mark.parametrize(
    ("written", "blanks", "expected"),
    [
        ("杏旗；梨花", 2, ["杏旗", "梨花"]),
        ("一个愿打，一个愿挨", 1, ["一个愿打，一个愿挨"]),
        ("元春，迎春", 2, ["元春", "迎春"]),
        ("元春 迎春　探春", 3, ["元春", "迎春", "探春"]),
        ("①水 ②火", 2, ["水", "火"]),
        ("甲、乙", 3, ["甲、乙"]),
        ("甲；乙", 0, ["甲", "乙"]),
    ],
)
def test_split_blanks(written: str, blanks: int, expected: list[str]) -> None:
    assert split_blanks([written], blanks) == expected


# --- tables ------------------------------------------------------------------------------------------------------


def test_table_of_all_types() -> None:
    text = (
        "题号,题型,题目,A,B,C,D,答案,解析\r\n"
        '1,单选题,"“三顾”请的是谁？（ ）",甲,乙,丙,丁,C,见第三十八回。\r\n'
        '2,多选题,下列有,甲,乙,丙,丁,"A,C",\r\n'
        "3,判断题,甲是乙。（ ）,,,,,×,\r\n"
        "4,填空题,甲在______，乙在＿＿。,,,,,山；水,\r\n"
        '5,简答题,"为什么？\n请说明。",,,,,"其一。\n其二。",\r\n'
        "6,简答题,请评价。,,,,,略,\r\n"
        ",,,,,,,,\r\n"
        "7,判断题,  ,,,,,√,\r\n"
        "8,单选题,谁？,甲,乙,丙,丁,E,\r\n"
        "9,单选题,谁,甲,乙,丙,丁,A,注,多\r\n"
    )
    assert read(text, "清河渡") == [
        question(
            number="1",
            type="single_choice",
            stem="“三顾”请的是谁？",
            options=FOUR,
            answer="C",
            explanation="见第三十八回。",
            novel="清河渡",
            locator="row 2",
        ),
        question(
            number="2",
            type="multiple_choice",
            stem="下列有",
            options=FOUR,
            answer="AC",
            novel="清河渡",
            locator="row 3",
        ),
        question(number="3", type="true_false", stem="甲是乙。", answer="false", novel="清河渡", locator="row 4"),
        question(
            number="4",
            type="fill_blank",
            stem="甲在____，乙在____。",
            answer=["山", "水"],
            novel="清河渡",
            locator="row 5",
        ),
        question(number="5", stem="为什么？\n请说明。", answer="其一。\n其二。", novel="清河渡", locator="row 6"),
        question(number="6", stem="请评价。", novel="清河渡", locator="row 7"),
        Reject("row 9", "number=7；type=判断题；stem=  ；answer=√", "no question text"),
        question(
            number="8",
            type="single_choice",
            stem="谁？",
            options=FOUR,
            explanation="（原答案不在选项中：E）",
            novel="清河渡",
            locator="row 10",
        ),
        Reject("row 11", "9,单选题,谁,甲,乙,丙,丁,A,注,多", "10 cells under 9 headings"),
    ]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_table_headings_in_english_and_other_delimiters(delimiter: str) -> None:
    rows = [["", "Question", "A", "B", "C", "D", "Answer"], ["0", "谁最大", *FOUR.values(), "b"]]
    assert read("\n".join(delimiter.join(row) for row in rows)) == [
        question(number="0", type="single_choice", stem="谁最大", options=FOUR, answer="B", locator="row 2")
    ]


def test_table_takes_the_novel_from_its_column_or_its_text() -> None:
    text = "question,answer,所属名著\n谁？,某,《水浒全传》\n《紅樓夢》里谁？,某,\n"
    text += "《红楼梦》与《西游记》？,某,\n谁？,某,《儒林外史》\n"
    assert [item.novel for item in read(text) if isinstance(item, Question)] == ["水浒传", "红楼梦", "", "儒林外史"]


def test_answer_that_stands_in_the_stem() -> None:
    text = "题目,A,B,答案\n谁最大？（B）,甲,乙,\n谁最小（ A ）。,甲,乙,\n"
    assert [(q.stem, q.answer) for q in read(text) if isinstance(q, Question)] == [
        ("谁最大？", "B"),
        ("谁最小____。", "A"),
    ]


def test_broken_tables() -> None:
    with pytest.raises(BadInput, match=r"a.csv: line 3: broken table: .*; check the quotation marks there"):
        read('question,answer\n谁？,"某\n何人？,某\n')
    with pytest.raises(BadInput, match="no row under the headings"):
        read("question,answer\n")


# --- JSON --------------------------------------------------------------------------------------------------------


def test_json_list_of_all_types() -> None:
    records = [
        {"type": "单选题", "question": "谁？", "options": {"A": "甲", "B": "乙"}, "answer": "B", "explanation": "注"},
        {"type": "多选题", "question": "有谁？", "options": ["A. 甲", "B. 乙", "C. 丙"], "answer": ["A", "C"]},
        {"type": "判断题", "question": "甲是乙。", "answer": True},
        {"type": "填空题", "question": "甲在____，乙在____。", "answer": ["山", "水"]},
        {"type": "简答题", "question": "为什么？", "answer": "因为。"},
        {"question": "谁？", "options": "甲\n乙", "answer": "乙"},
        {"question": "谁？", "options": "甲\n乙", "answer": "丙"},
        {"question": " ", "answer": "乙"},
        {"title": "无题"},
        "甲",
    ]
    assert read(json.dumps(records, ensure_ascii=False)) == [
        question(
            type="single_choice",
            stem="谁？",
            options={"A": "甲", "B": "乙"},
            answer="B",
            explanation="注",
            locator="item 1",
        ),
        question(
            type="multiple_choice",
            stem="有谁？",
            options={"A": "甲", "B": "乙", "C": "丙"},
            answer="AC",
            locator="item 2",
        ),
        question(type="true_false", stem="甲是乙。", answer="true", locator="item 3"),
        question(type="fill_blank", stem="甲在____，乙在____。", answer=["山", "水"], locator="item 4"),
        question(stem="为什么？", answer="因为。", locator="item 5"),
        question(type="single_choice", stem="谁？", options={"A": "甲", "B": "乙"}, answer="B", locator="item 6"),
        question(
            type="single_choice",
            stem="谁？",
            options={"A": "甲", "B": "乙"},
            explanation="（原答案不在选项中：丙）",
            locator="item 7",
        ),
        Reject("item 8", "stem= ；answer=乙", "no question text"),
        Reject("item 9", '{"title": "无题"}', "unknown layout: keys title"),
        Reject("item 10", '"甲"', "unknown layout: str"),
    ]


def test_json_lines_of_mixed_layouts() -> None:
    text = (
        '{"question": "谁？", "options": "甲\\n乙", "labels": ["文学"], "answer": "甲"}\n'
        '{"name": "《三国演义》中，甲是乙？", "value": 2}\n'
        '{"name": "", "value": 2}\n'
        '{"name": "丙是丁。", "value": true}\n'
        '{"question": "何处？", "answer": "山"}\n'
    )
    assert read(text) == [
        question(type="single_choice", stem="谁？", options={"A": "甲", "B": "乙"}, answer="A", locator="line 1"),
        question(
            type="true_false", stem="《三国演义》中，甲是乙？", answer="false", novel="三国演义", locator="line 2"
        ),
        Reject("line 3", "answer=false；type=判断", "no question text"),
        question(type="true_false", stem="丙是丁。", answer="true", locator="line 4"),
        question(stem="何处？", answer="山", locator="line 5"),
    ]


def test_broken_json_and_unknown_files() -> None:
    with pytest.raises(BadInput, match=r"a\.csv: line 17 column 14: broken JSON"):
        read('{"question": "谁？", "answer": "某"}\n' * 16 + '{"question": "谁？\n')
    with pytest.raises(BadInput, match="item 1: unknown layout: keys text; give records with the keys"):
        read('[{"text": "甲"}]')
    with pytest.raises(BadInput, match="no question layout begins here; give one of: JSON"):
        read("一篇短文。\n")


# --- blocks ------------------------------------------------------------------------------------------------------


def test_blocks() -> None:
    text = """1.zl“醉里”出自谁？
丙
['甲', '乙', '丙', '丁']

wlrwyj为了让望远镜观测天体，屋顶是？
['甲', '乙', '丙', '丁']
2乙

11.2km/s是什么？
['甲', '乙', '丙', '丁']
4

yhf宇航服是什么颜色？3丙
['甲', '乙', '丙', '丁']

哪一年？
['1988年', '1990年', '1981年', '1983年']
41983年 <67>']

最低的海是？
['甲', '乙', '丙', '丁']
['1甲 <30>', '2乙 <47>']

区别是？
['甲', '乙', '丙', '丁']
['1甲 <0>', '2乙

说的是？
['甲', '乙', '丙', '丁']
['1!甲 <0>', '2!乙 <0>', '3!丙 <0>', '4!丁 <0>']

哪个不是别称？
['甲', '乙', '丙', '丁']
['1!甲 <6>']

C:\\tools>python answer.py
哪个不是活动？
['甲', '乙', '丙', '丁']
 '3丙 <9>']

难是？
['甲', '乙', '丙', '丁']
['1甲 <4>
住在哪里？
['昆仑', '南海', '沼泽', '北海']
['3沼泽 <1>']

DNA是什么版的？

['1加长版 [3]']

sy商鞅是哪国人
卫国

sjws世界卫生组织
3WHO

科举考试是？
['会试', '县试', '院试', '乡
试']
4乡试

甲是乙？
['对', '错']
2错

谁？
['甲', '乙', '丙', '丁']
戊

？
['甲', '乙', '丙', '丁']
"""
    items = read(text)
    assert [
        (q.stem, q.answer, q.explanation, q.locator, len(q.options)) if isinstance(q, Question) else q for q in items
    ] == [
        ("“醉里”出自谁？", "C", "", "line 1", 4),
        ("为了让望远镜观测天体，屋顶是？", "B", "", "line 5", 4),
        ("11.2km/s是什么？", "D", "", "line 9", 4),
        ("宇航服是什么颜色？", "C", "", "line 13", 4),
        ("哪一年？", "D", "检索票数：1983年 67", "line 16", 4),
        ("最低的海是？", "B", "检索票数：甲 30，乙 47", "line 20", 4),
        ("区别是？", "B", "检索票数：甲 0，乙 0", "line 24", 4),  # cut off behind the right one
        ("说的是？", None, "检索票数：甲 0，乙 0，丙 0，丁 0", "line 28", 4),
        ("哪个不是别称？", None, "检索票数：甲 6", "line 32", 4),  # nobody cut it, and hits do not count for a not
        ("哪个不是活动？", "C", "检索票数：丙 9", "line 37", 4),
        ("难是？", "A", "检索票数：甲 4", "line 41", 4),
        ("住在哪里？", "C", "检索票数：沼泽 1", "line 44", 4),
        ("DNA是什么版的？", "加长版", "检索票数：加长版 3", "line 48", 0),
        ("商鞅是哪国人", "卫国", "", "line 52", 0),
        ("世界卫生组织", "WHO", "", "line 55", 0),
        ("科举考试是？", "D", "", "line 58", 4),
        ("甲是乙？", "false", "", "line 63", 0),
        ("谁？", None, "（原答案不在选项中：戊）", "line 67", 4),
        Reject("line 71", "？\n['甲', '乙', '丙', '丁']", "no question text"),
    ]
    assert [q.number for q in items if isinstance(q, Question) and q.number] == ["1"]
    assert items[0] == question(
        number="1", type="single_choice", stem="“醉里”出自谁？", options=FOUR, answer="C", locator="line 1"
    )


# --- Markdown riddles --------------------------------------------------------------------------------------------

RIDDLES = """# 《水浒》谜语 (Water Margin riddles)

1. **满头白霜（名一）**
   - 解析：满头白霜，白得胜过雪，指“白胜”。
2. **久旱之盼（号一）**
   - 解析：久旱盼雨，指“及时雨”宋江。
3. **须长一尺（名一）**
   - **解析**：须长而美，指“美髯公”朱仝（因朱仝须长）。
4. **武松（号、名各一）**
   - 解析：指“行者”武松（号）和“打虎将”李忠（名，因武松打虎）。
5. **金字家书（名一）**
   - 解析：指“黄信”（金字色黄，家书为信）。

# second

   1. 满头白霜 (名一): 石秀 (White as "Stone")
   2. 久旱之盼 (号一): 及时雨 (Timely Rain)
   3. 须长一尺 (名一): 朱仝 (Fine Beard)
   4. 武松 (号、名各一): 行者、武松
"""


def test_riddles_keep_both_answers_and_teach_only_what_they_agree_on() -> None:
    items = read(RIDDLES, "水浒传")
    assert items[0] == question(
        number="1",
        section="《水浒》谜语",
        stem="满头白霜（名一）",
        explanation='两套答案不一致。其一：白胜（满头白霜，白得胜过雪，指“白胜”。）其二：石秀 (White as "Stone")',
        novel="水浒传",
        locator="line 3",
    )
    assert [item.answer for item in items if isinstance(item, Question)] == [None, "及时雨", "朱仝", None, "黄信"]
    assert isinstance(items[3], Question)
    assert items[3].explanation.startswith("两套答案不一致。其一：行者、李忠（")


# --- whatever comes ----------------------------------------------------------------------------------------------

PIECES = [
    "题目,答案\n",
    "question\t",
    '"',
    ",",
    "\n",
    "\r",
    "['甲', '乙']\n",
    "1.",
    "**",
    "- 解析：",
    "[",
    "]",
    "{",
    "<3>",
]
PIECES += ['{"question": "谁"}', "谁？", "（ ）", "____", "A", "1甲"]


@given(st.lists(st.sampled_from(PIECES), max_size=30))
def test_any_text_raises_nothing_but_bad_input(pieces: list[str]) -> None:
    try:
        items = read("".join(pieces))
    except BadInput as error:
        assert str(error).startswith("a.csv: ")
        return
    for item in items:
        assert item.locator
        if isinstance(item, Question):
            assert item.stem.strip()
            assert not item.options or len(item.options) > 1
            if item.type.endswith("choice") and item.answer:
                assert set(item.answer) <= set(item.options)
            if item.type == "true_false":
                assert item.answer in ("true", "false", None)


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), min_size=1, max_size=5))
def test_json_pairs_are_all_accounted_for(pairs: list[tuple[str, str]]) -> None:
    records = [{"question": stem, "answer": answer} for stem, answer in pairs]
    assert [item.locator for item in read(json.dumps(records))] == [f"item {i + 1}" for i in range(len(pairs))]


@pytest.mark.corpora
@pytest.mark.parametrize(
    ("name", "types", "unanswered", "rejected"),
    [
        ("sanguo_data_seed.csv", {"short_answer": 368}, 2, 0),
        ("xyzw_answer_truefalse.json", {"true_false": 582}, 0, 1),
        ("wechat_tiku.txt", {"single_choice": 1237, "short_answer": 12}, 24, 0),
        ("shuihu_riddles_answers.md", {"short_answer": 80}, 42, 0),
        ("xiezhi_inter_fournovels.jsonl", {"single_choice": 77}, 0, 0),
        ("cmmlu_elementary_chinese.csv", {"single_choice": 252}, 0, 0),
    ],
)
def test_the_real_files(corpora_dir: Path, name: str, types: dict[str, int], unanswered: int, rejected: int) -> None:
    items = list(extract_questions(load_document(source_for_path(corpora_dir / "quiz" / name))))
    questions = [item for item in items if isinstance(item, Question)]
    assert Counter(q.type for q in questions) == types
    assert sum(q.answer is None for q in questions) == unanswered
    assert len(items) - len(questions) == rejected
    assert not any("原答案不在选项中" in q.explanation for q in questions)


@pytest.mark.corpora
def test_the_spreadsheet_paper_is_read_as_labelled(corpora_dir: Path) -> None:
    paper = corpora_dir / "quiz" / "papers" / "dev5_jingsai_tiku.csv"
    labels = paper.with_name("dev5_jingsai_tiku.gold.jsonl").read_text(encoding="utf-8").splitlines()
    gold = [json.loads(line) for line in labels]
    items = list(extract_questions(load_document(source_for_path(paper))))
    found = [(q.number, q.type, q.stem, q.options, q.novel) for q in items if isinstance(q, Question)]
    assert found == [(str(g["n"]), g["type"], g["stem"], g["options"], g["novel"]) for g in gold]
    assert [q.answer for q in items if isinstance(q, Question)] == [g["answer"] for g in gold]
