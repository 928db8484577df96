"""A person's SQL in, rows out, with no way to change anything."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from corpora.errors import BadInput
from warehouse.lake import reading
from warehouse.parquet_files import damage
from warehouse.views import views

# What stands before the statement that EXPLAIN explains.
_EXPLAIN = re.compile(r"\s*EXPLAIN(?:\s+ANALYZE\b|\s*\([^()]*\))?", re.I)

# Table functions that read the lake or make rows of nothing. Others read files that the connection cannot forbid
# (sqlite_scan, read_blob of the catalog), or tidy up the data folder (merge_adjacent_files), though called in a SELECT.
_FUNCTIONS = frozenset(
    "unnest range generate_series repeat json_each json_tree histogram histogram_values summary snapshots "
    "current_snapshot last_committed_snapshot ducklake_snapshots ducklake_table_info table_info table_changes "
    "table_insertions table_deletions".split()
)


def query(home: Path, sql: str, at: int | None = None) -> Iterator[pa.RecordBatch]:
    """The rows of one SELECT (also DESCRIBE, SHOW, SUMMARIZE, EXPLAIN), batch by batch.

    The connection itself refuses writes and outside files; what it cannot refuse is refused before it sees it: COPY
    could still write into the data folder, and so could some functions. Raises BadInput in one sentence.
    """
    statement = checked(sql)
    with reading(home, at) as lake:
        try:
            reader = lake.connection.execute(statement).to_arrow_reader(10_000)
            yield pa.record_batch([pa.array([], field.type) for field in reader.schema], schema=reader.schema)
            yield from reader
        except (duckdb.Error, pa.ArrowException) as error:
            raise BadInput(sentence(error)) from None


def checked(sql: str) -> str:
    """The one statement in `sql`, known to read only. Raises BadInput when there is none, several, or it does more."""
    try:
        statements = duckdb.extract_statements(sql)
    except duckdb.Error as error:
        raise BadInput(sentence(error)) from None
    if len(statements) != 1:
        raise BadInput(f"{len(statements)} statements were given; give one SELECT at a time")
    statement, kind = statements[0], statements[0].type
    explained = _EXPLAIN.match(statement.query) if kind == duckdb.StatementType.EXPLAIN else None
    inner = statement.query[explained.end() if explained else 0 :]
    with duckdb.connect() as parser:
        row = parser.execute("SELECT json_serialize_sql(?)", [inner]).fetchone()
    tree = json.loads(row[0]) if row else {"error": True}
    if kind not in (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN) or tree.get("error"):
        what = "this" if kind == duckdb.StatementType.SELECT else kind.name
        raise BadInput(f"{what} is refused: huaben sql only reads; use SELECT, DESCRIBE, SHOW or EXPLAIN SELECT")
    for function in _table_functions(tree):
        if function not in _FUNCTIONS and function not in views() and not function.startswith("duckdb_"):
            raise BadInput(
                f"{function}() is refused: huaben sql reads only the lake's tables; see them with SHOW TABLES"
            )
    return statement.query


def _table_functions(tree: Any) -> Iterator[str]:
    if isinstance(tree, dict) and tree.get("type") == "TABLE_FUNCTION":
        yield tree["function"]["function_name"].lower()
    for child in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from _table_functions(child)


def sentence(error: Exception) -> str:
    """What DuckDB says was wrong with a query, as one sentence with its hint."""
    if damaged := damage(error):
        return damaged
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    hint = next((line for line in lines[1:] if line.startswith(("Did you mean", "Candidate"))), "")
    return f"{lines[0]} {hint}".strip() + '; see the tables with: huaben sql "SHOW TABLES"'
