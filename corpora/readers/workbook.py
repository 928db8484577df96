"""A workbook's bytes (.xlsx) in, its cells as a table out: one line a row, cells parted by tabs, quoted as in CSV.

What cells merged downwards hold stands in each of their rows.
"""

import csv
import datetime
import io
import re

import openpyxl
import openpyxl.utils

from corpora.errors import BadInput
from corpora.readers.archive import open_archive, refuse_declarations
from corpora.readers.limits import ReaderLimits

MERGED = re.compile(rb'<mergeCell ref="([A-Z]{1,3}[0-9]{1,7}):([A-Z]{1,3}[0-9]{1,7})"')


def xlsx_text(raw: bytes, underlines: bool, limits: ReaderLimits) -> str:
    """The visible sheets one after another, each under its name where there are several; formulas as last computed.

    Raises BadInput on what `open_archive` refuses, and on more or longer cells than the limits allow.
    """
    members = open_archive(raw, limits)
    refuse_declarations(members, doctypes=False)
    book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True, keep_links=False)
    sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    written = io.StringIO()
    writer = csv.writer(written, delimiter="\t", lineterminator="\n")
    cells = 0
    filled = 0
    for sheet in sheets:
        sheet.reset_dimensions()  # the declared size may be a million empty rows
        rows = []
        for values in sheet.iter_rows(values_only=True):
            cells += max(1, len(values))
            if cells > limits.cells:
                raise BadInput(f"sheet {sheet.title}: more than {limits.cells} cells; split the workbook")
            rows.append([_shown(value, sheet.title, limits) for value in values])
        _fill_merged(rows, members.get(getattr(sheet, "_worksheet_path", "").lstrip("/"), b""))
        while rows and not any(rows[-1]):
            rows.pop()
        if rows and filled:
            written.write("\n")
        filled += bool(rows)
        if rows and len(sheets) > 1:
            writer.writerow([sheet.title])
        width = max((i + 1 for row in rows for i, cell in enumerate(row) if cell), default=0)
        writer.writerows(row[:width] for row in rows)
    return written.getvalue()


def _fill_merged(rows: list[list[str]], xml: bytes) -> None:
    """Gives every row of cells merged downwards, such as a type for several questions, the text of the first."""
    for found in MERGED.finditer(xml):
        (left, top), (right, bottom) = (
            openpyxl.utils.cell.coordinate_from_string(corner.decode()) for corner in found.groups()
        )
        column = openpyxl.utils.column_index_from_string(left) - 1
        if left != right or top > len(rows) or column >= len(rows[top - 1]):
            continue
        for row in rows[top : min(bottom, len(rows))]:
            row += [""] * (column + 1 - len(row))
            row[column] = row[column] or rows[top - 1][column]


def _shown(value: object, sheet: str, limits: ReaderLimits) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime.datetime) and not (value.hour or value.minute or value.second):
        return value.date().isoformat()
    text = str(value).replace("_x000D_", "").replace("\r\n", "\n")
    if len(text) > limits.cell_characters:
        raise BadInput(
            f"sheet {sheet}: a cell of {len(text)} characters is longer than {limits.cell_characters}; split it"
        )
    return text
