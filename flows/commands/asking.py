"""Questions to the warehouse: SQL, the story of a row, and what the novels say to a question."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from flows.commands.options import Output
from flows.console import out


def sql(
    query: Annotated[
        str,
        typer.Argument(metavar="[SELECT]", help="One query; SHOW TABLES and DESCRIBE work too. Without one: a prompt."),
    ] = "",
    at: Annotated[int | None, typer.Option(help="Tables as they were at this snapshot.")] = None,
    form: Annotated[Literal["table", "csv", "jsonl", "parquet"], typer.Option("--format")] = "table",
    output: Output = None,
) -> None:
    """Ask the warehouse a question in SQL; docs/warehouse.md has some. Nothing can be changed this way."""
    import sys

    from flows.rows import write_rows
    from warehouse.home import home_folder
    from warehouse.query import query as run_query

    if not query and sys.stdin.isatty():
        from flows.prompt import answer_queries

        answer_queries(home_folder(), at)
    else:
        write_rows(run_query(home_folder(), query or sys.stdin.read(), at), form, output)


def why(row_id: Annotated[str, typer.Argument(metavar="ID", help="Id of a row in any table.")]) -> None:
    """Tell the story of a row: where it stands, what decided about it, and which training sets hold it."""
    from warehouse.home import home_folder
    from warehouse.lake import reading
    from warehouse.why import story

    with reading(home_folder()) as lake:
        for heading, text in story(lake, row_id):
            out.print(f"[bold]{heading:>13}[/bold]  ", end="")
            out.print(text.replace("\n", "\n" + " " * 15), markup=False)


def evidence(
    question_id: Annotated[str, typer.Argument(metavar="[ID]", help="Id of a question or of its sample.")] = "",
    question: Annotated[str, typer.Option(help="A question in words, or a statement; blanks as ____.")] = "",
    answer: Annotated[str, typer.Option(help="Its answer: words, true or false; blanks parted by ；.")] = "",
    option: Annotated[
        list[str] | None, typer.Option(help="An option, once for each; the answer is then the words of one.")
    ] = None,
    novel: Annotated[str, typer.Option(help="The novel it asks about; found from its words by default.")] = "",
    file: Annotated[
        Path | None, typer.Option(help="JSON lines of {type, stem, options, answer, novel} to check, all of them.")
    ] = None,
    output: Output = None,
) -> None:
    """What the novels in the warehouse say to a question: whether they support its answer, and the passages."""
    from flows.evidence import show_evidence, write_checked
    from warehouse.evidence.ask import asked_question, read_questions
    from warehouse.evidence.check import check
    from warehouse.evidence.store import novels_of, question_of
    from warehouse.home import home_folder
    from warehouse.lake import reading

    with reading(home_folder()) as lake:
        if file:
            questions = read_questions(file)
            write_checked(questions, check(questions, novels_of(lake)), output)
            return
        row = question_of(lake, question_id) if question_id else asked_question(question, answer, option or [], novel)
        show_evidence(row, novels_of(lake))
