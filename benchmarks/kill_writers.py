"""Writers that are killed at random points and readers that look on in; counts of rows lost, halved or doubled out.

    .venv/bin/python benchmarks/kill_writers.py [--rounds 50] [--writers 2] [--readers 5] [--seed 20251121]
    .venv/bin/python benchmarks/kill_writers.py --postgres "host=/run/postgresql dbname=huaben"

Every transaction of a writer puts one batch of rows into two tables and adds one to a number that all writers share. A
batch that is in one table and not in the other is half a batch; one that a writer was told is in, and is not, is lost; a
number that is not the count of batches is a lost update. Without --postgres all share one home folder and its SQLite
catalog; with it each process has a home of its own, and they share a catalog in PostgreSQL and a data folder.
"""

import argparse
import json
import multiprocessing
import os
import random
import signal
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from corpora.errors import BadInput
from warehouse.dump import dump_catalog
from warehouse.lake import Lake, reading, writing
from warehouse.retention import RetentionConfig
from warehouse.tables import replace_rows
from warehouse.tidy import tidy
from warehouse.turns import retried

SIZES = (3, 40)  # rows of a batch: DuckLake keeps up to ten in the catalog, more go to a Parquet file
CHECK = """
WITH a AS (SELECT results AS batch, count(*) AS n, any_value(seconds) AS size FROM runs WHERE kind = 'row' GROUP BY ALL),
     b AS (SELECT annotator AS batch, count(*) AS n FROM annotations GROUP BY ALL)
SELECT count(*), count(*) FILTER (a.n IS DISTINCT FROM a.size OR b.n IS DISTINCT FROM a.size),
       (SELECT coalesce(max(seconds), 0)::BIGINT FROM runs WHERE kind = 'total')
FROM a FULL JOIN b USING (batch)
"""
FAULTS = """
SELECT (SELECT max(snapshot_id) + 1 - count(DISTINCT snapshot_id) + count(*) - count(DISTINCT snapshot_id) FROM {m}ducklake_snapshot)
     + (SELECT count(*) - count(DISTINCT data_file_id) FROM {m}ducklake_data_file)
     + (SELECT count(*) FROM {m}ducklake_data_file WHERE table_id NOT IN (SELECT table_id FROM {m}ducklake_table)
        OR begin_snapshot NOT IN (SELECT snapshot_id FROM {m}ducklake_snapshot) OR end_snapshot <= begin_snapshot)
     + (SELECT count(*) FROM {m}ducklake_delete_file WHERE data_file_id NOT IN (SELECT data_file_id FROM {m}ducklake_data_file))
"""
FORK = multiprocessing.get_context("fork")


@dataclass
class Counts:
    """What the rounds came to; all but the first five must be 0."""

    kills: int = 0
    batches: int = 0
    told: int = 0  # batches that their writer was told are in, before it was killed
    reads: int = 0
    seconds: float = 0.0
    lost: int = 0
    half: int = 0
    updates_lost: int = 0
    reads_failed: int = 0
    writers_failed: int = 0
    files_missing: int = 0
    files_left: int = 0
    catalog_faults: int = 0

    @property
    def sound(self) -> bool:
        """Whether nothing went wrong."""
        return not any(list(asdict(self).values())[5:])


def put_batch(lake: Lake, batch: str, size: int) -> None:
    """One transaction: `size` rows in each of two tables, and one added to the number that all share."""
    text = json.dumps({"batch": batch})
    row = {"inputs": "{}", "results": text, "kind": "row", "seconds": float(size)}
    note = {
        "table_name": "runs", "field": "x", "value": "1", "comment": "", "annotator": text,
        "made_at": datetime(2025, 11, 21, tzinfo=UTC),
    }  # fmt: skip
    with lake.transaction(batch):
        found = lake.connection.execute("SELECT seconds FROM runs WHERE run_id = 'total'").fetchone()
        total = {"run_id": "total", "kind": "total", "inputs": "{}", "results": "{}"}
        rows = [{"run_id": f"{batch}/{k}", **row} for k in range(size)]
        replace_rows(lake.connection, "runs", [*rows, {**total, "seconds": (found[0] if found else 0.0) + 1}])
        notes = [{"annotation_id": f"{batch}/{k}", "record_id": str(k), **note} for k in range(size)]
        replace_rows(lake.connection, "annotations", notes)


def write_on(home: Path, name: str, log: Path) -> None:
    """Batches until killed; the name of each goes to the log once it is in."""
    draw, number = random.Random(name), 0
    while True:
        with writing(home, wait=120) as lake:
            for _ in range(3):
                batch = f"{name}-{number}"
                retried(put_batch, lake, batch, draw.choice(SIZES))
                _note(log, batch)
                number += 1
        time.sleep(draw.uniform(0, 0.1))


def read_on(home: Path, _name: str, log: Path) -> None:
    """Looks until killed; each goes to the log as whole or with what is wrong."""
    while True:
        with reading(home) as lake:
            for _ in range(20):
                row = lake.connection.execute(CHECK).fetchone()
                assert row is not None
                batches, half, total = row
                time.sleep(0.05)
                _note(log, "whole" if not half and batches == total else f"half {half}, {total} of {batches}")


def _note(log: Path, line: str) -> None:
    with open(log, "a", encoding="utf-8") as stream:
        stream.write(line.replace("\n", " ") + "\n")


def _started(target: Callable[[Path, str, Path], None], home: Path, name: str, log: Path) -> BaseProcess:
    def run() -> None:
        try:
            target(home, name, log)
        except BaseException as error:
            _note(log, f"failed: {type(error).__name__}: {error}")
            os._exit(1)

    process = FORK.Process(target=run, daemon=True)
    process.start()
    return process


def kill_rounds(
    folder: Path, rounds: int, writers: int = 2, readers: int = 5, seed: int = 20251121, postgres: str = "",
    schema: str = "huaben", longest: float = 0.5,
) -> Counts:  # fmt: skip
    """The counts after `rounds` kills, one of a writer each, up to three batches and `longest` seconds after the one
    before: while it opens, writes, commits or waits.

    `folder` takes the homes, the logs and the data. Faults of readers and writers are printed.
    """
    draw, counts, began = random.Random(seed), Counts(), time.perf_counter()
    homes = [_home(folder, f"home{k if postgres else ''}", postgres, schema) for k in range(writers + readers)]
    logs = folder / "logs"
    logs.mkdir(parents=True)
    pid = os.fork()  # DuckDB starts threads, and what forks afterwards must have none
    if pid == 0:
        with writing(homes[0]):
            os._exit(0)
    os.waitpid(pid, 0)
    looking = [_started(read_on, home, f"r{k}", logs / f"r{k}") for k, home in enumerate(homes[writers:])]
    at_work = [_started(write_on, homes[k], f"w{k}.0", logs / f"w{k}.0") for k in range(writers)]
    for number in range(1, rounds + 1):
        _wait_for_batches(logs, draw.randrange(4))
        time.sleep(draw.uniform(0, longest))
        victim = draw.randrange(writers)
        os.kill(at_work[victim].pid or 0, signal.SIGKILL)
        at_work[victim].join()
        counts.kills += at_work[victim].exitcode == -signal.SIGKILL
        at_work[victim] = _started(write_on, homes[victim], f"w{victim}.{number}", logs / f"w{victim}.{number}")
    for process in [*at_work, *looking]:
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
    _read_logs(logs, counts)
    _look(homes, logs, counts)
    counts.seconds = round(time.perf_counter() - began, 1)
    return counts


def _wait_for_batches(logs: Path, more: int) -> None:
    """Until writers have put in so many more, so that a slow machine sees kills at the same places as a fast one."""

    def told() -> int:
        return sum(path.read_bytes().count(b"\n") for path in logs.glob("w*"))

    enough, end = told() + more, time.monotonic() + 60
    while told() < enough and time.monotonic() < end:
        time.sleep(0.02)


def _home(folder: Path, name: str, postgres: str, schema: str) -> Path:
    home = folder / name
    home.mkdir(parents=True, exist_ok=True)
    if postgres:
        (home / "huaben.toml").write_text(
            f'[warehouse]\ncatalog = {json.dumps("postgres:" + postgres)}\nschema = "{schema}"\n'
            f"data = {json.dumps(str(folder / 'data'))}\n",
            encoding="utf-8",
        )
    return home


def _read_logs(logs: Path, counts: Counts) -> None:
    for path in sorted(logs.iterdir()):
        for line in path.read_text(encoding="utf-8").splitlines():
            if path.name.startswith("r"):
                counts.reads += 1
                counts.reads_failed += line != "whole"
            else:
                counts.told += not line.startswith("failed")
                counts.writers_failed += line.startswith("failed")
            if line != "whole" and not line.startswith("w"):
                print(f"{path.name}: {line}", file=sys.stderr)


def _look(homes: list[Path], logs: Path, counts: Counts) -> None:
    """What is in the lake in the end, opened once more as a writer that clears up after the killed ones."""
    told = {line for path in logs.glob("w*") for line in path.read_text(encoding="utf-8").splitlines()}
    with writing(homes[0]) as lake:
        row = lake.connection.execute(CHECK).fetchone()
        assert row is not None
        counts.batches, counts.half = row[0], row[1]
        counts.updates_lost = abs(counts.batches - row[2])
        batches = {
            name for (name,) in lake.connection.execute("SELECT DISTINCT results->>'batch' FROM runs").fetchall()
        }
        counts.lost = sum(not line.startswith("failed") and line not in batches for line in told)
        counts.files_missing = len(_named(lake) - _there(lake))
        counts.catalog_faults = _faults(lake)
        if lake.place.shared:  # there they stay until they are old enough for huaben tidy to take them
            tidy(
                lake,
                RetentionConfig(keep_last=1_000_000),
                datetime.now(UTC) + timedelta(days=1, minutes=1),
                at_once=True,
            )
        counts.files_left = len(_there(lake) - _named(lake))


def _named(lake: Lake) -> set[str]:
    files = lake.connection.execute(
        f"SELECT path FROM {lake.metadata}ducklake_data_file UNION ALL SELECT path FROM {lake.metadata}ducklake_delete_file"
    ).fetchall()
    return {name for (name,) in files}


def _there(lake: Lake) -> set[str]:
    return {name.rpartition("/")[2] for name in lake.place.data.files()}


def _faults(lake: Lake) -> int:
    """What does not fit together in the catalog; every page of it is read, by SQLite's own check or by pg_dump."""
    found = lake.connection.execute(FAULTS.format(m=lake.metadata)).fetchone()
    faults = int(found[0]) if found else 1
    if not lake.place.shared:
        with sqlite3.connect(lake.place.sqlite) as catalog:
            return faults + sum(line != ("ok",) for line in catalog.execute("PRAGMA integrity_check"))
    with tempfile.TemporaryDirectory() as folder:
        try:
            return faults + (dump_catalog(lake.place, Path(folder) / "catalog.sql")[0] != lake.snapshot())
        except BadInput as error:
            print(error, file=sys.stderr)
            return faults + 1


def main() -> None:
    """Run the rounds and print the counts; exit status 1 when anything went wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--writers", type=int, default=2)
    parser.add_argument("--readers", type=int, default=5)
    parser.add_argument("--seed", type=int, default=20251121)
    parser.add_argument("--postgres", default="", help="connection string of libpq; a new schema is made in it")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        schema = f"kill_{os.getpid()}"
        counts = kill_rounds(
            Path(folder), chosen.rounds, chosen.writers, chosen.readers, chosen.seed, chosen.postgres, schema
        )
    print(f"catalog in {'PostgreSQL' if chosen.postgres else 'SQLite'}")
    for name, value in asdict(counts).items():
        print(f"{name.replace('_', ' '):16}{value:>10,}")
    raise SystemExit(0 if counts.sound else 1)


if __name__ == "__main__":
    main()
