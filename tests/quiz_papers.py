"""A question paper's text in, the questions that are read in it out, whole or in short."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from corpora.document import Document
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
