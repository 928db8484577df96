"""Rows in, the lake's tables brought to hold exactly them: idempotent upserts."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.schema import arrow_schema, columns

_TOGETHER = 10_000  # rows that are held at a time of those that are made as they are asked for


@dataclass(frozen=True, slots=True)
class Change:
    """How many rows a table's update touched."""

    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    unchanged: int = 0

    def __add__(self, other: "Change") -> "Change":
        return Change(
            self.inserted + other.inserted,
            self.updated + other.updated,
            self.deleted + other.deleted,
            self.unchanged + other.unchanged,
        )

    @property
    def touched(self) -> int:
        """Rows inserted, updated or deleted."""
        return self.inserted + self.updated + self.deleted


def replace_rows(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    rows: Iterable[Mapping[str, Any]],
    scope: Mapping[str, str] | None = None,
) -> Change:
    """Bring the part of `table` that `scope` (column to value) selects to hold exactly `rows`.

    The first column is the key. Rows that are there already, equal in every column, are not touched, so
    that the same rows twice make no new snapshot. With `scope=None` no row is deleted. Rows that are made as they are asked
    for, and are no sequence, are never held all at once.
    Raises ValueError on two rows with one key.
    """
    where = " AND ".join(f"{column} = ?" for column in scope or {}) or "true"
    changed = _replace(connection, table, rows, "", "false" if scope is None else where, list((scope or {}).values()))
    return changed.get("", Change())


def replace_parts(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    rows: Sequence[Mapping[str, Any]],
    column: str,
    parts: Collection[str],
) -> dict[str, Change]:
    """As `replace_rows` for each of the `parts`, values of `column`, but in one go; what changed in each part."""
    return _replace(connection, table, rows, column, f"{column} IN (SELECT unnest(?))", [list(parts)])


def _replace(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    rows: Iterable[Mapping[str, Any]],
    column: str,
    where: str,
    values: Sequence[Any],
) -> dict[str, Change]:
    """Changes by the value of `column`; all under "" when it is empty."""
    schema = arrow_schema(table)
    key, names = schema.names[0], schema.names
    differs = " OR ".join(f"t.{name} IS DISTINCT FROM s.{name}" for name in names[1:])
    inserted, updated, deleted = Counter[str](), Counter[str](), Counter[str]()
    part = f"s.{column}" if column else "''"
    with _incoming(connection, rows, schema):
        given = _count(connection, part, "FROM incoming s")
        if len(_count(connection, f"s.{key}", "FROM incoming s", having="HAVING count(*) > 1 LIMIT 1")):
            raise ValueError(f"{table}: two rows share one {key}")
        if given:
            inserted = _count(connection, part, f"FROM incoming s ANTI JOIN {table} t USING ({key})")
        if inserted.total() < given.total():
            updated = _count(connection, part, f"FROM incoming s JOIN {table} t USING ({key}) WHERE {differs}")
        gone = f"FROM {table} s WHERE {where} AND {key} NOT IN (SELECT {key} FROM incoming)"
        if where != "false":
            deleted = _count(connection, part, gone, values)
        if deleted:
            connection.execute(f"DELETE {gone}", values)
        if inserted or updated:
            # Casts, because Arrow carries JSON as text.
            selected = ", ".join(f"{name}::JSON AS {name}" if name in _json_columns(table) else name for name in names)
            assigned = ", ".join(f"{name} = s.{name}" for name in names[1:])
            connection.execute(
                f"MERGE INTO {table} t USING (SELECT {selected} FROM incoming) s ON t.{key} = s.{key} "
                f"WHEN MATCHED AND ({differs}) THEN UPDATE SET {assigned} "
                f"WHEN NOT MATCHED THEN INSERT ({', '.join(names)}) VALUES ({', '.join('s.' + n for n in names)})"
            )
    return {
        name: Change(inserted[name], updated[name], deleted[name], given[name] - inserted[name] - updated[name])
        for name in given.keys() | deleted.keys()
    }


@contextmanager
def _incoming(
    connection: duckdb.DuckDBPyConnection, rows: Iterable[Mapping[str, Any]], schema: pa.Schema
) -> Iterator[None]:
    """The rows as the view `incoming`."""
    if isinstance(rows, Sequence):
        connection.register("incoming", pa.Table.from_pylist(rows, schema=schema))
        try:
            yield
        finally:
            with suppress(duckdb.TransactionException):  # of a transaction that failed, whose end takes it away
                connection.unregister("incoming")
        return
    (spills,) = connection.execute("SELECT current_setting('temp_directory')").fetchone() or ("",)
    Path(spills).mkdir(parents=True, exist_ok=True)
    left = iter(rows)
    with TemporaryFile(dir=spills) as file:  # without a name: nothing is left of it when the process is killed
        with pq.ParquetWriter(file, schema, compression="lz4") as writer:
            while some := list(islice(left, _TOGETHER)):
                writer.write_table(pa.Table.from_pylist(some, schema=schema))
        file.flush()
        connection.execute(f"CREATE TEMP VIEW incoming AS FROM read_parquet('/proc/self/fd/{file.fileno()}')")
        try:
            yield
        finally:
            with suppress(duckdb.TransactionException):
                connection.execute("DROP VIEW temp.incoming")


def _json_columns(table: str) -> set[str]:
    return {name for name, (kind, _) in columns()[table].items() if kind == "JSON"}


def _count(
    connection: duckdb.DuckDBPyConnection, part: str, tail: str, values: Sequence[Any] = (), having: str = ""
) -> "Counter[str]":
    rows = connection.execute(f"SELECT {part} AS part, count(*) {tail} GROUP BY part {having}", list(values)).fetchall()
    return Counter(dict(rows))
