"""Questions of every type in tables and JSON: whole rows, and what is rejected."""

import json

import pytest
from question_files import FOUR, question
from question_files import read_file as read

from corpora.errors import BadInput
from extractors.records import Question, Reject

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
