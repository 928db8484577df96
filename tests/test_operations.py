"""The recipes of docs/operations.md, tried: the backup from cron, and the systemd unit."""

import configparser
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from main_job import environment
from tiny import new_lake
from typer.testing import CliRunner

from flows.cli import app
from warehouse.lake import writing
from warehouse.rowhash import row_hashes
from warehouse.tables import replace_rows

ROOT = Path(__file__).parent.parent
UNIT = ROOT / "docs" / "huaben.service"


@pytest.fixture
def shell(tmp_path: Path) -> dict[str, str]:
    """An environment in which `huaben` is a command."""
    command = tmp_path / "bin" / "huaben"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -P -c "from flows.cli import app; app()" "$@"\n')
    command.chmod(0o755)
    return {**environment(tmp_path / "none"), "PATH": f"{command.parent}:{os.environ['PATH']}"}


def test_the_backup_from_cron_keeps_four_weeks_and_can_be_restored(tmp_path: Path, shell: dict[str, str]) -> None:
    home, disk = new_lake(tmp_path / "home"), tmp_path / "disk"
    rows = [{"run_id": f"r{n}", "kind": "x", "inputs": "{}", "results": "{}", "seconds": 1.0} for n in range(5)]
    with writing(home) as lake:
        with lake.transaction("add"):
            replace_rows(lake.connection, "runs", rows)
        expected = row_hashes(lake)
    for name, days in (("huaben-old", 40), ("huaben-young", 20), ("other", 400)):
        (disk / name).mkdir(parents=True)
        os.utime(disk / name, (time.time() - days * 86400,) * 2)
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    ((line, restoring, looking),) = re.findall(
        r"^ {4}30 3 \* \* \* (HUABEN_HOME=[^\n]*)$.*?`(huaben restore DIR --home /tmp/restored)`, then `(HUABEN_HOME=[^`]*)`\.$",
        text, re.M | re.S,
    )  # fmt: skip

    def run(command: str, path: str = shell["PATH"]) -> str:
        places = {
            "/opt/huaben/.venv/bin": tmp_path / "bin",
            "/srv/huaben": home,
            "/mnt/other-disk": disk,
            "/tmp/restored": tmp_path / "restored",
            "\\%": "%",
        }
        for ours, theirs in places.items():
            command = command.replace(ours, str(theirs))
        return subprocess.run(
            ["sh", "-c", command], env={**shell, "PATH": path}, capture_output=True, text=True, check=True
        ).stdout

    run(line, "/usr/bin:/bin")  # which is all that cron has
    (made,) = {path.name for path in disk.iterdir()} - {"huaben-young", "other"}
    assert re.fullmatch(r"huaben-\d{4}-\d\d-\d\d", made) and (disk / made / "backup.json").is_file()
    run(restoring.replace("DIR", str(disk / made)))
    assert "What became of it" in run(looking)
    with writing(tmp_path / "restored") as lake:
        assert row_hashes(lake) == expected


def unit() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(UNIT, encoding="utf-8")
    return parser


def test_the_unit_starts_what_is_there(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    service = unit()["Service"]
    program, *words = service["ExecStart"].split()
    assert program == f"{service['WorkingDirectory']}/.venv/bin/huaben" and words[0] == "serve"
    monkeypatch.chdir(ROOT)
    done = CliRunner().invoke(app, [*words, "--check"])
    assert done.exit_code == 0, done.output
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == ["curate", "retrain", "crawl-tiku", "tidy"]
    assert service["RestartPreventExitStatus"] == str(
        CliRunner().invoke(app, ["serve", "--config", "no.toml"]).exit_code
    )


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    text = (
        UNIT.read_text(encoding="utf-8")
        .replace("/opt/huaben/.venv/bin/huaben", "/bin/true")
        .replace("/opt/huaben", "/")
    )
    there = tmp_path / "huaben.service"
    there.write_text(text.replace("User=huaben", "User=root"), encoding="utf-8")
    done = subprocess.run(["systemd-analyze", "verify", str(there)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    there.write_text(text.replace("KillMode=mixed", "KillMode=some"), encoding="utf-8")
    done = subprocess.run(["systemd-analyze", "verify", str(there)], capture_output=True, text=True, check=False)
    assert "Failed to parse kill mode" in done.stderr
