"""Tidy, backup and restore at the command line: what they say, and the status they end with."""

from pathlib import Path

import pytest
from tiny import new_lake
from typer.testing import CliRunner, Result

from flows.cli import app
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
