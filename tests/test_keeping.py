"""Tidy, backup and restore at the command line: what they say, and the status they end with."""

import errno
import json
import os
import signal
import time
from pathlib import Path

import pytest
from tiny import new_lake
from typer.testing import CliRunner, Result

from corpora.files import sha256_file, write_folder
from flows.cli import app
from warehouse.home import home_folder
from warehouse.lake import reading, writing
from warehouse.tables import replace_rows


@pytest.fixture
def home(own_home: Path) -> Path:
    new_lake(own_home)
    with writing(own_home) as lake:
        for k in range(3):
            rows = [
                {"run_id": f"{k}/{n}", "kind": "x", "inputs": "{}", "results": "{}", "seconds": 1.0} for n in range(20)
            ]
            with lake.transaction(f"add {k}"):
                replace_rows(lake.connection, "runs", rows)
    return own_home


def test_where_there_is_no_warehouse_none_is_made(own_home: Path) -> None:
    for words in (["tidy"], ["tidy", "--dry-run"]):
        refused = huaben(*words)
        assert refused.exit_code == 2 and "holds no warehouse yet; make one with: huaben run" in refused.output
    assert not own_home.exists()


def test_what_a_backup_or_a_restore_must_not_be_given(home: Path, tmp_path: Path) -> None:
    saved, note = tmp_path / "saved", tmp_path / "note.txt"
    note.write_text("kept", encoding="utf-8")
    below = huaben("backup", note / "x")
    assert below.exit_code == 2 and f"{note} is no folder; give another place for the backup" in below.output
    assert huaben("backup", saved).exit_code == 0
    for place in (saved, saved / "home", tmp_path):
        nested = huaben("restore", saved, "--home", place, "--replace")
        assert nested.exit_code == 2 and "lie in each other; give another --home" in nested.output
    assert (saved / "backup.json").is_file() and note.read_text(encoding="utf-8") == "kept"
    told = json.loads((saved / "backup.json").read_text(encoding="utf-8"))
    told["files"]["../../note.txt"] = [sha256_file(note), 4]
    (saved / "backup.json").write_text(json.dumps(told), encoding="utf-8")
    outside = huaben("restore", saved, "--home", tmp_path / "a" / "new")
    assert outside.exit_code == 2 and "../../note.txt would lie outside the home folder" in outside.output


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "from", None, "to"), "the disk that holds to is full"),
        (OSError(errno.EROFS, "Read-only", "/mnt/x"), "/mnt/x cannot be written or read (Read-only); give a place that is"),
    ],
)  # fmt: skip
def test_a_disk_is_named_by_what_was_to_be_written(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError, said: str
) -> None:
    def backup(*_: object) -> None:
        raise error

    monkeypatch.setattr("warehouse.backup.backup", backup)
    done = huaben("backup", tmp_path / "saved")
    assert done.exit_code == 2 and said in done.output


@pytest.mark.parametrize("words", [["backup", "saved"], ["restore", "saved"]])
def test_a_signal_to_end_leaves_nothing_half_made(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    def half(*_: object) -> None:
        with write_folder(tmp_path / "new"):
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(5)

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(f"warehouse.backup.{words[0]}", half)
    try:
        assert huaben(*words).exit_code == 130
    finally:
        signal.signal(signal.SIGTERM, before)
    assert [path.name for path in tmp_path.iterdir() if path != home] == []


def test_a_working_folder_that_was_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HUABEN_HOME", raising=False)
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    done = huaben("status")
    assert done.exit_code == 2 and "the working folder was removed; cd to one that is there" in done.output


def test_a_home_named_from_the_users_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("HUABEN_HOME", "~/warehouse")
    assert home_folder() == tmp_path / "warehouse"


def huaben(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def table(result: Result) -> dict[str, list[str]]:
    """The lines of the first table by their first cell."""
    cells = [
        [cell.strip() for cell in line.strip("│ \n").split("│")] for line in result.stdout.splitlines() if "│" in line
    ]
    return {row[0]: row[1:] for row in cells}


def test_tidy_backup_and_restore(home: Path, tmp_path: Path) -> None:
    config = tmp_path / "few.toml"
    config.write_text('registries = ["sample"]\n[retention]\nkeep_last = 1\nkeep_days = 0\n', encoding="utf-8")
    foreseen = huaben("tidy", "--config", config, "--dry-run")
    assert foreseen.exit_code == 0, foreseen.output
    assert "Snapshots that would go" in foreseen.stdout and table(foreseen)["files joined to fewer"][0] == "0"
    done = huaben("tidy", "--config", config, "--now")
    assert done.exit_code == 0, done.output
    assert "Snapshots that went" in done.stdout
    assert [table(done)[what][0] for what in ("files joined to fewer", "files removed")] == ["2", "3"]
    saved = huaben("backup", tmp_path / "saved")
    assert saved.exit_code == 0 and f"→ {tmp_path / 'saved'}" in saved.stdout
    again = huaben("backup", tmp_path / "saved")
    assert again.exit_code == 2 and "give a new folder" in again.output
    refused = huaben("restore", tmp_path / "saved")
    assert refused.exit_code == 2 and "--replace" in refused.output
    restored = huaben("restore", tmp_path / "saved", "--home", tmp_path / "new")
    assert restored.exit_code == 0 and "60 rows" in restored.stdout
    with reading(tmp_path / "new") as lake:
        assert lake.connection.execute("SELECT count(*) FROM runs").fetchall() == [(60,)]
    for words in (["tidy", "--forget", "x"], ["tidy", "--forget", "x", "--dry-run"]):
        unknown = huaben(*words)
        assert unknown.exit_code == 2 and "there is no training set 'x'" in unknown.output
    config.write_text("retention = 5\n", encoding="utf-8")
    wrong = huaben("tidy", "--config", config)
    assert wrong.exit_code == 2 and "[retention] is 5; it must be a table" in wrong.output
