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
from extractors.question_fields import build_question, field_of
from extractors.records import Question, Reject

# The quiz game behind {name, value} numbers its two buttons: 1 right, 2 wrong.
INHERITED = ("type", "section", "novel")  # what a list of questions says once for all of them
BUTTONS = {1: "true", 2: "false", "1": "true", "2": "false"}


def is_quiz_json(text: str) -> bool:
    """Whether the text begins as a JSON object or an array of them."""
    return bool(re.match(r"\s*(?:\{|\[\s*[\[{\]])", text))


def extract_quiz_json(document: Document) -> Iterator[Question | Reject]:
    """A question or a reject for every record, in order.

    Raises BadInput on broken JSON, and when no record has a key for the question.
    """
    unknown: list[Reject] = []  # held back until a known record shows that these are questions
    known = False
    for locator, record in _nested(read_records(document), {}):
        fields = _fields(record)
        if fields is None:
            what = f"keys {', '.join(map(str, record))}" if isinstance(record, dict) else type(record).__name__
            raw = json.dumps(record, ensure_ascii=False)[:2000]
            reject = Reject(locator, raw, f"unknown layout: {what}"[:200])
            if known:
                yield reject
            else:
                unknown.append(reject)
            continue
        if not known:
            known = True
            yield from unknown
        yield build_question(fields, document, locator)
    if not known:
        what = f"{unknown[0].locator}: {unknown[0].reason}" if unknown else "no records"
        raise BadInput(f"{document.origin}: {what}; give records with the keys question and answer, or name and value")


def _nested(records: Iterable[tuple[str, Any]], inherited: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each record; for one that asks nothing itself but holds lists of others, those, with its type and novel."""
    for locator, record in records:
        asks = isinstance(record, dict) and any(
            field_of(str(key)) == "stem" and isinstance(value, str) for key, value in record.items()
        )
        lists = [] if asks or not isinstance(record, dict) else [item for item in record.items() if _is_list(item[1])]
        if lists:
            own = {key: value for key, value in record.items() if isinstance(value, str) and field_of(key) in INHERITED}
            for key, children in lists:
                places = ((f"{locator} {key} {n}", child) for n, child in enumerate(children, 1))
                yield from _nested(places, inherited | own)
        else:
            yield locator, inherited | record if isinstance(record, dict) and asks else record


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def _fields(record: Any) -> dict[str, Any] | None:
    """The record's values by field, or None when it has no question."""
    if not isinstance(record, dict):
        return None
    if "name" in record and "value" in record:
        value = record["value"]
        answer = BUTTONS.get(value, value) if isinstance(value, int | str) and not isinstance(value, bool) else value
        return {
            "stem": record["name"],
            "answer": answer,
            "type": "判断" if answer in ("true", "false", True, False) else "",
        }
    fields: dict[str, Any] = {}
    for key, value in record.items():
        if field := field_of(str(key)):
            fields.setdefault(field, value)
    return fields if "stem" in fields else None
