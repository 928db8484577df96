"""An open lake in; its snapshots, training sets and runs, and counts for charts, out."""

import json
from typing import Any

from warehouse.lake import CATALOG, Lake

Row = dict[str, Any]
_LENGTHS = """SELECT task, part, least(floor(characters / $1), $2)::INTEGER * $1 AS length, count(*) AS samples FROM (
  SELECT task, 'prompt' AS part, list_sum(list_transform(messages, lambda turn: length(turn.content))) AS characters
  FROM samples WHERE fate = 'kept' UNION ALL SELECT task, 'answer', length(answer) FROM samples WHERE fate = 'kept'
) GROUP BY ALL ORDER BY task, part, length"""


def snapshots(lake: Lake, limit: int = 100) -> list[Row]:
    """`snapshot_id`, `snapshot_time` and `commit_message` of the newest snapshots."""
    return _rows(
        lake,
        f"SELECT snapshot_id, snapshot_time, coalesce(commit_message, '') AS commit_message FROM {CATALOG}.snapshots() "
        f"ORDER BY snapshot_id DESC LIMIT {int(limit)}",
    )


def training_sets(lake: Lake) -> list[Row]:
    """`name`, `snapshot` and rows `by_split` of every training set, the newest first."""
    rows = _rows(lake, "SELECT name, snapshot, rows_by_split FROM training_sets ORDER BY snapshot DESC, name")
    return [
        {"name": r["name"], "snapshot": r["snapshot"], "by_split": json.loads(r["rows_by_split"])} for r in rows
    ]  # fmt: skip


def runs(lake: Lake) -> list[Row]:
    """Every training and evaluation, `inputs` and `results` as objects."""
    rows = _rows(lake, "SELECT * FROM runs WHERE kind IN ('train', 'evaluate') ORDER BY kind, run_id")
    return [{**r, "inputs": json.loads(r["inputs"]), "results": json.loads(r["results"])} for r in rows]


def lengths(lake: Lake, step: int = 10, most: int = 40) -> list[Row]:
    """How many kept samples have prompts and answers of each `length`, in characters by `step`; the last holds the rest."""
    return _rows(lake, _LENGTHS, step, most)


def fates(lake: Lake) -> list[Row]:
    """`task`, `fate`, `why` and the number of `samples`."""
    return _rows(
        lake,
        "SELECT task, fate, why, sum(samples)::BIGINT AS samples FROM fates GROUP BY ALL ORDER BY samples DESC, task, why",
    )


def _rows(lake: Lake, sql: str, *values: Any) -> list[Row]:
    found: list[Row] = lake.connection.execute(sql, list(values)).to_arrow_table().to_pylist()
    return found
