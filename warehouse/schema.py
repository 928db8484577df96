"""schema.sql in, tables with a comment on every column out."""

import re
from functools import cache
from importlib.resources import files

import pyarrow as pa

_TABLE = re.compile(r"CREATE TABLE (\w+) \((.*?)\n\);", re.S)
_COLUMN = re.compile(r"^  (\w+) (.+?)(?: NOT NULL)?,? -- (.+)$", re.M)
_ARROW = {
    "VARCHAR": pa.string(),
    "JSON": pa.string(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "TIMESTAMPTZ": pa.timestamp("us", "UTC"),
    "STRUCT(role VARCHAR, content VARCHAR)[]": pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())])),
}


@cache
def columns() -> dict[str, dict[str, tuple[str, str]]]:
    """For each table, its columns in order: name to (SQL type, comment)."""
    return {
        table: {name: (kind, comment) for name, kind, comment in _COLUMN.findall(body)}
        for table, body in _TABLE.findall(_schema_sql())
    }


def create_statements() -> list[str]:
    """The statements that make all tables and comment every column, in order."""
    made = [part.strip() for part in _schema_sql().split(";\n") if part.strip()]
    commented = [
        f"COMMENT ON COLUMN {table}.{name} IS '{comment.replace(chr(39), chr(39) * 2)}'"
        for table, body in columns().items()
        for name, (_, comment) in body.items()
    ]
    return made + commented


def arrow_schema(table: str) -> pa.Schema:
    """The Arrow schema of a table's rows, columns in the table's order."""
    return pa.schema([(name, _ARROW[kind]) for name, (kind, _) in columns()[table].items()])


@cache
def _schema_sql() -> str:
    return (files("warehouse") / "schema.sql").read_text(encoding="utf-8")
