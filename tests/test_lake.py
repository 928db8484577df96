"""A lake is as it was before whatever goes wrong, and says in one sentence what did."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tiny import new_lake

from corpora.errors import BadInput
from warehouse.lake import Lake, reading, writing
from warehouse.query import query
from warehouse.schema import columns
from warehouse.tables import replace_rows
from warehouse.views import views

ENDLESS = "SELECT count(*) FROM range(1_000_000_000_000) numbers(i) WHERE i % 7 = 3"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return new_lake(tmp_path / "狐's 家")  # a quote, a blank and Chinese, since people have such folders


def run(run_id: str, results: str = "{}") -> dict[str, Any]:
    return {"run_id": run_id, "kind": "train", "inputs": "{}", "results": results, "seconds": 1.0}


def add(lake: Lake, *run_ids: str) -> None:
    with lake.transaction("add"):
        replace_rows(lake.connection, "runs", [run(run_id) for run_id in run_ids])


def runs(home: Path, at: int | None = None) -> list[str]:
    with reading(home, at) as lake:
        return [row[0] for row in lake.connection.execute("SELECT run_id FROM runs ORDER BY 1").fetchall()]


def in_another_process(code: str, home: Path) -> "subprocess.Popen[str]":
    """Python that runs `code` with `home` and `add` at hand, with pipes for its input and output."""
    start = f"import sys; sys.path[:0] = {sys.path!r}\nfrom pathlib import Path\nfrom test_lake import *\n"
    start += f"home = Path({str(home)!r})\n"
    return subprocess.Popen([sys.executable, "-c", start + code], stdin=-1, stdout=-1, text=True)


def test_a_new_lake_has_all_tables_and_opening_it_again_changes_nothing(tmp_path: Path) -> None:
    with writing(tmp_path / "new") as lake:
        first = lake.snapshot()
        shown = {name for (name,) in lake.connection.execute("SHOW TABLES").fetchall()}
        assert shown == {*columns(), *(view.name for view in views().values() if not view.arguments)}
    with writing(tmp_path / "new") as lake:
        assert lake.snapshot() == first
    comments = query(
        tmp_path / "new",
        "SELECT count(*) FROM duckdb_columns() JOIN duckdb_tables() USING (database_name, schema_name, table_name) "
        "WHERE schema_name = 'lake' AND duckdb_columns.comment IS NULL",
    )
    assert [row for batch in comments for row in batch.to_pylist()] == [{"count_star()": 0}]


def test_a_lake_of_an_earlier_version_is_given_what_it_lacks(home: Path) -> None:
    with writing(home) as lake:
        add(lake, "a")
        lake.connection.execute("DROP TABLE support")
        lake.connection.execute("ALTER TABLE runs DROP COLUMN seconds")
        before = lake.snapshot()
    with writing(home) as lake:
        assert lake.snapshot() == before + 1
        add(lake, "b")
        assert lake.connection.execute("SELECT run_id, seconds FROM runs ORDER BY 1").fetchall() == [
            ("a", None),
            ("b", 1.0),
        ]
        assert lake.connection.execute("SELECT count(*) FROM support").fetchall() == [(0,)]
        described = lake.connection.execute(
            "SELECT table_name, column_name, comment FROM duckdb_columns() WHERE schema_name = 'lake' "
            "AND (table_name = 'support' OR column_name = 'seconds') ORDER BY table_name, column_index"
        ).fetchall()
        made = {"runs": {"seconds": columns()["runs"]["seconds"]}, "support": columns()["support"]}
        assert described == [(table, name, said) for table, body in made.items() for name, (_, said) in body.items()]


def test_a_transaction_is_one_labelled_snapshot(home: Path) -> None:
    with writing(home) as lake:
        before = lake.snapshot()
        with lake.transaction("curate: 2 kept"):
            replace_rows(lake.connection, "runs", [run("a")])
            replace_rows(lake.connection, "runs", [run("b")])
        assert lake.snapshot() == before + 1
        last = lake.connection.execute(
            "SELECT author, commit_message FROM huaben.snapshots() ORDER BY snapshot_id DESC LIMIT 1"
        ).fetchone()
    assert last == ("huaben", "curate: 2 kept")
    assert (runs(home), runs(home, before + 1), runs(home, before)) == (["a", "b"], ["a", "b"], [])


@pytest.mark.parametrize("fault", [RuntimeError("broken"), KeyboardInterrupt(), BadInput("no")])
def test_a_failed_transaction_leaves_everything_as_it_was(home: Path, fault: BaseException) -> None:
    with writing(home) as lake:
        add(lake, "a")
        before = lake.snapshot()
        with pytest.raises(type(fault)), lake.transaction("fails"):
            lake.connection.execute("DELETE FROM runs")
            replace_rows(lake.connection, "runs", [run("b")])
            raise fault
        assert lake.snapshot() == before
        add(lake, "c")  # and the lake can still be written
    assert runs(home) == ["a", "c"]


def test_ctrl_c_inside_a_query_is_ctrl_c_and_stops_the_query(home: Path) -> None:
    def press() -> None:
        threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()

    with pytest.raises(KeyboardInterrupt), writing(home) as lake, lake.transaction("stopped"):
        replace_rows(lake.connection, "runs", [run("a")])
        press()
        lake.connection.execute(ENDLESS).fetchall()
    press()
    with pytest.raises(KeyboardInterrupt):
        list(query(home, ENDLESS))
    assert runs(home) == []


def test_a_writer_that_is_killed_leaves_no_half_row_no_lock_and_no_file(home: Path) -> None:
    with writing(home) as lake:
        add(lake, "a")
    code = (
        "with writing(home) as lake, lake.transaction('killed'):\n"
        "    replace_rows(lake.connection, 'runs', [run(f'b{k}', '{\"x\": \"' + 'y' * 99 + '\"}') for k in range(5000)])\n"
        "    lake.connection.execute('DELETE FROM runs WHERE run_id = ?', ['a'])\n"
        "    print('half', flush=True); sys.stdin.read()"
    )
    with in_another_process(code, home) as process:
        assert process.stdout and process.stdout.readline() == "half\n"
        process.send_signal(signal.SIGKILL)
    assert runs(home) == ["a"]
    with writing(home) as lake:
        add(lake, "c")
    assert runs(home) == ["a", "c"]
    assert len(list(home.rglob("*.parquet"))) == 2  # one for each transaction that ended


def test_a_second_writer_is_refused_while_readers_go_on(home: Path) -> None:
    code = (
        "with writing(home) as lake:\n"
        "    add(lake, 'a'); print('first', flush=True); sys.stdin.readline()\n"
        "    add(lake, 'b'); print('second', flush=True); sys.stdin.readline()"
    )
    with in_another_process(code, home) as process:
        assert process.stdin and process.stdout
        assert process.stdout.readline() == "first\n"
        with pytest.raises(BadInput) as caught, writing(home, wait=0.2):
            pass
        assert str(caught.value) == (
            f"{home}: another huaben (process {process.pid}) is writing; wait until it ends, then try again"
        )
        assert runs(home) == ["a"]
        with reading(home) as lake:
            process.stdin.write("\n")
            process.stdin.flush()
            assert process.stdout.readline() == "second\n"
            assert lake.connection.execute("SELECT count(*) FROM runs").fetchall() == [(2,)]
        process.stdin.write("\n")
    with writing(home) as lake:
        add(lake, "c")
    assert runs(home) == ["a", "b", "c"]


def test_a_full_disk_is_named_and_costs_no_old_row(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = os.geteuid() == 0 and not subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(small)], capture_output=True, check=False
    ).returncode  # fmt: skip
    if not mounted:
        pytest.skip("a small disk cannot be mounted here; only root may")
    try:
        home = new_lake(small / "lake")
        with writing(home) as lake:
            add(lake, "a")
        noise = [run(f"b{k}", f'"{os.urandom(500).hex()}"') for k in range(20_000)]
        with pytest.raises(duckdb.Error, match="No space left"), writing(home) as lake, lake.transaction("too much"):
            replace_rows(lake.connection, "runs", noise)
        assert runs(home) == ["a"]
        with writing(home) as lake:  # what did not fit is cleared away, so there is room again
            add(lake, "c")
        assert runs(home) == ["a", "c"]
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_there_is_no_lake_yet(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="holds no warehouse yet; make one with: huaben run"), reading(tmp_path / "none"):
        pass
    assert not (tmp_path / "none").exists()


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match=r"cannot be written .* set HUABEN_HOME"), writing(tmp_path / "file" / "home"):
        pass


@pytest.mark.parametrize("open_lake", [reading, writing])
@pytest.mark.parametrize("content", [b"", b"broken" * 1000])
def test_a_broken_catalog_is_named(home: Path, open_lake: Any, content: bytes) -> None:
    (home / "catalog.sqlite").write_bytes(content)
    if open_lake is writing and not content:
        with writing(home) as lake:  # an empty file is an empty catalog: a lake that was never finished
            add(lake, "a")
        assert runs(home) == ["a"]
        return
    with pytest.raises(BadInput) as caught, open_lake(home):
        pass
    assert str(home) in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("harm", [Path.unlink, lambda path: path.write_bytes(b"")])
def test_a_catalog_that_is_gone_costs_no_files(home: Path, harm: Callable[[Path], None]) -> None:
    with writing(home) as lake:
        lake.connection.execute("INSERT INTO runs SELECT 'r' || range, 'train', '{}', '{}', range FROM range(500)")
    there = sorted((home / "data").rglob("*.parquet"))
    assert there
    harm(home / "catalog.sqlite")
    with pytest.raises(BadInput, match=r"the catalog is gone, and .* huaben restore DIR"), writing(home):
        pass
    assert sorted((home / "data").rglob("*.parquet")) == there


def test_snapshots_that_are_not_there(home: Path) -> None:
    for number in (-1, 0, 99):
        with pytest.raises(BadInput, match=f"there is no snapshot {number}; list them with"), reading(home, number):
            pass
        with pytest.raises(BadInput, match=f"snapshot {number} does not exist"), writing(home) as lake:
            lake.table_snapshot("runs", number)


def test_the_snapshot_that_last_changed_a_table(home: Path) -> None:
    with writing(home) as lake:
        empty = lake.snapshot()
        add(lake, "a")
        added = lake.snapshot()
        with lake.transaction("another table"):
            replace_rows(lake.connection, "training_sets", [
                {"set_id": "s", "name": "s", "snapshot": 1, "config": "{}", "rows_by_split": "{}", "manifest_sha256": ""}
            ])  # fmt: skip
        other = lake.snapshot()
        with lake.transaction("away"):
            replace_rows(lake.connection, "runs", [], {})
        gone = lake.snapshot()
        assert [lake.table_snapshot("runs", at) for at in (empty, added, other, gone, None)] == [
            empty, added, added, gone, gone,
        ]  # fmt: skip
        assert lake.table_snapshot("samples") == empty


def test_a_lake_may_be_moved(home: Path, tmp_path: Path) -> None:
    with writing(home) as lake:
        add(lake, "a")
    home.rename(tmp_path / "elsewhere")
    with writing(tmp_path / "elsewhere") as lake:
        add(lake, "b")
    assert runs(tmp_path / "elsewhere") == ["a", "b"]
