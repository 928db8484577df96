"""The lake in, what was done to it last, with the time it took, out."""

from dataclasses import dataclass
from datetime import datetime

from warehouse.lake import CATALOG, Lake


@dataclass(frozen=True, slots=True)
class Done:
    """One snapshot: when it was made, by what, and the seconds that took where `runs` knows them."""

    snapshot: int
    at: datetime
    label: str
    seconds: float | None


def recent(lake: Lake, limit: int) -> list[Done]:
    """The newest snapshots, newest first; without those of making tables and joining files, which nobody named."""
    rows = lake.connection.execute(
        f"SELECT s.snapshot_id, s.snapshot_time, coalesce(s.commit_message, ''), r.seconds FROM {CATALOG}.snapshots() s "
        "LEFT JOIN runs r ON s.commit_message = r.kind || ' ' || r.run_id "
        "WHERE s.commit_message <> '' ORDER BY s.snapshot_id DESC "
        f"LIMIT {int(limit)}"  # no parameter: DuckDB would import pandas for it, a third of a second
    ).fetchall()
    return [Done(*row) for row in rows]
