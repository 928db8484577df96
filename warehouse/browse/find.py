"""Words or ids in; the places that have the words, and whole rows to look at or try, out."""

from typing import Any

from warehouse.lake import Lake

Row = dict[str, Any]
_QUIZ = """SELECT sample_id, record_id, question_type, novel, messages, answer, reference FROM samples
WHERE fate = 'kept' AND task = 'quiz' AND ($1 = '' OR question_type = $1)
ORDER BY split <> 'test', sample_id LIMIT 1 OFFSET $2"""


def search(lake: Lake, words: str, best: int = 30) -> list[Row]:
    """The utterances, questions and passages with any of the words, the best first, as the macro `search` gives them."""
    return _rows(lake, "SELECT * FROM search(?, best := ?)", words, best) if words.strip() else []


def instruction(lake: Lake, instruction_id: str) -> Row | None:
    """All columns of a row of `instructions`; None when there is none."""
    found = _rows(lake, "SELECT * FROM instructions WHERE instruction_id = ?", instruction_id)
    return found[0] if found else None


def quiz_example(lake: Lake, question_type: str, number: int) -> Row | None:
    """A quiz sample with the prompt that models are trained and tested with; the held-out ones have the low numbers."""
    found = _rows(lake, _QUIZ, question_type, number)
    return found[0] if found else None


def quiz_examples(lake: Lake, question_type: str) -> int:
    """How many quiz samples of the type there are; of all types where it is empty."""
    sql = "SELECT count(*) AS n FROM samples WHERE fate = 'kept' AND task = 'quiz' AND ($1 = '' OR question_type = $1)"
    return int(_rows(lake, sql, question_type)[0]["n"])


def _rows(lake: Lake, sql: str, *values: Any) -> list[Row]:
    found: list[Row] = lake.connection.execute(sql, list(values)).to_arrow_table().to_pylist()
    return found
