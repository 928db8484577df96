"""Results in, what a person reads in the terminal out; exceptions in, one sentence and an exit status out."""

import errno
import os
import signal
import sys
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from corpora.errors import BadInput
from corpora.interrupt import listen
from corpora.progress import close_bars
from warehouse.parquet_files import damage

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

# What Linux, DuckDB and SQLite say of a disk without room.
DISK_FULL = ("No space left on device", "database or disk is full", "disk I/O error")
_SHUT = {errno.EROFS, errno.EACCES, errno.EPERM}
_SHUT_WORDS = ("Read-only file system", "Permission denied", "attempt to write a readonly database")


def say(line: str) -> None:
    """One line of news on standard error, so that standard output stays data."""
    err.print(line, markup=False)


def show_table(
    title: str, header: Sequence[str], rows: Iterable[Sequence[object]], numbers_from: int = 1, paged: bool = False
) -> None:
    """A table on standard output; columns from `numbers_from` on are aligned to the right. A paged one goes through
    $PAGER, which shows it a screen at a time."""
    table = Table(title=title or None, title_justify="left", header_style="bold")
    for position, name in enumerate(header):
        table.add_column(name, justify="right" if position >= numbers_from else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    # A pipe has no width of its own: 160 keeps a score table in one piece.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 160)
    os.environ.setdefault("LESS", "-RFX")  # colours as they are; back at once where all fits on the screen
    with console.pager(styles=True) if paged else nullcontext():
        console.print(table)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.2f}"
    text = f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
    return text.replace("[", "\\[")  # rich would read it as markup


class Commands(typer.core.TyperGroup):
    """The command group, with every foreseeable failure turned into one sentence and an exit status."""

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]
        listen()
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            close_bars()
            say("huaben: stopped; nothing was half-written, run it again to go on")
            raise typer.Exit(128 + signal.SIGINT) from None
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader of our output has gone
            raise typer.Exit(0) from None
        except BadInput as error:
            close_bars()
            step = _step(error)
            say(f"huaben: {step}{error}{'; nothing was half-written' if step else ''}")
            raise typer.Exit(2) from None
        except Exception as error:
            home = os.environ.get("HUABEN_HOME", ".huaben")
            where = getattr(error, "filename", None) or home
            if _disk_full(error):
                where = getattr(error, "filename2", None) or where  # of a copy, where it goes
                what = f"the disk that holds {where} is full; free some space and run it again"
            elif getattr(error, "errno", None) in _SHUT or any(words in str(error) for words in _SHUT_WORDS):
                reason = getattr(error, "strerror", None) or "not allowed"
                ours = Path(where).resolve().is_relative_to(Path(home).resolve())
                remedy = "set HUABEN_HOME to a folder of yours" if ours else "give a place that is yours"
                what = f"{where} cannot be written or read ({reason}); {remedy}"
            elif not (what := damage(error)):
                raise
            close_bars()
            say(f"huaben: {_step(error)}{what}; nothing was half-written")
            raise typer.Exit(2) from None


def _step(error: BaseException) -> str:
    """Which step of a flow failed, as `flows.steps` noted it."""
    notes = getattr(error, "__notes__", [])
    return f"{notes[0]}: " if notes else ""


def _disk_full(error: BaseException) -> bool:
    seen: BaseException | None = error
    while seen is not None:
        if getattr(seen, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or any(
            words in str(seen) for words in DISK_FULL
        ):
            return True
        seen = seen.__cause__ or seen.__context__
    return False
