"""A home folder and the table [assist] in; its doubtful speakers asked about, and the counts a person reads, out."""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from corpora.errors import BadInput
from flows.console import say, show_table
from warehouse.annotations import bring_in, waiting_saves
from warehouse.assist.assist import Assisted, assist
from warehouse.assist.config import AssistConfig, endpoint_of
from warehouse.assist.saves import withdraw
from warehouse.lake import Lake, reading, writing
from warehouse.turns import WriteConflict


def assist_lake(lake: Lake, config: AssistConfig) -> Assisted:
    """Ask about the doubtful speakers of an open lake. Raises BadInput when the endpoint is none, or gone."""
    return assist(lake, endpoint_of(lake.home, config), config)


def assist_home(home: Path, config: AssistConfig, documents: Collection[str] | None = None) -> Assisted:
    """The same for a home folder, which others may write to meanwhile; the choices then wait for them to end."""
    try:
        with reading(home) as lake:
            return assist(lake, endpoint_of(home, config), config, documents)
    finally:
        if waiting_saves(home):
            with suppress(BadInput, WriteConflict), writing(home, wait=0) as lake:
                bring_in(lake)


def withdraw_home(home: Path) -> int:
    """Take back all that models chose; how many choices that were."""
    with writing(home) as lake:
        count = withdraw(lake.home, lake.connection)
        bring_in(lake)
    return count


def show_assisted(report: Assisted) -> None:
    """What was asked, and what became of it."""
    counts = {name: value for name, value in asdict(report).items() if name != "model"}
    show_table(f"Doubtful speakers, asked of {report.model}", tuple(counts), [tuple(counts.values())], numbers_from=0)
    if report.refused:
        say(
            f"{report.refused:,} answers name nobody who was offered; they change nothing (assist/answers.jsonl has them)"
        )
    if report.written:
        say("the next huaben build is made with these choices; whatever a person says of a row goes before them")
