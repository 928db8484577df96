"""A workbook's bytes (.xlsx) in, its cells as a table out: one line a row, cells parted by tabs, quoted as in CSV."""

import csv
import datetime
import io

import openpyxl

from corpora.errors import BadInput
from corpora.readers.archive import open_archive, refuse_declarations
from corpora.readers.limits import ReaderLimits


def xlsx_text(raw: bytes, underlines: bool, limits: ReaderLimits) -> str:
    """The visible sheets one after another, each under its name where there are several; formulas as last computed.

    Raises BadInput on what `open_archive` refuses, and on more or longer cells than the limits allow.
    """
    refuse_declarations(open_archive(raw, limits), doctypes=False)
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
