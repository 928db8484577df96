"""A lake and a policy in; old snapshots expired, small files joined, and files that nothing names removed, out."""

import json
import shutil
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from corpora.errors import BadInput
from warehouse.lake import CATALOG, Lake, touched_by
from warehouse.manifest import read_manifest
from warehouse.retention import RetentionConfig, Snapshot, kept
from warehouse.turns import catalog_turn

# The youngest file that may be called an orphan where others write too: no transaction takes as long.
ORPHAN_HOURS = 24.0


@dataclass(frozen=True)
class Tidied:
    """What went, or with a dry run would go.

    `kept`: snapshots by the reason why they stay. `expired`: (number, made, label). `removed` and `waiting`: files that
    are gone, and files that no snapshot names but that wait until the grace is over, with their bytes. `files`: by table,
    its files before and after joining; in a dry run both are what there is now.
    """

    kept: dict[str, int]
    expired: list[tuple[int, datetime, str]]
    removed: dict[str, int]
    waiting: dict[str, int]
    files: dict[str, tuple[int, int]]


def tidy(
    lake: Lake,
    config: RetentionConfig,
    now: datetime | None = None,
    dry_run: bool = False,
    at_once: bool = False,
    without: Collection[str] = (),
) -> Tidied:
    """Apply the policy; `at_once` removes files without the grace. Every kept snapshot reads as before.

    With `dry_run` nothing is changed, and what would go is told, as if the training sets in `without` were forgotten. Raises
    BadInput when one of those is not there.
    """
    for name in without:
        _check_there(lake, name)
    now = now or datetime.now(UTC)
    grace = timedelta(hours=0 if at_once else config.grace_hours)
    with catalog_turn(lake.place):
        snapshots = _snapshots(lake)
        reasons = kept(snapshots, _named(lake, without), config, now)
        gone = [s for s in snapshots if s.number not in reasons]
        before = _files_by_table(lake)
        if dry_run:
            waiting = _unnamed(lake, reasons)
            removed = _due(lake, now - grace) if grace else dict(waiting)
        else:
            on_disk = _on_disk(lake)
            _remove(lake, now - grace if grace else None)  # of earlier times: what is joined now may still be read
            _join(lake, config)
            _expire(lake, gone)
            if not grace:
                _remove(lake, None)
            _remove_orphans(lake, now - max(grace, timedelta(hours=ORPHAN_HOURS)))
            removed = {path: size for path, size in on_disk.items() if path not in _on_disk(lake)}
            waiting = _scheduled(lake)
        after = _files_by_table(lake)
    return Tidied(
        dict(Counter(_kind(why) for why in reasons.values())),
        [(s.number, s.made, s.label) for s in gone],
        removed,
        {path: size for path, size in waiting.items() if path not in removed},
        {table: (n, after.get(table, 0)) for table, n in before.items()},
    )


def forget(lake: Lake, name: str) -> None:
    """Delete the training set of that name, so that its snapshot may expire. Raises BadInput when there is none."""
    _check_there(lake, name)
    with lake.transaction(f"forget {name}"):
        lake.connection.execute("DELETE FROM training_sets WHERE name = ?", [name])
    shutil.rmtree(lake.home / "sets" / name, ignore_errors=True)


def _check_there(lake: Lake, name: str) -> None:
    found = lake.connection.execute("SELECT count(*) FROM training_sets WHERE name = ?", [name]).fetchone()
    if not (found and found[0]) and (not name or not (lake.home / "sets" / name / "manifest.json").is_file()):
        raise BadInput(
            f'there is no training set {name!r}; list them with: huaben sql "SELECT name FROM training_sets"'
        )


def _snapshots(lake: Lake) -> list[Snapshot]:
    rows = lake.connection.execute(
        f"SELECT snapshot_id, snapshot_time, coalesce(commit_message, ''), changes FROM {CATALOG}.snapshots() ORDER BY 1"
    ).fetchall()
    return [Snapshot(number, made, label, frozenset(touched_by(changes))) for number, made, label, changes in rows]


def _named(lake: Lake, without: Collection[str]) -> Mapping[int, str]:
    """Snapshots that training sets were made from: by the lake, and by what stands in this home's sets/."""
    rows = lake.connection.execute("SELECT snapshot, name FROM training_sets").fetchall()
    named = {snapshot: name for snapshot, name in rows if name not in without}
    for path in sorted((lake.home / "sets").glob("*/manifest.json")):
        if path.parent.name not in without:
            named.setdefault(read_manifest(path.parent).snapshot, path.parent.name)
    return named


def _kind(why: str) -> str:
    return "training sets" if why.startswith("training set ") else why


def _files_by_table(lake: Lake) -> dict[str, int]:
    rows = lake.connection.execute(f"SELECT table_name, file_count FROM ducklake_table_info('{CATALOG}') ORDER BY 1")
    return {name: count for name, count in rows.fetchall() if count}


def _join(lake: Lake, config: RetentionConfig) -> None:
    lake.connection.execute(
        f"CALL ducklake_rewrite_data_files('{CATALOG}', delete_threshold => {float(config.rewrite_share)})"
    )
    lake.connection.execute(f"CALL ducklake_merge_adjacent_files('{CATALOG}')")


def _expire(lake: Lake, gone: list[Snapshot]) -> None:
    if gone:
        numbers = json.dumps([snapshot.number for snapshot in gone])
        lake.connection.execute(f"CALL ducklake_expire_snapshots('{CATALOG}', versions => {numbers})")


def _remove(lake: Lake, before: datetime | None) -> None:
    """Remove the files that were given up before that time, of all ages without one.

    In SQLite DuckLake compares times as text, and takes all of the last day for older: so that day is left out.
    """
    if before is None:
        chosen = "cleanup_all => true"
    else:
        day = before.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
        chosen = f"older_than => TIMESTAMPTZ '{day.isoformat()}'"
    lake.connection.execute(f"CALL ducklake_cleanup_old_files('{CATALOG}', {chosen})")


def _remove_orphans(lake: Lake, before: datetime) -> None:
    """What killed writers left in a shared folder; that in a home's own went when the lake was opened."""
    if lake.place.shared:
        lake.connection.execute(
            f"CALL ducklake_delete_orphaned_files('{CATALOG}', older_than => TIMESTAMPTZ '{before.isoformat()}')"
        )


def _on_disk(lake: Lake) -> dict[str, int]:
    return lake.place.data.files()


def _scheduled(lake: Lake, before: datetime | None = None) -> dict[str, int]:
    """Files that have been given up, before that time if one is told, with their bytes."""
    rows: list[Any] = lake.connection.execute(
        f"SELECT path, schedule_start::TIMESTAMPTZ FROM {lake.metadata}ducklake_files_scheduled_for_deletion"
    ).fetchall()
    found = {_relative(lake, path) for path, start in rows if before is None or start < before}
    on_disk = _on_disk(lake)
    return {path: on_disk[path] for path in sorted(found & on_disk.keys())}


def _due(lake: Lake, before: datetime) -> dict[str, int]:
    day = before.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return _scheduled(lake, day)


def _relative(lake: Lake, path: str) -> str:
    return path.removeprefix(f"{lake.place.data}/")


def _unnamed(lake: Lake, reasons: Mapping[int, str]) -> dict[str, int]:
    """Files that are given up already, or that none of those snapshots would name."""
    lake.connection.execute("CREATE OR REPLACE TEMP TABLE staying AS SELECT unnest(?)::BIGINT AS number", [[*reasons]])
    rows = lake.connection.execute(
        " UNION ALL ".join(
            f"SELECT schema_name || '/' || table_name || '/' || f.path, f.file_size_bytes FROM {lake.metadata}{kind} f "
            f"JOIN (SELECT DISTINCT table_id, table_name, s.schema_name FROM {lake.metadata}ducklake_table t "
            f"JOIN {lake.metadata}ducklake_schema s USING (schema_id)) USING (table_id) WHERE end_snapshot IS NOT NULL AND NOT "
            "EXISTS (FROM staying WHERE number >= f.begin_snapshot AND number < f.end_snapshot)"
            for kind in ("ducklake_data_file", "ducklake_delete_file")
        )
    ).fetchall()
    return _scheduled(lake) | dict(rows)
