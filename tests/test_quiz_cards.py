"""Cards of labelled parts, one under another."""

import pytest

from corpora.document import Document
from extractors.questions import extract_questions
from extractors.quiz_cards import is_quiz_cards
from extractors.records import Question


@pytest.mark.parametrize("form", ["【{}】{}", "{}：{}", "{}\t{}", "**{}：** {}"])
def test_cards(form: str) -> None:
    parts = [
        ("题型", "单选题"), ("题干", "谁？"), ("选项", "A.甲 B.乙"), ("答案", "B"), ("解析", "见第三回。"),
        ("题型", "填空题"), ("题干", "甲在____。"), ("答案", "山"),
        ("题型", "简答题"), ("题干", "为什么？"), ("答案", "其一，"),
    ]  # fmt: skip
    text = "题库\n\n" + "\n".join(form.format(*part) for part in parts) + "\n其二。\n"
    items = list(extract_questions(Document("d", "s", "quiz", "T", text, "a.txt", "utf-8", "0")))
    assert [(i.type, i.stem, i.options, i.answer, i.explanation) for i in items if isinstance(i, Question)] == [
        ("single_choice", "谁？", {"A": "甲", "B": "乙"}, "B", "见第三回。"),
        ("fill_blank", "甲在____。", {}, ["山"], ""),
        ("short_answer", "为什么？", {}, "其一，\n其二。", ""),
    ]
    assert [item.locator for item in items] == ["line 3", "line 8", "line 11"]


def test_numbered_questions_with_labels_are_a_paper() -> None:
    assert not is_quiz_cards("第1题\n题干：谁？\n答案：甲\n第2题\n题干：何人？\n答案：乙\n")
