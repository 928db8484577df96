"""The text of a file of questions in, what is read in it out; and a question by hand, whose fields are empty but for those given."""

from typing import Any

from corpora.document import Document
from extractors.questions import extract_questions
from extractors.records import Question, Reject

FOUR = {"A": "甲", "B": "乙", "C": "丙", "D": "丁"}


def document(text: str, novel: str = "") -> Document:
    return Document("d", "s", "quiz", "T", text, "a.csv", "utf-8", "0", novel=novel)


def read(text: str, novel: str = "") -> list[Question | Reject]:
    return list(extract_questions(document(text, novel)))


def question(**given: Any) -> Question:
    blank: dict[str, Any] = {"number": "", "section": "", "type": "short_answer", "stem": "", "options": {}}
    blank |= {"answer": None, "explanation": "", "novel": "", "locator": ""}
    return Question(**blank | given)
