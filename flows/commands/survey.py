"""The warehouse in, what is in it and what has changed out."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from flows.commands.options import Output
from flows.console import out


def diff(
    before: Annotated[str, typer.Argument(metavar="A", help="A training set (name or folder) or a snapshot's number.")],
    after: Annotated[str, typer.Argument(metavar="B", help="Another.")],
    form: Annotated[
        Literal["table", "csv", "jsonl", "parquet"], typer.Option("--format", help="All rows, but for table.")
    ] = "table",
    output: Output = None,
    examples: Annotated[int, typer.Option(help="Rows of each kind that the table shows.")] = 3,
) -> None:
    """Which rows were added, removed or changed from A to B, per task and split."""
    from flows.diff import show_diff
    from flows.rows import write_rows
    from warehouse.diff import diff as diff_of
    from warehouse.home import home_folder

    found = diff_of(home_folder(), before, after)
    if form == "table" and output is None:
        show_diff(found, examples)
    else:
        write_rows(iter(found.batches()), form, output)


def stats(
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="A page to write instead, with diagrams.")] = None,
    at: Annotated[int | None, typer.Option(help="What the warehouse held at this snapshot.")] = None,
) -> None:
    """What came in, what became of it, types, lengths and characters; as tables, or as one page."""
    from flows.stats import show_holdings
    from warehouse.holdings import holdings
    from warehouse.home import home_folder
    from warehouse.lake import reading

    with reading(home_folder(), at) as lake:
        held = holdings(lake, at)
    if html is None:
        show_holdings(held)
    else:
        from eval.overview import write_overview

        write_overview(html, held)
        out.print(f"overview of snapshot {held.snapshot}  {html}")
