"""An instruction document in, conversations and rejects out, in file order."""

import json
from collections.abc import Iterator

from corpora.document import Document
from corpora.errors import BadInput
from extractors.instruction_shapes import SHAPES, check_turns, read_turns, split_instances
from extractors.instruction_table import is_instruction_table, read_table
from extractors.json_records import read_records
from extractors.records import Instruction, Reject

RAW_LENGTH = 2000  # characters of a rejected record that are kept; enough to know it again


def extract_instructions(document: Document) -> Iterator[Instruction | Reject]:
    """One `Instruction` or `Reject` for each record, in the file's order.

    The layouts: Alpaca, BELLE (pairs, seed tasks, evaluation set), {context, target}, ShareGPT, OpenAI messages,
    Firefly, parallel lists, ChatGLM, {context, chat}, our own training sets; as JSON, or as a table with these names
    for headings. Each instance of a seed task is a record. Raises BadInput on broken JSON or CSV, and when no record has
    a known layout.
    """
    unknown: list[Reject] = []  # held back until a known record shows that this is an instruction file
    known = False
    for item in _items(document):
        if isinstance(item, Reject) and item.reason.startswith("unknown layout") and not known:
            unknown.append(item)
            continue
        if not known:
            known = True
            yield from unknown
        yield item
    if not known:
        what = f"{unknown[0].locator}: {unknown[0].reason}" if unknown else "no records"
        names = ", ".join(shape for shape, _, _ in SHAPES)
        raise BadInput(f"{document.origin}: {what}; give a file in one of these layouts: {names}")


def _items(document: Document) -> Iterator[Instruction | Reject]:
    read = read_table if is_instruction_table(document.text) else read_records
    for locator, record in read(document):
        parts = split_instances(record) if isinstance(record, dict) else [record]
        for i, part in enumerate(parts, 1):
            yield _read(f"{locator} instance {i}" if len(parts) > 1 else locator, part)


def _read(locator: str, record: object) -> Instruction | Reject:
    if not isinstance(record, dict):
        return _reject(locator, record, f"unknown layout: {type(record).__name__}, not an object")
    found = read_turns(record)
    if found is None:
        return _reject(locator, record, f"unknown layout: keys {', '.join(map(str, record))}"[:200])
    shape, turns = found
    messages = check_turns(turns)
    if isinstance(messages, str):
        return _reject(locator, record, messages)
    return Instruction(messages, shape, locator)


def _reject(locator: str, record: object, reason: str) -> Reject:
    return Reject(locator, json.dumps(record, ensure_ascii=False)[:RAW_LENGTH], reason)
