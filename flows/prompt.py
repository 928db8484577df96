"""A person at a terminal in, their queries answered one after another out: what `huaben sql` does without a query.

huaben sql
"""

import readline
from collections.abc import Callable
from functools import cache
from pathlib import Path

from corpora.errors import BadInput
from corpora.interrupt import forget
from flows.console import say
from flows.rows import write_rows
from warehouse.query import query
from warehouse.schema import columns
from warehouse.views import views

_KEPT = 1_000  # queries in the history
_LEAVE = {"exit", "quit", "\\q", ".quit", ".exit"}
_WORDS = """SELECT FROM WHERE GROUP BY ALL ORDER LIMIT JOIN LEFT USING count( sum( avg( DISTINCT FILTER AS AND OR NOT LIKE
DESCRIBE SHOW TABLES SUMMARIZE UNION""".split()


def answer_queries(home: Path, at: int | None, ask: Callable[[str], str] = input) -> None:
    """Answer every query that `ask` brings, each ended by a semicolon, until it raises EOFError or says exit.

    A query that is wrong is told of, and the next one asked for. Ctrl-C leaves the query that is being written or
    answered. The queries are kept in `home`/sql_history.
    """
    say("a query ends with ; — SHOW TABLES; lists the tables, Tab completes names, Ctrl-D leaves")
    history = home / "sql_history"
    _use(history)
    written = ""
    while True:
        try:
            line = ask("   ...> " if written else "huaben> ")
            if not written and line.strip().rstrip(";").lower() in _LEAVE:
                break
            written = f"{written}\n{line}".strip()
            if not written.endswith(";"):
                continue
            sql, written = written, ""
            write_rows(query(home, sql, at), "table", None)
        except BadInput as error:
            say(f"huaben: {error}")
        except KeyboardInterrupt:
            forget()
            written = ""
            say("")
        except EOFError:
            say("")
            break
        finally:
            if not written:
                _keep(history)


@cache
def names() -> tuple[str, ...]:
    """What Tab completes: tables, views, macros, their columns, and the words of SQL."""
    known = {*columns(), *(column for table in columns().values() for column in table)}
    for view in views().values():
        known |= {f"{view.name}(" if view.arguments else view.name, *view.columns}
    return (*sorted(known), *_WORDS)


def complete(begun: str, state: int) -> str | None:
    """The `state`-th name that begins with what is written, as readline asks for it."""
    found = [name for name in names() if name.lower().startswith(begun.lower())]
    return found[state] if state < len(found) else None


def _use(history: Path) -> None:
    readline.clear_history()
    readline.set_history_length(_KEPT)
    readline.set_completer(complete)
    readline.set_completer_delims(" \t\n,;()'\"=<>.*")
    readline.parse_and_bind("tab: complete")
    if history.is_file():
        readline.read_history_file(history)


def _keep(history: Path) -> None:
    if history.parent.is_dir():
        readline.write_history_file(history)
