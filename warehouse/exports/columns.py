"""A row in, the same columns out: `parquet` as the training set has them, `csv` with the prompt laid out flat.

`csv` can be opened in a spreadsheet and filtered; its `prompt`, `response` and `history` are those of ChatGLM's layout,
the history as JSON, so that ChatGLM's own trainer and `huaben ingest` read it.
"""

import json

from warehouse.exports.row import BROKEN, Fitted, SetRow, talk

PARQUET_COLUMNS = tuple(SetRow.__slots__)
CSV_COLUMNS = (
    "sample_id", "task", "question_type", "novel", "character", "source_id", "system", "history", "prompt", "response",
    "reference", "cluster_id",
)  # fmt: skip


def parquet_record(row: SetRow) -> Fitted:
    """The row as it is. Holds every row."""
    return Fitted({name: getattr(row, name) for name in PARQUET_COLUMNS})


def csv_record(row: SetRow) -> Fitted:
    """System turn, history as JSON, question and answer in a column each."""
    parts = talk(row)
    if parts is None:
        return Fitted(None, BROKEN)
    laid_out = {
        "system": parts.system,
        "history": json.dumps(parts.history, ensure_ascii=False) if parts.history else "",
        "prompt": parts.question,
        "response": row.answer,
    }
    return Fitted({name: laid_out[name] if name in laid_out else getattr(row, name) for name in CSV_COLUMNS})
