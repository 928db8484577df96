"""A folder of what is known of texts: their keys, the pairs found among them, and the clusters of their rows.

    FOLDER/settings.json             what counts as near; keys made with other settings would not meet
    FOLDER/part-000000/              one for each time rows were added, and never changed afterwards
      rows-*.parquet                 row, id, high, low (digest of the normalised text), text (null for a copy)
      keys.u64, keyrows.i64          the keys of all texts, ascending, and the rows they belong to
      firsts.parquet                 high, low, first: the row that each text was first seen in
      pairs.parquet                  left, right, similarity: right a row of this part, left any before it
      ties.parquet                   row, cluster, kept, duplicate_of: rows that are like others

Rows are numbered through all parts. A part is moved into place whole, so that a run that breaks off leaves none behind.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from corpora.errors import BadInput
from corpora.files import write_folder, write_whole
from warehouse.signatures.config import NearConfig

_VERSION = 1  # of the files and of how keys are made
_COLUMNS = {
    "rows": "row BIGINT, id VARCHAR, high UBIGINT, low UBIGINT, text VARCHAR",
    "keys": "key UBIGINT, row BIGINT",
    "firsts": "high UBIGINT, low UBIGINT, first BIGINT",
    "pairs": "left BIGINT, right BIGINT, similarity DOUBLE",
    "ties": "row BIGINT, cluster BIGINT, kept BOOLEAN, duplicate_of BIGINT",
}


@dataclass(frozen=True)
class Limits:
    """What the search for near-duplicates may take of the machine. No result depends on it."""

    memory: int = 1024  # MiB that are sorted and joined at a time; what is more waits on disk
    workers: int = 0  # processes that read and sign; 0 for one a core

    def __post_init__(self) -> None:
        if self.memory < 128:
            raise ValueError(f"memory is {self.memory}; DuckDB needs at least 128 MiB")
        if self.workers < 0:
            raise ValueError(f"workers is {self.workers}; it must be 1 or more, or 0 for one a core")

    def processes(self) -> int:
        """How many processes there will be."""
        return self.workers or len(os.sched_getaffinity(0))


@dataclass(frozen=True)
class SignatureStore:
    """What is known of the texts of one collection. Opened with `open_store`."""

    folder: Path
    config: NearConfig

    def parts(self) -> list[Path]:
        """The finished parts, oldest first."""
        return sorted(path for path in self.folder.glob("part-*") if path.is_dir())

    def next_row(self) -> int:
        """The number from which rows that are added count."""
        parts = self.parts()
        return int(json.loads((parts[-1] / "part.json").read_text())["next_row"]) if parts else 0

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else adds to the store while the block runs; waits for whoever does."""
        with open(self.folder / "lock", "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @contextmanager
    def adding(self) -> Iterator[Path]:
        """An empty folder that becomes the newest part when the block ends without an error. Needs `alone`."""
        with write_folder(self.folder / f"part-{len(self.parts()):06}") as part:
            yield part

    @contextmanager
    def connection(self, limits: Limits) -> Iterator[duckdb.DuckDBPyConnection]:
        """DuckDB within `limits`, with a view old_NAME for each kind of file of the finished parts."""
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{limits.memory}MiB",
            "threads": limits.processes(),
            "temp_directory": str(self.folder / "tmp"),
            "preserve_insertion_order": False,
        }
        connection = duckdb.connect(config=settings)
        try:
            for name in _COLUMNS:
                make_view(connection, f"old_{name}", name, self.parts())
            yield connection
        finally:
            connection.interrupt()
            connection.close()


def open_store(folder: Path, config: NearConfig) -> SignatureStore:
    """The store in `folder`, made when it is not there yet.

    Raises BadInput when it was made with other settings or the folder cannot be written.
    """
    settings = {"version": _VERSION, **asdict(config)}
    file = Path(folder) / "settings.json"
    try:
        if not file.exists():
            with write_whole(file) as part:
                part.write_text(json.dumps(settings, indent=2), encoding="utf-8")
        known = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"{folder}: cannot be written ({error.strerror}); give a folder of yours") from None
    if known != settings:
        other = ", ".join(f"{name} {known.get(name)}" for name in settings if known.get(name) != settings[name])
        raise BadInput(f"{folder}: was made with {other}; use the same settings, or another folder")
    return SignatureStore(Path(folder), config)


def make_view(connection: duckdb.DuckDBPyConnection, view: str, name: str, folders: list[Path]) -> None:
    """A view of the files of kind `name` (rows, keys, firsts, pairs, ties) in `folders`; without a row where there are none."""
    files = [str(file).replace("'", "''") for folder in folders for file in sorted(folder.glob(f"{name}*.parquet"))]
    listed = ", ".join(f"'{file}'" for file in files)
    empty = ", ".join(f"NULL::{kind} AS {column}" for column, kind in (c.split() for c in _COLUMNS[name].split(", ")))
    source = f"FROM read_parquet([{listed}])" if files else f"SELECT {empty} WHERE false"
    connection.execute(f"CREATE OR REPLACE VIEW {view} AS {source}")
