"""What a model chose in, rows of `annotations` that wait for the lake out; and the rows that take all of it back."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from warehouse.annotations import Mark, Save, after, annotations, check, newest, rows_of, saves, undo_row
from warehouse.annotations_waiting import alone, keep


def save_assisted(home: Path, connection: duckdb.DuckDBPyConnection, marks: Sequence[Mark]) -> int:
    """Keep the marks, all in one file; how many there were that no save of a model's says already.

    No head is looked at: a person's word counts in any case. Raises BadInput when a mark is none.
    """
    for mark in marks:
        check(mark)
    with alone(home):
        rows = annotations(home, connection)
        said = newest(one for one in saves(rows) if one.assisted)
        fresh = [mark for mark in marks if not _same(said.get((mark.table, mark.record_id)), mark)]
        if fresh:
            at = after(rows[-1] if rows else None)
            keep(home, [row for mark in fresh for row in rows_of(mark, at)])
    return len(fresh)


def withdraw(home: Path, connection: duckdb.DuckDBPyConnection) -> int:
    """Take back everything that models chose; how many saves that were. The answers stay, and can be saved again."""
    with alone(home):
        rows = annotations(home, connection)
        standing = [one for one in saves(rows) if one.assisted]
        if standing:
            head, at = rows[-1]["annotation_id"], after(rows[-1])
            keep(home, [undo_row(one, one.annotator, head, at) for one in standing])
    return len(standing)


def _same(one: Save | None, mark: Mark) -> bool:
    told = (mark.annotator, mark.verdict, dict(mark.fixed), dict(mark.shown))
    return one is not None and told == (one.annotator, one.verdict, dict(one.fixed), dict(one.shown))
