"""A JSON file of questions in (array or JSON lines), questions out.

{"type", "question", "options": {"A": …} or […] or one string with a line for each, "answer", "explanation"}
{"name": statement, "value": 1 or 2}
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from corpora.document import Document
from corpora.errors import BadInput
from extractors.json_records import read_records
from extractors.question_fields import build_question, field_of
from extractors.records import Question, Reject

# The quiz game behind {name, value} numbers its two buttons: 1 right, 2 wrong.
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
    for locator, record in read_records(document):
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
