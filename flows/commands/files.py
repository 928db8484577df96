"""One plain file in, what stands in it out, without a warehouse."""

from pathlib import Path
from typing import Annotated

import typer

from flows.commands.options import Address, Encoding, Engine, File, Output
from flows.console import say


def dedup(
    file: File,
    text: Annotated[str, typer.Option(help="Column that holds the text.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Parquet file to write.")],
    id_column: Annotated[str, typer.Option("--id", help="Column that holds the id; the line number by default.")] = "",
    threshold: Annotated[float, typer.Option(help="Least Jaccard similarity of near-duplicates.")] = 0.7,
    store: Annotated[
        Path | None,
        typer.Option(help="Folder with what earlier files held: compare with it, and add to it. Made when absent."),
    ] = None,
    memory: Annotated[int, typer.Option(help="MiB to sort and join in; the rest waits on disk.")] = 1024,
    workers: Annotated[int, typer.Option(help="Processes that read and sign; 0 for one a core.")] = 0,
    engine: Engine = "local",
    address: Address = "",
) -> None:
    """Find exact and near-duplicates in a JSON lines file; write id, cluster_id, kept, duplicate_of."""
    from corpora.settings import settings
    from flows.engine.choose import engine as chosen
    from flows.engine.config import EngineConfig
    from warehouse.dedup_file import dedup_file
    from warehouse.signatures.store import Limits

    limits = settings(Limits, {"memory": memory, "workers": workers}, "--memory, --workers")
    if engine == "local" and not address:
        rows, kept = dedup_file(file, text, id_column, threshold, output, store, limits)
    else:
        table = {"kind": engine, "address": address, "workers": workers}
        with chosen(settings(EngineConfig, table, "--engine, --address, --workers")) as there:
            rows, kept = dedup_file(file, text, id_column, threshold, output, store, limits, there)
    say(f"{rows:,} rows, {kept:,} kept, {rows - kept:,} duplicates → {output}")


def cast(
    file: File,
    encoding: Encoding = "",
    novel: Annotated[
        str, typer.Option(help="Its title, to choose a bundled cast; found from the text by default.")
    ] = "",
) -> None:
    """Who is who in a novel: names, other names, how often they speak and are named, first and last chapter."""
    from corpora.casts import cast_of
    from corpora.load import load_document, source_for_path
    from extractors.cast import parse_cast
    from extractors.cast_table import cast_table
    from flows.show import show_cast

    document = load_document(source_for_path(file, "novel", encoding=encoding, novel=novel))
    known = cast_of(document)
    show_cast(cast_table(document, parse_cast(known) if known else None))


def extract_novel(
    file: File,
    output: Output = None,
    encoding: Encoding = "",
    novel: Annotated[
        str, typer.Option(help="Its title, to choose a bundled cast; found from the text by default.")
    ] = "",
    min_confidence: Annotated[float, typer.Option(help="Leave the speaker empty below this, 0 to 1.")] = 0.0,
) -> None:
    """Who said what in a novel: one JSON object a quotation, by position."""
    from corpora.casts import cast_of
    from corpora.load import load_document, source_for_path
    from extractors.abstain import abstain_below
    from extractors.extract import extract
    from flows.show import write_records

    document = load_document(source_for_path(file, "novel", encoding=encoding, novel=novel))
    write_records(abstain_below(extract(document, cast_of(document)), min_confidence), output)


def extract_quiz(
    file: File,
    output: Output = None,
    rejects: Annotated[Path | None, typer.Option(help="Where to write what was left out, with the reason.")] = None,
    key: Annotated[Path | None, typer.Option(help="File with the answers, where the paper has none.")] = None,
    encoding: Encoding = "",
) -> None:
    """The questions of a question bank or paper: one JSON object a question, in order."""
    from corpora.load import load_document, source_for_path
    from extractors.extract import extract
    from flows.show import write_records

    answers = load_document(source_for_path(key, "quiz")) if key else None
    document = load_document(source_for_path(file, "quiz", encoding=encoding))
    write_records(extract(document, key=answers), output, rejects)
