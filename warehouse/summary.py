"""The lake in, the few tables of counts that a person asks for first out."""

from typing import Any

from warehouse.lake import Lake
from warehouse.schema import columns
from warehouse.splits import SPLITS


def table_counts(lake: Lake) -> dict[str, int]:
    """Rows of every table, in the order of schema.sql."""
    return {name: int(_all(lake, f"SELECT count(*) FROM {name}")[0][0]) for name in columns()}


def fate_counts(lake: Lake) -> list[tuple[str, str, str, int]]:
    """(task, fate, reason without its particulars, samples), most first within a task."""
    return _all(
        lake,
        "SELECT task, fate, why, sum(samples)::BIGINT AS samples FROM fates GROUP BY ALL "
        "ORDER BY task, samples DESC, fate, why",
    )


def split_counts(lake: Lake) -> list[tuple[str, str, dict[str, int]]]:
    """(task, question type, kept samples by split)."""
    counted: dict[tuple[str, str], dict[str, int]] = {}
    for task, kind, split, rows in _all(
        lake,
        "SELECT task, question_type, split, count(*) FROM samples WHERE fate = 'kept' GROUP BY ALL ORDER BY 1, 2, 3",
    ):
        counted.setdefault((task, kind), dict.fromkeys(SPLITS, 0))[split] = rows
    return [(task, kind, splits) for (task, kind), splits in counted.items()]


def leaks(lake: Lake) -> list[tuple[str, str, str]]:
    """Ties that straddle two splits, as (tie, id, splits); empty unless the promise of no leak is broken."""
    found: list[Any] = []
    for tie in ("cluster_id", "scene_id"):
        found += _all(
            lake,
            f"SELECT '{tie}', {tie}, string_agg(DISTINCT split, ' and ' ORDER BY split) FROM samples "
            f"WHERE fate = 'kept' AND {tie} <> '' GROUP BY {tie} HAVING count(DISTINCT split) > 1",
        )
    return found


def check_leaks(lake: Lake) -> None:
    """Raises RuntimeError naming the first ties that straddle two splits; curation must never leave one."""
    found = leaks(lake)
    if found:
        raise RuntimeError(f"{len(found)} ties straddle two splits, the first: {found[:3]}")


def _all(lake: Lake, sql: str) -> list[Any]:
    return lake.connection.execute(sql).fetchall()
