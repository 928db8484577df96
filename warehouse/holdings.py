"""The lake in, what it holds out: sources, fates, splits, lengths and people, as tables for a page or a terminal."""

from dataclasses import dataclass
from typing import Any

from warehouse.lake import Lake
from warehouse.schema import columns

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Holdings:
    """What the lake holds at `snapshot`. `tables` counts rows; the others are rows of the views that they are named
    after, of speakers the first dozen of each novel and of talks the first two dozen.

    `prompt_lengths` and `answer_lengths`: by task, the length of every kept sample in characters.
    """

    snapshot: int
    tables: dict[str, int]
    intake: Rows
    fates: Rows
    splits: Rows
    lengths: Rows
    speakers: Rows
    talks: Rows
    prompt_lengths: dict[str, list[int]]
    answer_lengths: dict[str, list[int]]


def holdings(lake: Lake, at: int | None = None) -> Holdings:
    """What an open lake holds; `at` is the snapshot that it was opened at, where it is not the newest."""
    shown = {row["name"] for row in _rows(lake, "SHOW TABLES")}  # an old snapshot has fewer
    first = "QUALIFY row_number() OVER (PARTITION BY novel ORDER BY lines DESC, speaker) <= 12"
    measured = (
        "SELECT task, list(list_sum(list_transform(messages, lambda turn: length(turn.content)))::INTEGER ORDER BY sample_id) "
        "AS prompt, list(length(answer)::INTEGER ORDER BY sample_id) AS answer FROM samples WHERE fate = 'kept' "
        "GROUP BY task ORDER BY task"
    )
    by_task = _rows(lake, measured)
    return Holdings(
        snapshot=lake.snapshot() if at is None else at,
        tables={name: _rows(lake, f"SELECT count(*) AS n FROM {name}")[0]["n"] for name in columns() if name in shown},
        intake=_rows(lake, "FROM intake"),
        fates=_rows(lake, "FROM fates"),
        splits=_rows(lake, "FROM splits"),
        lengths=_rows(lake, "FROM lengths"),
        speakers=_rows(lake, f"FROM speakers {first} ORDER BY novel, lines DESC, speaker"),
        talks=_rows(lake, "FROM talks LIMIT 24"),
        prompt_lengths={row["task"]: row["prompt"] for row in by_task},
        answer_lengths={row["task"]: row["answer"] for row in by_task},
    )


def _rows(lake: Lake, sql: str) -> Rows:
    found: Rows = lake.connection.execute(sql).to_arrow_table().to_pylist()
    return found
