"""schema.sql in, tables with a comment on every column out."""

import re
from collections.abc import Collection, Mapping
from functools import cache
from importlib.resources import files

import pyarrow as pa

_TABLE = re.compile(r"CREATE TABLE (\w+) \((.*?)\n\);", re.S)
_COLUMN = re.compile(r"^  (\w+) (.+?)(?: NOT NULL)?,? -- (.+)$", re.M)
_NAMED = re.compile(r"(?:CREATE TABLE|COMMENT ON TABLE|COMMENT ON COLUMN) (\w+)")
_ARROW = {
    "VARCHAR": pa.string(),
    "JSON": pa.string(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "TIMESTAMPTZ": pa.timestamp("us", "UTC"),
    "VARCHAR[]": pa.list_(pa.string()),
    "STRUCT(role VARCHAR, content VARCHAR)[]": pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())])),
}


@cache
def columns() -> dict[str, dict[str, tuple[str, str]]]:
    """For each table, its columns in order: name to (SQL type, comment)."""
    return {
        table: {name: (kind, comment) for name, kind, comment in _COLUMN.findall(body)}
        for table, body in _TABLE.findall(_schema_sql())
    }


def table_comments() -> dict[str, str]:
    """For each table what it holds, in a few words."""
    found = re.findall(r"^COMMENT ON TABLE (\w+) IS '(.+)';$", _schema_sql(), re.M)
    return {table: comment.replace("''", "'") for table, comment in found}


def create_statements(present: Collection[str] = ()) -> list[str]:
    """The statements that make all tables but those `present` and comment every column of theirs, in order."""
    made = [part.strip() for part in _schema_sql().split(";\n") if part.strip()]
    commented = [
        f"COMMENT ON COLUMN {table}.{name} IS {_quoted(comment)}"
        for table, body in columns().items()
        for name, (_, comment) in body.items()
    ]
    return [statement for statement in made + commented if _table_of(statement) not in present]


def add_statements(present: Mapping[str, Collection[str]]) -> list[str]:
    """The statements that give tables which are `present` (name to columns) the columns they lack, null in every row."""
    lacking = [
        (table, name, *made)
        for table, body in columns().items()
        for name, made in body.items()
        if table in present and name not in present[table]
    ]
    added = [f"ALTER TABLE {table} ADD COLUMN {name} {kind}" for table, name, kind, _ in lacking]
    return added + [f"COMMENT ON COLUMN {table}.{name} IS {_quoted(comment)}" for table, name, _, comment in lacking]


def arrow_schema(table: str) -> pa.Schema:
    """The Arrow schema of a table's rows, columns in the table's order."""
    return pa.schema([(name, _ARROW[kind]) for name, (kind, _) in columns()[table].items()])


def _table_of(statement: str) -> str:
    found = _NAMED.search(statement)
    return found[1] if found else ""


def _quoted(comment: str) -> str:
    return "'" + comment.replace("'", "''") + "'"


@cache
def _schema_sql() -> str:
    return (files("warehouse") / "schema.sql").read_text(encoding="utf-8")
