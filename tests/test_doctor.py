"""The doctor finds what was planted, names the remedy, and cures only what loses nothing."""

import fcntl
import json
import sqlite3
import subprocess
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from tiny import new_lake
from typer.testing import CliRunner

from flows.cli import app
from flows.doctor import home as at_home
from flows.doctor import machine
from warehouse.lake import writing
from warehouse.tables import replace_rows


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A warehouse with one Parquet file of rows."""
    made = new_lake(tmp_path / "home")
    rows = [{"run_id": f"r{n}", "kind": "train", "inputs": "{}", "results": "{}", "seconds": 1.0} for n in range(50)]
    with writing(made) as lake, lake.transaction("add"):
        replace_rows(lake.connection, "runs", rows)
    return made


def told(findings: object) -> list[tuple[str, str]]:
    return [(one.level, one.subject) for one in findings]  # type: ignore[attr-defined]


def parquet(home: Path) -> Path:
    return sorted((home / "data").rglob("*.parquet"))[-1]


def test_a_healthy_home(home: Path) -> None:
    assert told(at_home.warehouse(home)) == [("well", "catalog"), ("well", "Parquet files")]
    assert told(at_home.leftovers(home)) == []


def test_no_home_yet(tmp_path: Path) -> None:
    assert told(at_home.warehouse(tmp_path / "none")) == [("well", "warehouse")]


def test_a_missing_file(home: Path) -> None:
    gone = parquet(home)
    gone.unlink()
    (fault,) = [one for one in at_home.warehouse(home) if one.level == "fault"]
    assert fault.found == f"missing: {gone.relative_to(home / 'data')}"
    assert "huaben restore" in fault.remedy


def test_a_damaged_file(home: Path) -> None:
    path = parquet(home)
    content = bytearray(path.read_bytes())
    name = path.relative_to(home / "data")
    for at in (4, len(content) // 2, len(content) - 1):  # pages, statistics, footer; many of them decode all the same
        path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        (fault,) = [one for one in at_home.warehouse(home) if one.level == "fault"]
        assert fault.found == f"damaged: {name}"
    (home / "parquet.sha256").unlink()  # of a version that kept none
    path.write_bytes(content[:4] + bytes(36) + content[40:])
    (fault,) = [one for one in at_home.warehouse(home) if one.level == "fault"]
    assert fault.found == f"damaged: {name}"


def test_hashes_are_of_what_is_there(home: Path) -> None:
    def check() -> str:
        checked = ["sha256sum", "--check", "--strict", "../parquet.sha256"]
        return subprocess.run(checked, cwd=home / "data", capture_output=True, text=True, check=True).stdout

    assert check() == f"{parquet(home).relative_to(home / 'data')}: OK\n"
    with writing(home) as lake, lake.transaction("more"):
        lake.connection.execute("INSERT INTO runs FROM runs")
    assert len(check().splitlines()) == len([*(home / "data").rglob("*.parquet")]) == 2


def test_a_broken_catalog(home: Path) -> None:
    (home / "catalog.sqlite").write_bytes(b"no catalog")
    (fault,) = at_home.warehouse(home)
    assert (fault.level, fault.subject) == ("fault", "catalog")
    assert fault.remedy


def test_a_catalog_that_is_gone(home: Path) -> None:
    (home / "catalog.sqlite").unlink()
    (fault,) = at_home.warehouse(home)
    assert (fault.level, fault.found) == (
        "fault", f"{home}/catalog.sqlite is gone, and {home}/data holds what it named"
    )  # fmt: skip


def test_a_catalog_without_a_table_of_its_own(home: Path) -> None:
    with closing(sqlite3.connect(home / "catalog.sqlite")) as catalog, catalog:
        catalog.execute("DROP TABLE ducklake_data_file")
    fault = [*at_home.warehouse(home)][-1]
    assert (fault.level, fault.subject) == ("fault", "catalog")
    assert f"{home}/catalog.sqlite is damaged: " in fault.found and "\n" not in fault.found


def test_wrong_settings_are_a_finding(home: Path) -> None:
    (home / "huaben.toml").write_text("[warehouse]\nwiat = 3\n", encoding="utf-8")
    (fault,) = at_home.warehouse(home)
    assert (fault.level, fault.remedy) == ("fault", "did you mean 'wait'?")


def test_a_home_that_is_a_file_or_below_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for home in (tmp_path / "file", tmp_path / "file" / "home"):
        assert next(one.found for one in machine.disk(home)) == f"{tmp_path / 'file'} is no folder"
        assert told(at_home.leftovers(home)) == []


def test_a_home_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine.os, "access", lambda path, mode: False)
    assert next((one.level, one.found) for one in machine.disk(tmp_path)) == ("fault", f"{tmp_path} cannot be written")


def test_the_current_adapter_is_gone(home: Path) -> None:
    (home / "promotions.jsonl").write_text("x\n", encoding="utf-8")
    assert told(at_home.adapters(home)) == [("fault", "current adapter")]
    line = {
        "at": "2026-01-01T00:00:00+00:00",
        "event": "promote",
        "adapter": "adapters/a",
        "adapter_sha256": "",
        "base": "b",
    }
    (home / "promotions.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
    (fault,) = at_home.adapters(home)
    assert fault.found == f"{home}/adapters/a: the current adapter is gone"


def test_an_orphan_is_cured(home: Path) -> None:
    orphan = parquet(home).with_name("ducklake-orphan.parquet")
    orphan.write_bytes(parquet(home).read_bytes())
    (note,) = [one for one in at_home.warehouse(home) if one.level == "note"]
    assert note.subject == "orphans"
    assert note.cure
    note.cure()
    assert not orphan.exists()
    assert told(at_home.warehouse(home)) == [("well", "catalog"), ("well", "Parquet files")]


def test_leftovers_are_cured_unless_somebody_writes(home: Path) -> None:
    half = home / "sets" / ".all-1.x.part"
    half.mkdir(parents=True)
    with open(home / "lock", "a", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert told(at_home.leftovers(home)) == [("well", "writer")]
    (note,) = at_home.leftovers(home)
    assert note.cure
    note.cure()
    assert not half.exists()


def test_the_clock_was_set_back(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "clock" not in [subject for _, subject in told(at_home.warehouse(home))]
    monkeypatch.setattr(at_home, "_AHEAD", timedelta(days=-1))  # as if a day had gone back
    assert ("note", "clock") in told(at_home.warehouse(home))


def test_a_training_set_that_was_edited(tmp_path: Path) -> None:
    folder = tmp_path / "sets" / "all-1"
    folder.mkdir(parents=True)
    (folder / "train.parquet").write_bytes(b"rows")
    facts = {"name": "all", "set_id": "1", "snapshot": 1, "config": {}, "config_sha256": "", "code_version": "",
             "rows": {}, "files": {"train.parquet": {"sha256": "0" * 64, "rows": 1}}}  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(facts), encoding="utf-8")
    (fault,) = at_home.training_sets(tmp_path)
    assert fault.level == "fault"
    assert str(folder / "train.parquet") in fault.found


def test_adapters_without_certificate_or_weights(tmp_path: Path) -> None:
    for name, files in {
        "bare": {},
        "empty": {"birth.json": "{}"},
        "whole": {"birth.json": "{}", "a.safetensors": ""},
    }.items():
        (tmp_path / "adapters" / name).mkdir(parents=True)
        for file, text in files.items():
            (tmp_path / "adapters" / name / file).write_text(text, encoding="utf-8")
    assert told(at_home.adapters(tmp_path)) == [("fault", "adapters"), ("fault", "adapters"), ("well", "adapters")]


def test_packages_that_are_missing_or_of_another_version(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [
        "duckdb==1.5.5",
        "pyarrow>=99",
        "nothing-of-the-sort",
        'torch==0.1; extra == "train"',
        'atari; sys_platform == "never"',
    ]
    monkeypatch.setattr(machine, "requires", lambda name: asked)
    fault, note = machine.packages()
    assert (fault.level, note.level) == ("fault", "note")
    assert fault.found.endswith("not >=99; nothing-of-the-sort is not installed")
    assert '".[train]"' in note.remedy


def test_a_disk_that_is_nearly_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    levels = []
    for free in (machine.GIB * 9, machine.GIB, 1000):
        monkeypatch.setattr(machine.shutil, "disk_usage", lambda path, free=free: _Usage(free))
        levels += [one.level for one in machine.disk(tmp_path / "not" / "there")]
    assert levels == ["well", "note", "fault"]


class _Usage:
    def __init__(self, free: int) -> None:
        self.free = free


def test_the_command_tells_and_fixes(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUABEN_HOME", str(home))
    half = home / ".base.y.part"
    half.mkdir()
    looked = CliRunner().invoke(app, ["doctor"])
    assert looked.exit_code == 0, looked.output
    assert "(or: huaben doctor --fix)" in looked.stdout
    assert half.exists()
    fixed = CliRunner().invoke(app, ["doctor", "--fix"])
    assert fixed.exit_code == 0
    assert not half.exists()
    parquet(home).unlink()
    faulty = CliRunner().invoke(app, ["doctor"])
    assert faulty.exit_code == 1
    assert "fault Parquet files: missing: " in faulty.stdout
    assert "1 fault; see the remedies above" in faulty.stderr
