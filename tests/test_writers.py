"""Several at once: writers take turns, who loses tries again, readers never wait, and a kill costs nothing that was in."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from postgres import connection_string, drop_schema, shared_homes
from tiny import asked, document, new_lake, put

from benchmarks.kill_writers import kill_rounds
from corpora.errors import BadInput
from warehouse import turns
from warehouse.curate import CurateConfig, curate
from warehouse.lake import reading, writing
from warehouse.retention import RetentionConfig
from warehouse.tables import replace_rows
from warehouse.tidy import tidy
from warehouse.turns import WriteConflict, pauses, retried


def run(run_id: str) -> dict[str, Any]:
    return {"run_id": run_id, "kind": "train", "inputs": "{}", "results": "{}", "seconds": 1.0}


def runs(home: Path) -> list[str]:
    with reading(home) as lake:
        return [row[0] for row in lake.connection.execute("SELECT run_id FROM runs ORDER BY 1").fetchall()]


@contextmanager
def in_another_process(code: str, *homes: Path) -> Iterator["subprocess.Popen[str]"]:
    """Python that runs `code` with `homes` and all of this file at hand, killed at the end."""
    start = f"import sys; sys.path[:0] = {sys.path!r}\nfrom test_writers import *\nhomes = {[*map(str, homes)]!r}\n"
    start += "homes = [Path(home) for home in homes]\n"
    process = subprocess.Popen([sys.executable, "-c", start + code], stdin=-1, stdout=-1, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def answer(process: "subprocess.Popen[str]") -> None:
    assert process.stdin
    process.stdin.write("\n")
    process.stdin.flush()


def test_pauses_grow_and_differ() -> None:
    drawn = [list(islice(pauses(1.0, 8.0), 6)) for _ in range(50)]
    for found in drawn:
        for pause, most in zip(found, (1, 2, 4, 8, 8, 8), strict=True):
            assert most / 2 <= pause <= most
    assert len({found[0] for found in drawn}) > 40


def test_who_loses_tries_again_but_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(turns.time, "sleep", waited.append)
    tries: list[int] = []

    def lose(times: int) -> str:
        tries.append(times)
        if len(tries) <= times:
            raise WriteConflict(f"lost {len(tries)}")
        return "in"

    assert retried(lose, 3) == "in" and len(waited) == 3
    tries.clear()
    with pytest.raises(WriteConflict, match="lost 6"):
        retried(lose, 9)
    assert len(tries) == 6 and len(waited) == 8


def test_rows_worked_out_from_what_has_changed_since_are_not_written(tmp_path: Path) -> None:
    with writing(new_lake(tmp_path / "lake")) as lake:
        since = lake.snapshot()
        with lake.transaction("another"):
            replace_rows(lake.connection, "runs", [run("a")])
        with lake.transaction("of another table", since, ("samples",)):
            replace_rows(lake.connection, "runs", [run("b")])
        with (
            pytest.raises(WriteConflict, match=f"another writer changed runs after snapshot {since}"),
            lake.transaction("late", since, ("samples", "runs")),
        ):
            replace_rows(lake.connection, "runs", [run("c")])
    assert runs(lake.home) == ["a", "b"]


def test_a_writer_waits_for_its_turn_while_a_long_query_is_no_hindrance(tmp_path: Path) -> None:
    home = new_lake(tmp_path / "lake")
    code = (
        "with reading(homes[0]) as lake:\n"
        "    lake.connection.execute('BEGIN'); lake.connection.execute('SELECT count(*) FROM runs').fetchall()\n"
        "    import time\n"
        "    with writing(homes[0]):\n"
        "        print('at work', flush=True); sys.stdin.readline(); time.sleep(0.5)\n"
        "    sys.stdin.readline()\n"
        "    print(lake.connection.execute('SELECT count(*) FROM runs').fetchall(), flush=True)"
    )
    with in_another_process(code, home) as process:
        assert line(process) == "at work"
        with pytest.raises(BadInput, match=f"process {process.pid}. is writing; wait"), writing(home, wait=0.1):
            pass
        answer(process)
        with writing(home) as lake, lake.transaction("with a reader in a transaction"):
            replace_rows(lake.connection, "runs", [run("a")])
        answer(process)
        assert line(process) == "[(0,)]"  # its transaction sees what it saw at first
    assert runs(home) == ["a"]


def test_readers_go_on_when_a_writer_dies_in_the_middle_of_a_commit(tmp_path: Path) -> None:
    home = new_lake(tmp_path / "lake")
    with writing(home) as lake, lake.transaction("first"):
        replace_rows(lake.connection, "runs", [run("a")])
    pid = os.fork()
    if pid == 0:  # as far as SQLite goes before COMMIT: pages are out of the cache and on the disk
        catalog = sqlite3.connect(home / "catalog.sqlite", isolation_level=None)
        catalog.execute("PRAGMA cache_size = 2")
        catalog.execute("BEGIN IMMEDIATE")
        catalog.execute("CREATE TABLE half (x)")
        catalog.executemany("INSERT INTO half VALUES (?)", [("y" * 1000,)] * 2000)
        catalog.execute("UPDATE ducklake_snapshot SET schema_version = 99")
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(pid, 0)
    assert (home / "catalog.sqlite-wal").stat().st_size > 1_000_000
    assert runs(home) == ["a"]


def test_a_lake_on_a_disk_that_cannot_be_written_is_read(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    options = ["mount", "-t", "tmpfs", "-o", "size=9m", "tmpfs", str(disk)]
    if os.geteuid() or subprocess.run(options, capture_output=True, check=False).returncode:
        pytest.skip("a disk cannot be mounted here; only root may")
    try:
        with writing(new_lake(disk / "lake")) as lake, lake.transaction("first"):
            replace_rows(lake.connection, "runs", [run("a")])
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        assert runs(disk / "lake") == ["a"]
        with pytest.raises(BadInput, match="cannot be written"), writing(disk / "lake"):
            pass
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.slow
@pytest.mark.parametrize("catalog", ["sqlite", "postgres"])
def test_kills_at_random_points_lose_and_halve_nothing(catalog: str, tmp_path: Path) -> None:
    postgres = connection_string() if catalog == "postgres" else ""
    rounds = 1 if postgres else 2
    counts = kill_rounds(tmp_path, rounds, readers=1, postgres=postgres, schema=f"kill_{os.getpid()}", longest=0.3)
    if postgres:
        drop_schema(tmp_path / "home0")
    assert counts.sound, counts
    assert counts.kills == rounds and counts.reads > 0


@pytest.fixture
def homes(tmp_path: Path) -> Iterator[list[Path]]:
    made = shared_homes(tmp_path, 2)
    yield made
    drop_schema(made[0])


def test_two_machines_put_in_the_same_document_once_and_curation_notices_the_other(homes: list[Path]) -> None:
    bank = (document("quiz/bank", "quiz"), [asked(k, f"第{k}回中谁说了话？", {}, "刘备") for k in range(20)])
    with writing(homes[0]) as first, writing(homes[1]) as second:
        put(first, bank)
        put(second, bank)
        count = "SELECT count(*) FROM questions"
        assert first.connection.execute(count).fetchall() == second.connection.execute(count).fetchall() == [(20,)]
        snapshot = first.snapshot()
        assert curate(second, CurateConfig()).fates
        with (
            pytest.raises(WriteConflict, match="another writer changed samples"),
            first.transaction("worked out before", snapshot, ("samples",)),
        ):
            first.connection.execute("DELETE FROM samples")
        assert curate(first, CurateConfig()).done_before
    with reading(homes[0]) as one, reading(homes[1]) as other:
        rows = [lake.connection.execute("FROM samples ORDER BY sample_id").fetchall() for lake in (one, other)]
        assert rows[0] == rows[1] and len(rows[0]) == 20


def test_what_a_killed_machine_left_goes_when_it_is_a_day_old(homes: list[Path]) -> None:
    code = (
        "with writing(homes[0]) as lake, lake.transaction('killed'):\n"
        "    replace_rows(lake.connection, 'runs', [run(f'b{k}') for k in range(50)])\n"
        "    print('half', flush=True); sys.stdin.read()"
    )
    with in_another_process(code, homes[0]) as process:
        assert line(process) == "half"
    policy = RetentionConfig(keep_last=1, keep_days=0)
    with writing(homes[1]) as lake:
        with lake.transaction("goes on at once"):
            replace_rows(lake.connection, "runs", [run(f"a{k}") for k in range(50)])
        there = {name.rpartition("/")[2] for name in lake.place.data.files()}
        assert len(there) == 2
        assert not tidy(lake, policy, at_once=True).removed  # it may be of a transaction that is still at work
        gone = tidy(lake, policy, now=datetime.now(UTC) + timedelta(days=1, minutes=1), at_once=True)
        assert len(gone.removed) == 1
    assert runs(homes[0]) == sorted(f"a{k}" for k in range(50))


def test_a_server_that_is_not_there_is_named_without_its_password(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "huaben.toml").write_text(
        '[warehouse]\ncatalog = "postgres:host=/nowhere dbname=h password=secret"\ndata = "../data"\n'
    )
    for open_lake in (reading, writing):
        with pytest.raises(BadInput) as caught, open_lake(home):
            pass
        assert "secret" not in str(caught.value) and "\n" not in str(caught.value)
        assert "see that the server runs and lets you in" in str(caught.value)
