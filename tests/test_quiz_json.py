"""JSON question files nested by section, with whatever keys, and answers in whatever form."""

import json
from typing import Any

import pytest

from corpora.document import Document
from corpora.errors import BadInput
from extractors.questions import extract_questions
from extractors.records import Question

AB = {"A": "甲", "B": "乙"}


def read(value: Any) -> list[tuple[str, str, dict[str, str], Any]]:
    text = json.dumps(value, ensure_ascii=False)
    items = list(extract_questions(Document("d", "s", "quiz", "T", text, "a.json", "utf-8", "0")))
    assert all(isinstance(item, Question) for item in items), items
    return [(item.type, item.stem, item.options, item.answer) for item in items if isinstance(item, Question)]


@pytest.mark.parametrize(
    "record",
    [
        {"question": "谁？", "options": ["甲", "乙"], "answer": "B"},
        {"question": "谁？", "options": ["A. 甲", "B. 乙"], "answer": "B. 乙"},
        {"stem": "谁？", "options": {"a": "甲", "b": "乙"}, "key": "b"},
        {"title": "谁？", "opts": {"A": "甲", "B": "乙"}, "key": "B"},
        {"q": "谁？", "choices": ["A) 甲", "B) 乙"], "a": "B) 乙"},
        {"topic": "谁？", "optionA": "甲", "optionB": "乙", "optionC": "", "rightKey": "B"},
        {
            "questionTitle": "谁？",
            "optionList": [
                {"optionKey": "A", "optionValue": "甲", "isCorrect": False},
                {"optionKey": "B", "optionValue": "乙", "isCorrect": True},
            ],
        },
        {"题干": "谁？", "选项": ["甲", "乙"], "参考答案": "乙"},
        {"question": "谁？\nA. 甲\nB. 乙", "answer": "B"},
        {"题目": "谁？（单选题）", "选项": "A.甲;B.乙", "答案": "B"},
    ],
)
def test_one_question_under_many_keys(record: dict[str, Any]) -> None:
    assert read([record]) == [("single_choice", "谁？", AB, "B")]


def test_the_place_of_the_option_as_the_answer() -> None:
    def asked(*places: int) -> list[dict[str, Any]]:
        return [{"question": "谁？", "options": ["甲", "乙"], "answer": place} for place in places]

    assert [row[3] for row in read(asked(0, 1))] == ["A", "B"]
    assert [row[3] for row in read(asked(1, 2))] == ["A", "B"]
    assert [row[3] for row in read(asked(1, 1))] == [None, None]  # nothing shows where the count begins


def test_types_and_passages_of_the_lists_around() -> None:
    passage = "话说天下大势。"
    value = {
        "code": 0,
        "data": {
            "singleChoice": [{"question": "谁？", "options": ["甲", "乙"], "answer": "B"}],
            "trueFalse": [{"question": "甲是乙。", "answer": 0}],
            "sections": [
                {"part": "三、填空题", "list": [{"title": "甲在＿＿。", "key": "山"}]},
                {"part": "四、材料题", "content": passage, "list": [{"content": "为什么？", "key": "因为。"}]},
            ],
        },
    }
    assert read(value) == [
        ("single_choice", "谁？", AB, "B"),
        ("true_false", "甲是乙。", {}, "false"),
        ("fill_blank", "甲在____。", {}, ["山"]),
        ("short_answer", "为什么？", {}, "因为。"),
    ]
    text = json.dumps(value, ensure_ascii=False)
    items = list(extract_questions(Document("d", "s", "quiz", "T", text, "a.json", "utf-8", "0")))
    assert [item.material for item in items if isinstance(item, Question)] == ["", "", "", passage]


def test_answers_beside_the_questions() -> None:
    questions = [{"id": 1, "question": "谁？", "options": ["甲", "乙"]}, {"id": 2, "question": "为什么？"}]
    for answers in ({"1": "B", "2": "因为。"}, ["B", "因为。"]):
        assert [row[3] for row in read({"questions": questions, "answers": answers})] == ["B", "因为。"]


def test_objects_by_number() -> None:
    assert read({"questions": {"1": {"question": "为什么？", "answer": "因为。"}}}) == [
        ("short_answer", "为什么？", {}, "因为。")
    ]


def test_nothing_that_asks_is_refused() -> None:
    with pytest.raises(BadInput, match="unknown layout: keys 甲, 乙"):
        read([{"甲": 1, "乙": 2}])
