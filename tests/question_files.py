"""The text of a question paper or file in, the questions that are read in it out, whole or in short; and one by hand, whose fields
are empty but for those given."""

from collections.abc import Iterator
from typing import Any

from corpora.document import Document
from extractors.questions import extract_questions
from extractors.records import Question, Reject

FOUR = {"A": "甲", "B": "乙", "C": "丙", "D": "丁"}


def document(text: str, novel: str = "", origin: str = "a.txt") -> Document:
    return Document("d", "s", "quiz", "T", text, origin, "utf-8", "0", novel=novel)


def read(text: str, key: str = "", novel: str = "", origin: str = "a.txt") -> list[Question | Reject]:
    return list(extract_questions(document(text, novel, origin), document(key, origin="key.txt") if key else None))


def read_file(text: str, novel: str = "") -> list[Question | Reject]:
    """As a file of questions, and no paper."""
    return read(text, novel=novel, origin="a.csv")


def short(text: str, key: str = "") -> Iterator[tuple[str, str, str, dict[str, str], Any]]:
    for item in read(text, key):
        assert isinstance(item, Question), item
        yield item.number, item.type, item.stem, item.options, item.answer


def question(**given: Any) -> Question:
    blank: dict[str, Any] = {"number": "", "section": "", "type": "short_answer", "stem": "", "options": {}}
    blank |= {"answer": None, "explanation": "", "novel": "", "locator": ""}
    return Question(**blank | given)
