"""An open lake in; its questions by type with what the novel says to them, and whole examples to try, out."""

import json
from typing import Any

from warehouse.annotations_apply import corrected, standing
from warehouse.lake import Lake

Row = dict[str, Any]
_FOUND = """FROM questions LEFT JOIN support USING (question_id) LEFT JOIN samples ON record_id = question_id
WHERE questions.fate = 'kept' AND ($1 = '' OR type = $1) AND ($2 = '' OR coalesce(support, '') = $2)
AND ($3 = '' OR contains(stem, $3)) AND ($4 = '' OR questions.novel = $4)"""
_LISTED = f"""SELECT question_id, type, questions.novel, stem, coalesce(support, '') AS support,
coalesce(samples.fate, '') AS fate, coalesce(split, '') AS split {_FOUND}
ORDER BY questions.document_id, ordinal LIMIT $5 OFFSET $6"""
_PASSAGES = """SELECT rank, document_id, chapter, char_start, char_end, score,
substr(text, char_start + 1, char_end - char_start) AS text FROM evidence JOIN documents USING (document_id)
WHERE question_id = ? ORDER BY rank"""


def listed(
    lake: Lake, kind: str = "", support: str = "", word: str = "", novel: str = "", limit: int = 50, offset: int = 0
) -> list[Row]:
    """The questions of a type, with a support, a word in the stem, of a novel; empty means all of them."""
    return _rows(lake, _LISTED, kind, support, word, novel, limit, offset)


def counted(lake: Lake, kind: str = "", support: str = "", word: str = "", novel: str = "") -> int:
    """How many those are."""
    return int(_rows(lake, f"SELECT count(DISTINCT question_id) AS n {_FOUND}", kind, support, word, novel)[0]["n"])


def types(lake: Lake) -> list[Row]:
    """`type`, `novel`, `support` and the number of `questions` for each."""
    return _rows(
        lake,
        "SELECT type, novel, coalesce(support, '') AS support, count(*) AS questions FROM questions "
        "LEFT JOIN support USING (question_id) WHERE fate = 'kept' GROUP BY ALL ORDER BY type, novel, support",
    )


def question(lake: Lake, question_id: str) -> Row | None:
    """The question as people have corrected it, with `options` and `answer` as values, `support` and why as `told`."""
    found = _rows(
        lake,
        "SELECT questions.*, coalesce(support, '') AS support, coalesce(support.reason, '') AS told FROM questions "
        "LEFT JOIN support USING (question_id) WHERE question_id = ?",
        question_id,
    )
    if not found:
        return None
    row = corrected("questions", found, standing(lake))[0]
    return {**row, "options": json.loads(row["options"]) or {}, "answer": json.loads(row["answer"])}


def passages(lake: Lake, question_id: str) -> list[Row]:
    """The passages of the novel that bear on the question, the nearest first."""
    return _rows(lake, _PASSAGES, question_id)


def _rows(lake: Lake, sql: str, *values: Any) -> list[Row]:
    found: list[Row] = lake.connection.execute(sql, list(values)).to_arrow_table().to_pylist()
    return found
