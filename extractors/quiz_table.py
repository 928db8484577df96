"""A table of questions (CSV, TSV) in, questions out: one a row, columns found by their headings.

题号,题型,题目,A,B,C,D,答案,解析          ,Question,A,B,C,D,Answer          question,answer
"""

import csv
import io
from collections.abc import Iterator

from corpora.document import Document
from corpora.errors import BadInput
from extractors.question_fields import build_question, field_of
from extractors.records import Question, Reject

DELIMITERS = ",\t;|"


def is_quiz_table(text: str) -> bool:
    """Whether the first line is a row of headings, one of them for the question."""
    return bool(_delimiter(text))


def extract_quiz_table(document: Document) -> Iterator[Question | Reject]:
    """A question or a reject for every row that is not blank; "row 2" is the first under the headings.

    Raises BadInput where a quotation mark is not closed, and when there is no row under the headings.
    """
    delimiter = _delimiter(document.text)
    reader = csv.reader(io.StringIO(document.text, newline=""), delimiter=delimiter or ",", strict=True)
    row = 0
    headings: list[str] = []
    try:
        for row, cells in enumerate(reader, 1):
            if not any(cell.strip() for cell in cells):
                continue
            if not headings:
                headings = [
                    field_of(cell) or ("number" if i == 0 and not cell.strip() else "") for i, cell in enumerate(cells)
                ]
                continue
            yield _question(headings, cells, document, f"row {row}")
    except csv.Error as error:
        raise BadInput(
            f"{document.origin}: line {reader.line_num}: broken table: {error}; check the quotation marks there"
        ) from None
    if row < 2:
        raise BadInput(f"{document.origin}: no row under the headings; give a table that holds questions")


def _question(headings: list[str], cells: list[str], document: Document, locator: str) -> Question | Reject:
    if any(cell.strip() for cell in cells[len(headings) :]):
        return Reject(locator, ",".join(cells)[:2000], f"{len(cells)} cells under {len(headings)} headings")
    fields = {field: cell for field, cell in zip(headings, cells, strict=False) if field}
    return build_question(fields, document, locator)


def _delimiter(text: str) -> str:
    """The delimiter under which the first line has a heading for the question and another; empty when none does."""
    first = next((line for line in text[:4000].splitlines() if line.strip()), "")
    for delimiter in DELIMITERS:
        if delimiter in first:
            try:
                cells = next(csv.reader([first], delimiter=delimiter))
            except (csv.Error, StopIteration):
                continue
            if "stem" in {field_of(cell) for cell in cells}:
                return delimiter
    return ""
