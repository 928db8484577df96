"""docs/exports.md tells every format, and the rows that it shows are rows of the bundled sample."""

import csv
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from main_job import Job

from warehouse.exports.export import export
from warehouse.exports.formats import FORMATS
from warehouse.manifest import newest_set

TEXT = (Path(__file__).parent.parent / "docs" / "exports.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## ([a-z-]+)\n(.*?)(?=^## |\Z)", TEXT, re.S | re.M))


def records(file: Path) -> list[Any]:
    """The records of an exported file."""
    if file.suffix == ".parquet":
        return pq.read_table(file).to_pylist()
    if file.suffix == ".csv":
        with open(file, encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))
    text = file.read_text(encoding="utf-8")
    return json.loads(text) if text.startswith("[") else [json.loads(line) for line in text.splitlines()]


def test_every_format_is_told() -> None:
    assert list(SECTIONS) == list(FORMATS)
    assert re.findall(r"^\| `([a-z-]+)` \|", TEXT, re.M) == list(FORMATS)


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMATS)
def test_the_row_shown_is_a_row_of_the_sample(job: Job, tmp_path: Path, name: str) -> None:
    shown = json.loads(re.findall(r"```json\n(.*?)```", SECTIONS[name], re.S)[0])
    report = export(newest_set(job.home), name, tmp_path / "out")
    assert any(shown in records(tmp_path / "out" / file) for file in report.rows)


@pytest.mark.slow
def test_its_commands_run(job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    lines = [line for block in re.findall(r"```sh\n(.*?)```", TEXT, re.S) for line in block.splitlines()]
    for line in lines:
        words = shlex.split(line, comments=True)
        done = job.huaben(*words[1:], *([] if "-o" in words else ["-o", "there"]))
        assert done.returncode == 0, done.stderr
        assert f"{words[2]} export of " in done.stdout
    assert (tmp_path / "there" / "train.jsonl").is_file()
    assert sorted(path.name for path in (tmp_path / "lines").iterdir()) == ["export.json", "train.jsonl"]
