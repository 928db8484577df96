"""A table of instructions (CSV, TSV) in, a record for each row out, as JSON lines with the same keys would give it.

prompt,response,history          instruction,input,output
"""

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any

from corpora.document import Document
from corpora.errors import BadInput
from extractors.instruction_shapes import SHAPES

CSV_LIMIT = 1 << 27  # characters of a cell; csv's own limit of 131,072 is less than a long conversation may have


def is_instruction_table(text: str) -> bool:
    """Whether the first line holds the names of a layout that keeps each part in a cell of its own."""
    return text.lstrip()[:1] not in ("{", "[") and bool(_delimiter(text))


def read_table(document: Document) -> Iterator[tuple[str, Any]]:
    """Each row under the headings as a record with its locator, "row 2" the first; a history is read as JSON.

    Raises BadInput where a row has more cells than there are headings or a quotation mark is not closed.
    """
    stream = io.StringIO(document.text, newline="")
    before = csv.field_size_limit(CSV_LIMIT)
    rows: list[dict[Any, Any]] = []
    try:
        rows.extend(csv.DictReader(stream, delimiter=_delimiter(document.text), strict=True))
    except csv.Error as error:
        raise BadInput(f"{document.origin}: row {len(rows) + 2}: broken CSV: {error}; repair that row") from None
    finally:
        csv.field_size_limit(before)
    for number, row in enumerate(rows, 2):
        if None in row:
            raise BadInput(f"{document.origin}: row {number}: more cells than headings; put commas in quotation marks")
        yield f"row {number}", {name: _value(name, cell) for name, cell in row.items()}


def _value(name: str, cell: str | None) -> Any:
    if name != "history" or not cell:
        return cell
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        return [cell]  # no pair: the record is rejected for it


def _delimiter(text: str) -> str:
    """The delimiter under which the first line's cells are the keys of a layout; empty when none is."""
    first = re.split(r"[\r\n]", text[:2000].lstrip("\ufeff"))[0]
    for delimiter in ",\t;":
        cells = {cell.strip(' "') for cell in first.split(delimiter)}
        if any(needed <= cells and len(needed) > 1 for _, needed, _ in SHAPES):
            return delimiter
    return ""
