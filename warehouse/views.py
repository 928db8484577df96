"""views.sql in, the views and macros of an open lake brought up to date out."""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import duckdb

from corpora.files import stable_id

_MADE = re.compile(r"^CREATE (?:VIEW|MACRO) (\w+)(\(.*?\))?", re.M)
_COLUMN = re.compile(r"^  (?:.*\bAS )?(\w+),? -- (.+)$", re.M)
_VERSION = "views_version"  # a macro that gives the version of views.sql by which the others were made


@dataclass(frozen=True)
class View:
    """A view, or a macro with its `arguments` in brackets; its comment, the columns it gives with theirs, its SQL."""

    name: str
    arguments: str
    comment: str
    columns: dict[str, str]
    sql: str


@cache
def views() -> dict[str, View]:
    """Every view and macro by its name, in the order in which they can be made."""
    text = _views_sql()
    comments = dict(re.findall(r"^COMMENT ON VIEW (\w+) IS '(.+)';$", text, re.M))
    comments |= {name: comment for comment, name in re.findall(r"^-- (.+)\nCREATE MACRO (\w+)", text, re.M)}
    made = {}
    for part in text.split(";\n"):
        found = _MADE.search(part)
        if found:
            sql = part[found.start() :].strip()
            made[found[1]] = View(found[1], found[2] or "", comments[found[1]], dict(_COLUMN.findall(sql)), sql)
    return made


def make_views(connection: duckdb.DuckDBPyConnection, catalog: str) -> None:
    """Make the views and macros of the lake, unless it has them all as they are now: then nothing is written.

    The lake's schema must be the one in use, and a transaction open.
    """
    if _up_to_date(connection, catalog):
        return
    for view in views().values():
        connection.execute(view.sql.replace("CREATE", "CREATE OR REPLACE", 1))
        if not view.arguments:  # DuckLake keeps no comment on a macro
            connection.execute(f"COMMENT ON VIEW {view.name} IS '{view.comment}'")
    connection.execute(f"CREATE OR REPLACE MACRO {_VERSION}() AS '{_version()}'")


def lend_views(connection: duckdb.DuckDBPyConnection, catalog: str) -> None:
    """Give a connection that cannot write the views and macros for as long as it is open, unless its lake has them: a
    snapshot from before they were made has none. Those over tables or columns that it lacks are left out."""
    if _up_to_date(connection, catalog):
        return
    for view in views().values():
        try:
            connection.execute(view.sql.replace("CREATE", "CREATE OR REPLACE TEMP", 1))
        except (duckdb.CatalogException, duckdb.BinderException):
            continue


def _up_to_date(connection: duckdb.DuckDBPyConnection, catalog: str) -> bool:
    name = catalog.replace("'", "''")  # no parameter: DuckDB would import pandas for it, a third of a second
    where = f"WHERE database_name = '{name}' AND schema_name = 'lake'"
    found = connection.execute(
        f"SELECT view_name, NULL FROM duckdb_views() {where} UNION ALL "
        f"SELECT function_name, macro_definition FROM duckdb_functions() {where}"
    ).fetchall()
    present = dict(found)
    return present.get(_VERSION) == f"'{_version()}'" and views().keys() <= present.keys()


@cache
def _version() -> str:
    return stable_id("views", _views_sql())


@cache
def _views_sql() -> str:
    return (files("warehouse") / "views.sql").read_text(encoding="utf-8")
