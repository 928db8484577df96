"""A backup taken while somebody writes holds one state whole, and what is restored from it is that state, row for row."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from postgres import drop_schema, shared_homes
from tiny import new_lake

from corpora.errors import BadInput
from warehouse.backup import backup, read_backup, restore
from warehouse.lake import reading, writing
from warehouse.rowhash import row_hashes
from warehouse.tables import replace_rows


def runs(first: int, last: int) -> list[dict[str, Any]]:
    return [
        {"run_id": f"r{k}", "kind": "train", "inputs": "{}", "results": "{}", "seconds": 1.0}
        for k in range(first, last)
    ]


def fill(home: Path) -> Path:
    """The home with rows in Parquet and in the catalog, deleted ones too, a training set, an adapter and a crawl."""
    with writing(home) as lake:
        for first, last in ((0, 50), (50, 53)):
            with lake.transaction("add"):
                replace_rows(lake.connection, "runs", runs(first, last))
        with lake.transaction("delete"):
            lake.connection.execute("DELETE FROM runs WHERE run_id IN ('r1', 'r51')")
    for name in (
        "sets/all-1/train.parquet",
        "adapters/a/adapter.safetensors",
        "adapters/.b.part/half",
        "exports/x",
        "prefect/db",
    ):
        (home / name).parent.mkdir(parents=True)
        (home / name).write_bytes(name.encode())
    return home


@contextmanager
def busy(home: Path) -> Iterator[None]:
    """While somebody writes to the home's warehouse, a transaction after another, the last of them unfinished."""
    code = (
        f"import sys, time; sys.path[:0] = {sys.path!r}\nfrom test_backup import *\nhome = Path({str(home)!r})\n"
        "with writing(home) as lake:\n"
        "    k = 100\n"
        "    while True:\n"
        "        with lake.transaction('more'):\n"
        "            replace_rows(lake.connection, 'runs', runs(k, k + 20)); print(k, flush=True)\n"
        "        k += 20; time.sleep(0.05)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    try:
        assert process.stdout and process.stdout.readline()
        yield
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def rows(home: Path) -> dict[str, str]:
    with reading(home) as lake:
        return row_hashes(lake)


@pytest.fixture(params=["sqlite", "postgres"])
def homes(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[Path]]:
    """The home to back up and one to restore to."""
    if request.param == "sqlite":
        yield [new_lake(tmp_path / "its" / "狐's 家"), tmp_path / "new" / "home"]
        return
    if not shutil.which("pg_dump"):
        pytest.skip("pg_dump is not installed")
    first, second = shared_homes(tmp_path / "its", 1)[0], shared_homes(tmp_path / "new", 1)[0]
    toml = (second / "huaben.toml").read_text(encoding="utf-8")
    (second / "huaben.toml").write_text((first / "huaben.toml").read_text(encoding="utf-8"), encoding="utf-8")
    assert toml
    yield [first, second]
    drop_schema(first)


def test_what_is_restored_is_what_was_there_while_a_writer_went_on(homes: list[Path], tmp_path: Path) -> None:
    home, other = fill(homes[0]), homes[1]
    with busy(home):
        made = backup(home, tmp_path / "backup")
        assert read_backup(tmp_path / "backup") == made
    earlier = made.snapshot - 1
    with reading(home) as lake:
        assert lake.snapshot() >= made.snapshot
        assert made.tables == row_hashes(lake, made.snapshot) and made.tables["runs"] != "0:0"
        before = row_hashes(lake, earlier)
    if made.catalog != "sqlite":
        drop_schema(home)
    assert restore(tmp_path / "backup", other) == made
    with writing(other) as lake:
        assert row_hashes(lake) == made.tables and row_hashes(lake, earlier) == before != made.tables
        with lake.transaction("on it goes"):
            replace_rows(lake.connection, "runs", runs(5000, 5020))
    inside = {path.relative_to(other).as_posix() for path in other.rglob("*") if path.is_file()}
    assert {"sets/all-1/train.parquet", "adapters/a/adapter.safetensors"} <= inside
    times = [(place / "sets/all-1/train.parquet").stat().st_mtime_ns for place in (home, other)]
    assert times[0] == times[1]  # by them the newest set is known
    assert not {"adapters/.b.part/half", "exports/x", "prefect/db"} & inside


def test_a_restore_that_fails_leaves_nothing_behind(homes: list[Path], tmp_path: Path) -> None:
    home, other = fill(homes[0]), homes[1]
    made = backup(home, tmp_path / "backup")
    if made.catalog != "sqlite":
        drop_schema(home)
    manifest = (tmp_path / "backup" / "backup.json").read_text(encoding="utf-8")
    (tmp_path / "backup" / "backup.json").write_text(manifest.replace(made.tables["runs"], "50:0"), encoding="utf-8")
    before = sorted(path for path in (tmp_path / "new").rglob("*") if path.name != "lock")
    with pytest.raises(BadInput, match="the rows of runs are not those that were backed up"):
        restore(tmp_path / "backup", other)
    after = sorted(path for path in (tmp_path / "new").rglob("*") if path.name != "lock")
    assert [path for path in after if path not in before and path != other] == []
    (tmp_path / "backup" / "backup.json").write_text(manifest, encoding="utf-8")
    assert restore(tmp_path / "backup", other) == made  # a schema or a data folder that were there would be refused


def test_the_settings_are_in_it_without_a_password_and_stay_there(tmp_path: Path) -> None:
    home = fill(new_lake(tmp_path / "home"))
    (home / "huaben.toml").write_text(
        "[warehouse]\nwait = 5\n# was postgres:host=db password=secret\n", encoding="utf-8"
    )
    backup(home, tmp_path / "backup")
    told = (tmp_path / "backup" / "huaben.toml").read_text(encoding="utf-8")
    assert "wait = 5" in told and "password=***" in told and "secret" not in told
    restore(tmp_path / "backup", tmp_path / "other")
    assert not (tmp_path / "other" / "huaben.toml").exists()


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saved")
    backup(fill(new_lake(folder / "home")), folder / "backup")
    return folder


def test_a_damaged_backup_is_refused_and_the_home_stays(saved: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(saved / "backup", tmp_path / "backup")
    victim = next((copy / "data").rglob("*.parquet"))
    victim.write_bytes(victim.read_bytes()[:-1] + b"x")
    with pytest.raises(BadInput, match=r"\.parquet is not what backup\.json says"):
        restore(copy, tmp_path / "new")
    victim.unlink()
    with pytest.raises(BadInput, match=r"\.parquet is not what backup\.json says"):
        restore(copy, tmp_path / "new")
    assert {path.name for path in (tmp_path / "new").iterdir()} == {"lock"}
    manifest = json.loads((saved / "backup" / "backup.json").read_text(encoding="utf-8"))
    copy = shutil.copytree(saved / "backup", tmp_path / "other")
    manifest["tables"]["runs"] = "50:0"
    (copy / "backup.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(BadInput, match="the rows of runs are not those that were backed up"):
        restore(copy, tmp_path / "new")
    (copy / "backup.json").write_text("{", encoding="utf-8")
    with pytest.raises(BadInput, match=r"backup\.json is broken"):
        restore(copy, tmp_path / "new")
    with pytest.raises(BadInput, match=r"is no backup: it has no backup\.json"):
        restore(tmp_path, tmp_path / "new")


def test_a_home_that_holds_something_is_replaced_only_when_told(saved: Path, tmp_path: Path) -> None:
    home = new_lake(tmp_path / "home")
    (home / "prefect").mkdir()
    (home / "prefect" / "db").write_text("state")
    with pytest.raises(BadInput, match="is not empty; give another --home, or --replace"):
        restore(saved / "backup", home)
    made = restore(saved / "backup", home, replace=True)
    assert rows(home) == made.tables
    assert (home / "prefect" / "db").read_text() == "state"
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_file_that_changed_since_it_was_written_is_not_backed_up(tmp_path: Path) -> None:
    home = fill(tmp_path / "home")
    path = max((home / "data").rglob("*.parquet"), key=lambda path: path.stat().st_size)
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 1
    path.write_bytes(content)
    with pytest.raises(BadInput, match=rf"^{path} is not what was written, and this backup would hold the damage; "):
        backup(home, tmp_path / "saved")
    assert not (tmp_path / "saved").exists()


def test_where_a_backup_cannot_go(saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match="is there already; give a new folder"):
        backup(saved / "home", saved / "backup")
    with pytest.raises(BadInput, match="is inside what is to be backed up"):
        backup(saved / "home", saved / "home" / "backup")
    with pytest.raises(BadInput, match="holds no warehouse yet"):
        backup(tmp_path / "none", tmp_path / "backup")
    monkeypatch.setenv("HUABEN_DATA", str(tmp_path / "elsewhere"))
    with pytest.raises(BadInput, match=r"leave .HUABEN_CATALOG and .HUABEN_DATA unset"):
        restore(saved / "backup", tmp_path / "new")
    assert not (tmp_path / "backup").exists()


@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_nothing_is_half_saved(
    saved: Path, tmp_path: Path, fault: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy, copied = shutil.copyfile, []

    def fail_at_the_third(source: Path, target: Path, **options: bool) -> None:
        copied.append(copy(source, target, **options))
        if len(copied) == 3:
            raise fault

    monkeypatch.setattr(shutil, "copyfile", fail_at_the_third)
    with pytest.raises(type(fault)):
        backup(saved / "home", tmp_path / "backup")
    copied.clear()
    with pytest.raises(type(fault)):
        restore(saved / "backup", tmp_path / "new")
    assert os.listdir(tmp_path / "new") == ["lock"]  # noqa: PTH208
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


def test_a_file_that_is_tidied_away_meanwhile_is_looked_for_again(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy, times = shutil.copyfile, [0]

    def missing(source: Path, target: Path, **options: bool) -> None:
        times[0] -= Path(source).suffix == ".parquet" and "data" in Path(source).parts
        if times[0] == -1:
            raise FileNotFoundError(2, "No such file", str(source))
        copy(source, target, **options)

    monkeypatch.setattr(shutil, "copyfile", missing)
    made = backup(saved / "home", tmp_path / "backup")
    assert made == read_backup(saved / "backup")
    next((saved / "home" / "data").rglob("*.parquet")).rename(saved / "away.parquet")
    with pytest.raises(BadInput, match=r"\.parquet is gone, which the catalog names"):
        backup(saved / "home", tmp_path / "another")
    assert not (tmp_path / "another").exists()
