"""A table of questions (CSV, TSV) in, questions out: one a row, columns found by their headings.

题号,题型,题目,A,B,C,D,答案,解析          ,Question,A,B,C,D,Answer          question,answer

A row with one cell is the title of the rows under it (a sheet's name, 一、单选题); each may have its own headings.
Headings may fill two rows (备选答案 over A B C D), and a question several, with an option in each. A table of 题号 and 答案
under the questions answers them.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from corpora.document import Document
from corpora.errors import BadInput
from extractors.paper_layout import bare_line
from extractors.paper_marks import heading_at
from extractors.paper_options import split_options
from extractors.paper_text import fold
from extractors.question_fields import build_question, read_options
from extractors.question_headings import field_of
from extractors.question_type import DECLARED, truth
from extractors.quiz_table_bare import bare_columns
from extractors.records import Question, Reject

BARRED = re.compile(r"\s*\|.*\|\s*$")  # a row of a Markdown table
DELIMITERS = ",\t;|"
DECLARED_WORD = re.compile("|".join(DECLARED))
OPTION_ROW = re.compile(r"\s*[(（]?[A-D]\s*[.．、)）]|\s*(?:题号|答案)\t")
TAGS = re.compile("</?[bu]>")
TITLE_ROWS = 12  # where the headings of a spreadsheet may stand under titles and notes


def is_quiz_table(text: str) -> bool:
    """Whether one of the first rows holds headings, one of them for the question, or the columns tell without."""
    return bool(_delimiter(text) or bare_columns(text)[0])


def is_heading_row(cells: list[str]) -> bool:
    """Whether the cells are headings: one for the question, and another that is known."""
    fields = {field_of(cell) for cell in cells} - {""}
    return "stem" in fields and len(fields) > 1


def extract_quiz_table(document: Document) -> Iterator[Question | Reject]:
    """A question or a reject for every row that is not blank; "row 2" is the first under the headings.

    Raises BadInput where a quotation mark is not closed, and when there is no row under the headings.
    """
    rows = list(_rows(document))
    if not rows:
        raise BadInput(f"{document.origin}: no row under the headings; give a table that holds questions")
    answers = [row for row in rows if isinstance(row, _Row) and row.of_key]
    asked = [row for row in rows if isinstance(row, _Row) and not row.of_key]
    for answer in answers:
        number = answer.fields.get("number", "").strip()
        same = [row for row in asked if number and row.fields.get("number", "").strip() == number]
        for question in [row for row in same if not row.fields.get("answer")][:1]:
            question.fields |= {field: said for field, said in answer.fields.items() if field != "number" and said}
            answer.fields.clear()
    for row in rows:
        if isinstance(row, Reject):
            yield row
        elif not row.of_key:
            yield _question(row.fields, row.locator, document)
        elif row.fields:
            raw = "；".join(f"{field}={said}" for field, said in row.fields.items())
            yield Reject(row.locator, raw[:2000], "an answer to no question of the table")


@dataclass(slots=True)
class _Row:
    """A row's values by field; `of_key` where it stands in a table of answers (题号, 答案) without questions."""

    fields: dict[str, Any]
    locator: str
    of_key: bool


def _rows(document: Document) -> Iterator[_Row | Reject]:
    """The rows under the headings, a question's several rows in one."""
    delimiter, headings = _delimiter(document.text), list[str]()
    if not delimiter:
        delimiter, headings = bare_columns(document.text)
    reader = csv.reader(io.StringIO(document.text, newline=""), delimiter=delimiter or ",", strict=True)
    title = ""
    found = of_key = False
    pending: _Row | None = None  # a row whose options may go on in the next
    try:
        for row, cells in enumerate(reader, 1):
            cells = [TAGS.sub("", cell) for cell in cells]
            filled = [i for i, cell in enumerate(cells) if cell.strip()]
            if not filled:
                continue
            if pending and (more := _more_options(headings, cells, pending.fields)):
                pending.fields["options"] += f"\n{more}"
                continue
            if pending:
                yield pending
                pending = None
            key_head = (
                bool(headings) and {"number", "answer"} <= set(map(field_of, cells)) and not is_heading_row(cells)
            )
            if headings and not found and _is_second_head(headings, cells):
                headings = [field_of(cell) or above for above, cell in zip_longest(headings, cells, fillvalue="")]
            elif key_head or is_heading_row(cells) or (not headings and "stem" in map(field_of, cells)):
                headings = [
                    field_of(cell) or ("number" if i == 0 and not cell.strip() else "") for i, cell in enumerate(cells)
                ]
                of_key = key_head
            elif not headings or (len(filled) == 1 and _is_title(headings, filled[0], cells)):
                title = cells[filled[0]].strip().lstrip("# ")
            elif any(cell.strip() for cell in cells[len(headings) :]):
                found = True
                yield Reject(f"row {row}", ",".join(cells)[:2000], f"{len(cells)} cells under {len(headings)} headings")
            else:
                found = True
                pending = _Row(_fields(headings, cells, "" if of_key else title), f"row {row}", of_key)
        if pending:
            yield pending
    except csv.Error as error:
        raise BadInput(
            f"{document.origin}: line {reader.line_num}: broken table: {error}; check the quotation marks there"
        ) from None


def _is_title(headings: list[str], column: int, cells: list[str]) -> bool:
    """Whether a row with one cell is a title: not in the question's column, or no more than the name of a type."""
    if len(headings) > 1 and (heading := heading_at(fold(cells[column]))) and heading.sure:
        return True
    return len(headings) > 2 and (column >= len(headings) or headings[column] != "stem")


def _is_second_head(headings: list[str], cells: list[str]) -> bool:
    """Whether the row under the headings names options, in columns that those leave open."""
    named = [(field_of(cell), above) for above, cell in zip(headings, cells, strict=False) if cell.strip()]
    return len(named) > 1 and all(len(field) == 1 and above in ("", "options", "answer") for field, above in named)


def _more_options(headings: list[str], cells: list[str], fields: dict[str, Any]) -> str:
    """The option that the row adds to the question above, empty where it is a row of its own."""
    row = {field: cell.strip() for field, cell in zip(headings, cells, strict=False) if field and cell.strip()}
    more, right = row.pop("options", ""), row.pop("right", "")
    same = all(value == fields.get(field, "").strip() for field, value in row.items())
    if not more or not fields.get("options") or not same or (more == fields["options"].strip() and not right):
        return ""
    if "right" in fields:
        fields["right"] += f"\n{right or '-'}"
    return more


def _fields(headings: list[str], cells: list[str], title: str) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for field, cell in zip(headings, cells, strict=False):
        if field == "answers":
            fields["answer"] = [*fields.get("answer", []), *([cell.strip()] if cell.strip() else [])]
        elif field and (cell.strip() or field not in fields):
            fields[field] = cell
    if title and DECLARED_WORD.search(title):
        fields.setdefault("section", title)
        fields.setdefault("type", title)
    if not fields.get("type") and DECLARED_WORD.search(fields.get("section", "")):
        fields["type"] = fields["section"]
    return fields


def _question(fields: dict[str, Any], locator: str, document: Document) -> Question | Reject:
    if "right" in fields:  # a row for each option, which says of it whether it is right
        marks = fields["right"].split("\n")
        fields = fields | {
            "answer": "".join(letter for letter, mark in zip("ABCDEFGH", marks, strict=False) if truth(mark) == "true")
        }
    if not read_options(fields):  # the options may stand in the question's own cell
        choice = split_options(fields.get("stem", "").strip())
        if len(choice.options) > 2:
            fields = fields | {"stem": choice.stem, **choice.options}
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


def _row_follows(lines: list[str], i: int, columns: int) -> bool:
    """Whether line `i` is a title within a table, with another row of at least half as many cells under it."""
    below = next((line for line in lines[i + 1 : i + 3] if line.strip()), "")
    cells = below.count("\t") + 1
    return len(lines[i]) <= 40 and cells > 1 and cells >= 0.5 * columns and not OPTION_ROW.match(below)


def part_tables(text: str) -> tuple[str, str]:
    """The tables with headings that stand among other text (rows with tabs), and the rest, each on its own lines.

    A line taken out leaves an empty one, so that places stay; the line above a table stays with both, as its title.
    """
    lines = [bare_line(line)[0] if BARRED.match(line) else line for line in re.split(r"\r\n|\n|\r", text)]
    tables, rest = [""] * len(lines), list(lines)
    inside = quoted = False
    columns = 0
    for i, line in enumerate(lines):
        within, quoted = quoted, quoted != (inside and line.count('"') % 2 == 1)
        if within:  # a cell with line ends
            pass
        elif "\t" not in line:
            inside = inside and (not line.strip() or _row_follows(lines, i, columns))
        elif is_heading_row(line.split("\t")):
            inside, columns = True, line.count("\t") + 1
            above = next((j for j in range(i - 1, -1, -1) if lines[j].strip()), None)
            if above is not None and "\t" not in lines[above]:
                tables[above] = lines[above]
        if inside:
            tables[i], rest[i] = line, ""
            quoted = quoted or (not within and line.count('"') % 2 == 1)
    return ("\n".join(tables), "\n".join(rest)) if any(tables) else ("", text)
