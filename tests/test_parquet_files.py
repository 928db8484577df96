"""A Parquet file that is damaged or gone is told by its name, whatever was about to read it."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from tiny import new_lake
from typer.testing import CliRunner

from flows.cli import app
from warehouse.lake import writing
from warehouse.parquet_files import damage
from warehouse.tables import replace_rows


@pytest.fixture
def home(own_home: Path) -> Path:
    with writing(new_lake(own_home)) as lake, lake.transaction("add"):
        lake.connection.execute("INSERT INTO runs SELECT 'r' || range, 'train', '{}', '{}', range FROM range(500)")
    return own_home


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5])


def spoil(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:4] + bytes(len(content) // 2) + content[4 + len(content) // 2 :])


@pytest.mark.parametrize("harm", [Path.unlink, cut, spoil])
def test_whoever_reads_it_says_which(home: Path, harm: Callable[[Path], None]) -> None:
    (path,) = (home / "data").rglob("*.parquet")
    harm(path)
    told = CliRunner().invoke(app, ["sql", "SELECT * FROM runs ORDER BY ALL"])
    assert told.exit_code == 2
    what = "a Parquet file of the warehouse" if harm is spoil else path  # DuckDB does not say which
    assert told.stderr.startswith(f"huaben: {what} cannot be read (")
    assert told.stderr.endswith("); huaben doctor tells what is damaged and what helps\n")
    with writing(home) as lake:
        new = [{"run_id": "new", "kind": "train", "inputs": "{}", "results": "{}", "seconds": 1.0}]
        for rows in (new, iter(new)):
            with pytest.raises(duckdb.Error) as caught, lake.transaction("more"):
                replace_rows(lake.connection, "runs", rows, {})  # no conflict of writers, to be tried again
            assert damage(caught.value).startswith(f"{what} cannot be read (")


def test_other_errors_are_none_of_it() -> None:
    assert damage(ValueError("")) == ""
    assert damage(RuntimeError("Catalog Error: Table with name parquet does not exist!")) == ""
    assert damage(OSError(2, "No such file or directory", "/set/train.parquet")) == (
        "/set/train.parquet cannot be read ([Errno 2] No such file or directory: '/set/train.parquet'); "
        "huaben doctor tells what is damaged and what helps"
    )
