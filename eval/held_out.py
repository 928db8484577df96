"""A training set's held-out parquet file → the rows to evaluate on, and how a prompt is shown to a reader."""

from collections.abc import Sequence
from pathlib import Path

from eval.spread import spread_evenly
from train.rows import Row, Turn, read_rows


def held_out_rows(split: Path, limit: int | None = None) -> list[Row]:
    """The split's rows in their order; with a limit, so many of them, shared evenly among the question types.

    Raises BadInput as `read_rows` does.
    """
    rows = read_rows(split)
    if limit is None:
        return rows
    kept = spread_evenly([row.sample_id for row in rows], [(row.task, row.question_type) for row in rows], limit)
    return [rows[position] for position in kept]


def shown_prompt(messages: Sequence[Turn]) -> str:
    """The turns as one text: a single turn as it stands, several with the role before each."""
    if len(messages) == 1:
        return messages[0]["content"]
    return "\n".join(f"{turn['role']}: {turn['content']}" for turn in messages)
