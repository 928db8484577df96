"""Questions to the warehouse: SQL, and the story of a row."""

from typing import Annotated, Literal

import typer

from flows.commands.options import Output
from flows.console import out


def sql(
    query: Annotated[str, typer.Argument(metavar="SELECT", help="One query; SHOW TABLES and DESCRIBE work too.")],
    at: Annotated[int | None, typer.Option(help="Tables as they were at this snapshot.")] = None,
    form: Annotated[Literal["table", "csv", "jsonl", "parquet"], typer.Option("--format")] = "table",
    output: Output = None,
) -> None:
    """Ask the warehouse a question in SQL. Nothing can be changed this way."""
    from flows.rows import write_rows
    from warehouse.home import home_folder
    from warehouse.query import query as run_query

    write_rows(run_query(home_folder(), query, at), form, output)


def why(row_id: Annotated[str, typer.Argument(metavar="ID", help="Id of a row in any table.")]) -> None:
    """Tell the story of a row: where it stands, what decided about it, and which training sets hold it."""
    from warehouse.home import home_folder
    from warehouse.lake import reading
    from warehouse.why import story

    with reading(home_folder()) as lake:
        for heading, text in story(lake, row_id):
            out.print(f"[bold]{heading:>13}[/bold]  ", end="")
            out.print(text.replace("\n", "\n" + " " * 15), markup=False)
