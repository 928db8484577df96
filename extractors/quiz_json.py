"""A JSON file of questions in (array or JSON lines), questions out.

{"type", "question", "options": {"A": …} or […] or one string with a line for each, "answer", "explanation"}
{"name": statement, "value": 1 or 2}
{"sections": [{"type", "questions": [{…}, …]}, …]}
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from corpora.document import Document
from corpora.errors import BadInput
from extractors.json_records import read_records
from extractors.paper_marks import declared_kind
from extractors.question_fields import build_question
from extractors.question_headings import field_of
from extractors.question_type import DECLARED
from extractors.quiz_json_fields import asking_key, letters_by_place, record_fields
from extractors.records import Question, Reject

INHERITED = ("type", "section", "novel", "material")  # what a list of questions says once for all of them
TITLE = re.compile(r"名称|标题|题型|title|name|heading|section", re.I)


def is_quiz_json(text: str) -> bool:
    """Whether the text begins as a JSON object or an array of them."""
    return bool(re.match(r"\s*(?:\{|\[\s*[\[{\]])", text))


def extract_quiz_json(document: Document) -> Iterator[Question | Reject]:
    """A question or a reject for every record, in order.

    Raises BadInput on broken JSON, and when no record has a key for the question.
    """
    records = [*_with_answers(document)] or read_records(document)
    read = [(locator, record, record_fields(record)) for locator, record in _nested(records, {})]
    letters_by_place([(locator, fields) for locator, _, fields in read if fields is not None])
    rejects = [
        Reject(locator, json.dumps(record, ensure_ascii=False)[:2000], f"unknown layout: {_kind(record)}"[:200])
        for locator, record, fields in read
        if fields is None
    ]
    if len(rejects) == len(read):
        what = f"{rejects[0].locator}: {rejects[0].reason}" if rejects else "no records"
        raise BadInput(f"{document.origin}: {what}; give records with the keys question and answer, or name and value")
    refused = iter(rejects)
    for locator, _, fields in read:
        yield build_question(fields, document, locator) if fields is not None else next(refused)


def _kind(record: Any) -> str:
    return f"keys {', '.join(map(str, record))}" if isinstance(record, dict) else type(record).__name__


def _with_answers(document: Document) -> Iterator[tuple[str, Any]]:
    """The questions of an object that has their answers under a key of its own, by number or in order; else none."""
    try:
        whole = json.loads(document.text)
    except (ValueError, RecursionError):
        return
    if not isinstance(whole, dict):
        return
    listed = next((_children(value) for value in whole.values() if _children(value)), [])
    said = next((value for key, value in whole.items() if field_of(str(key)) == "answer"), None)
    if not listed or not isinstance(said, dict | list) or _children(said) or len(said) > len(listed):
        return
    for n, record in enumerate(listed, 1):
        number = next((str(value) for key, value in record.items() if field_of(str(key)) == "number"), str(n))
        answer = said.get(number) if isinstance(said, dict) else said[n - 1] if n <= len(said) else None
        yield f"item {n}", record if answer is None else {"answer": answer, **record}


def _nested(records: Iterable[tuple[str, Any]], inherited: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each record; for one that holds lists of others, those, with its type and novel.

    What such a record asks itself is the passage that the others are about. Its title may name their type.
    """
    for locator, record in records:
        asked = asking_key(record) if isinstance(record, dict) else ""
        lists = [item for item in record.items() if _holds(*item, asks=bool(asked))] if isinstance(record, dict) else []
        if lists:
            own = {key: value for key, value in record.items() if isinstance(value, str) and field_of(key) in INHERITED}
            if asked:
                own["material"] = record[asked]
            for key, value in record.items():
                short = isinstance(value, str) and len(value) <= 40 and key != asked
                if short and TITLE.search(key) and declared_kind(value):
                    own |= {"type": own.get("type", value), "section": value}
            for key, held in lists:
                named = {"type": key, "section": key} if _names_type(key) else {}
                children = _children(held)
                places = ((f"{locator} {key} {n}", child) for n, child in enumerate(children, 1))
                yield from _nested(places, inherited | named | own)
        elif isinstance(record, dict) and not asked and any(isinstance(value, dict) for value in record.values()):
            inner = [(f"{locator} {key}", value) for key, value in record.items() if isinstance(value, dict)]
            yield from _nested(inner, inherited)
        else:
            yield locator, inherited | record if isinstance(record, dict) and asked else record


def _holds(key: str, value: Any, *, asks: bool) -> bool:
    """Whether the value is a list of questions; beside a question, one whose records ask themselves."""
    if not _children(value):
        return False
    if not _names_type(key) and field_of(key) in ("options", "answer", "explanation"):
        return False
    return not asks or any(asking_key(record) for record in _children(value))


def _names_type(key: str) -> bool:
    return any(word in key.lower() for word in DECLARED)


def _children(value: Any) -> list[dict[str, Any]]:
    """The objects of an array, or those of an object that has nothing else: {"1": {…}, "2": {…}}; else none."""
    if isinstance(value, dict):
        value = [{"number": key, **item} if isinstance(item, dict) else item for key, item in value.items()]
    return value if isinstance(value, list) and value and all(isinstance(item, dict) for item in value) else []
