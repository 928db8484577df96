"""A table of questions (CSV, TSV) in, questions out: one a row, columns found by their headings.

题号,题型,题目,A,B,C,D,答案,解析          ,Question,A,B,C,D,Answer          question,answer

A row with one cell is the title of the rows under it (a sheet's name, 一、单选题); each may have its own headings.
"""

import csv
import io
import re
from collections.abc import Iterator

from corpora.document import Document
from corpora.errors import BadInput
from extractors.paper_marks import heading_at
from extractors.paper_options import split_options
from extractors.paper_text import fold
from extractors.question_fields import build_question, field_of, read_options
from extractors.question_type import DECLARED
from extractors.records import Question, Reject

DELIMITERS = ",\t;|"
DECLARED_WORD = re.compile("|".join(DECLARED))
TITLE_ROWS = 12  # where the headings of a spreadsheet may stand under titles and notes


def is_quiz_table(text: str) -> bool:
    """Whether one of the first rows holds headings, one of them for the question."""
    return bool(_delimiter(text))


def is_heading_row(cells: list[str]) -> bool:
    """Whether the cells are headings: one for the question, and another that is known."""
    fields = {field_of(cell) for cell in cells} - {""}
    return "stem" in fields and len(fields) > 1


def extract_quiz_table(document: Document) -> Iterator[Question | Reject]:
    """A question or a reject for every row that is not blank; "row 2" is the first under the headings.

    Raises BadInput where a quotation mark is not closed, and when there is no row under the headings.
    """
    delimiter = _delimiter(document.text)
    reader = csv.reader(io.StringIO(document.text, newline=""), delimiter=delimiter or ",", strict=True)
    headings: list[str] = []
    title = ""
    found = False
    try:
        for row, cells in enumerate(reader, 1):
            filled = [i for i, cell in enumerate(cells) if cell.strip()]
            if not filled:
                continue
            if is_heading_row(cells) or (not headings and "stem" in map(field_of, cells)):
                headings = [
                    field_of(cell) or ("number" if i == 0 and not cell.strip() else "") for i, cell in enumerate(cells)
                ]
            elif not headings or (len(filled) == 1 and _is_title(headings, filled[0], cells)):
                title = cells[filled[0]].strip()
            else:
                found = True
                yield _question(headings, cells, title, document, f"row {row}")
    except csv.Error as error:
        raise BadInput(
            f"{document.origin}: line {reader.line_num}: broken table: {error}; check the quotation marks there"
        ) from None
    if not found:
        raise BadInput(f"{document.origin}: no row under the headings; give a table that holds questions")


def _is_title(headings: list[str], column: int, cells: list[str]) -> bool:
    """Whether a row with one cell is a title: not in the question's column, or no more than the name of a type."""
    if len(headings) > 1 and (heading := heading_at(fold(cells[column]))) and heading.sure:
        return True
    return len(headings) > 2 and (column >= len(headings) or headings[column] != "stem")


def _question(headings: list[str], cells: list[str], title: str, document: Document, locator: str) -> Question | Reject:
    if any(cell.strip() for cell in cells[len(headings) :]):
        return Reject(locator, ",".join(cells)[:2000], f"{len(cells)} cells under {len(headings)} headings")
    fields = {field: cell for field, cell in zip(headings, cells, strict=False) if field}
    if title and DECLARED_WORD.search(title):
        fields.setdefault("section", title)
        fields.setdefault("type", title)
    if not read_options(fields):  # the options may stand in the question's own cell
        choice = split_options(fields.get("stem", "").strip())
        if len(choice.options) > 2:
            fields |= {"stem": choice.stem, **choice.options}
    return build_question(fields, document, locator)


def _delimiter(text: str) -> str:
    """The delimiter under which a first row has a heading for the question and another; empty when none does."""
    first = [line for line in text[:8000].splitlines() if line.strip()][:TITLE_ROWS]
    for number, line in enumerate(first):
        for delimiter in DELIMITERS:
            if delimiter in line:
                try:
                    cells = next(csv.reader([line], delimiter=delimiter))
                except (csv.Error, StopIteration):
                    continue
                if is_heading_row(cells) or (number == 0 and "stem" in {field_of(cell) for cell in cells}):
                    return delimiter
    return ""


def part_tables(text: str) -> tuple[str, str]:
    """The tables with headings that stand among other text (rows with tabs), and the rest, each on its own lines.

    A line taken out leaves an empty one, so that places stay; the line above a table stays with both, as its title.
    """
    lines = re.split(r"\r\n|\n|\r", text)
    tables, rest = [""] * len(lines), list(lines)
    inside = False
    for i, line in enumerate(lines):
        if "\t" not in line:
            inside = inside and not line.strip()
        elif is_heading_row(line.split("\t")):
            inside = True
            above = next((j for j in range(i - 1, -1, -1) if lines[j].strip()), None)
            if above is not None and "\t" not in lines[above]:
                tables[above] = lines[above]
        if inside:
            tables[i], rest[i] = line, ""
    return ("\n".join(tables), "\n".join(rest)) if any(tables) else ("", text)
