"""A JSON document in, its records out, each with where it stood: arrays, JSON lines, and objects one after another."""

import json
import re
from collections.abc import Iterator
from typing import Any

from corpora.document import Document
from corpora.errors import BadInput

LINE_END = re.compile(r"\r\n|\n|\r")  # not str.splitlines: U+2028 and U+0085 may stand raw inside a JSON string
WRAPPERS = ("data", "rows", "items", "records", "examples", "questions")


def read_records(document: Document) -> Iterator[tuple[str, Any]]:
    """Each record with its locator: "item 3" of an array, "line 3" of JSON lines, counted from 1.

    The layout goes by the content, not by the file's name: `.json` files that hold JSON lines are common.
    Raises BadInput with file, line and column where the JSON is broken, and when there is no record at all.
    """
    text = document.text
    opening = text.lstrip()[:1]
    if opening == "[" and not _is_json_lines(text):
        yield from _numbered(_load(text, document))
        return
    if opening != "{" and opening != "[":
        line = text[: len(text) - len(text.lstrip())].count("\n") + 1
        raise BadInput(f"{document.origin}: line {line}: no JSON object or array begins here; give a JSON file")
    if _is_json_lines(text):
        for number, line_text in enumerate(LINE_END.split(text), 1):
            if line_text.strip():
                yield f"line {number}", _load(line_text, document, number)
        return
    for locator, record in _stream(text, document):
        wrapped = next(
            (record[key] for key in WRAPPERS if isinstance(record, dict) and _is_list(record.get(key))), None
        )
        if wrapped is None:
            yield locator, record
        else:
            yield from _numbered(wrapped)


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def _numbered(items: list[Any]) -> Iterator[tuple[str, Any]]:
    for number, record in enumerate(items, 1):
        yield f"item {number}", record


def _is_json_lines(text: str) -> bool:
    """Whether one of the first three lines is an object by itself, or the first one an array, and others follow.

    Three, so that a fault in line 1 is still reported as line 1. One line alone is read as a whole.
    """
    lines = [line for line in LINE_END.split(text) if line.strip()]
    if len(lines) < 2:
        return False
    for line in lines[: 1 if lines[0].lstrip().startswith("[") else 3]:
        try:
            if isinstance(json.loads(line), dict | list):
                return True
        except (ValueError, RecursionError):
            continue
    return False


def _stream(text: str, document: Document) -> Iterator[tuple[str, Any]]:
    """Objects one after another, each over one or more lines."""
    decoder = json.JSONDecoder()
    at = 0
    while at < len(text):
        at += len(text[at:]) - len(text[at:].lstrip(" \t\r\n,"))
        if at == len(text):
            return
        try:
            record, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            raise _broken(error, document) from None
        yield f"line {text.count(chr(10), 0, at) + 1}", record
        at = end


def _load(text: str, document: Document, line: int = 0) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _broken(error, document, line) from None


def _broken(error: Exception, document: Document, line: int = 0) -> BadInput:
    if isinstance(error, json.JSONDecodeError):
        where = f"line {line or error.lineno} column {error.colno}"
        return BadInput(f"{document.origin}: {where}: broken JSON: {error.msg}; repair that line")
    # a number of thousands of digits, or brackets nested without end
    return BadInput(f"{document.origin}: line {line or 1}: JSON that cannot be read: {error}; repair or remove it")
