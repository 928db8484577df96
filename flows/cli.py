"""The command line, `huaben`: each command calls one function of a room or one flow and prints what it gave.

Heavy imports stay inside the commands, so that `huaben --help` is there at once.
"""

import os
import warnings
from pathlib import Path
from typing import Annotated, Literal

import typer

from flows.console import Commands, out, say

app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="Novels and question banks in; training sets that can be trusted, and adapters that can be believed, out.\n\n"
    "State lives in $HUABEN_HOME, by default ./.huaben.",
)
extract_app = typer.Typer(no_args_is_help=True, help="Extract from one file, without a warehouse.")
app.add_typer(extract_app, name="extract")

File = Annotated[Path, typer.Argument(metavar="FILE")]
Output = Annotated[Path | None, typer.Option("-o", "--output", help="Where to write; standard output by default.")]
Encoding = Annotated[str, typer.Option(help="Encoding of the file; detected by default.")]
Config = Annotated[Path | None, typer.Option("--config", help="A TOML file; that of the bundled sample by default.")]


@app.callback()
def main() -> None:
    """Quiet the libraries and keep their state in the home folder, before any of them is imported."""
    from warehouse.home import home_folder

    # transformers and peft warn each other of names that neither of us can change.
    warnings.filterwarnings("ignore", category=FutureWarning, module="transformers|peft")
    home = home_folder().absolute()
    for name, value in {
        "PREFECT_HOME": str(home / "prefect"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",  # its 20 s are too few on a busy machine
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",  # the command line says itself what failed
        "DO_NOT_TRACK": "1",
        "OMP_WAIT_POLICY": "PASSIVE",  # torch's threads wait without burning the cores that others need
        "TOKENIZERS_PARALLELISM": "false",
    }.items():
        os.environ.setdefault(name, value)


@app.command()
def run(config: Config = None) -> None:
    """The main job: ingest, curate, tokenise, train, evaluate, report."""
    from warehouse.home import made_home

    home = made_home()  # before Prefect is imported, which keeps its state there
    from flows.config import read_config
    from flows.curate import sources_of
    from flows.pipeline import pipeline
    from flows.results import show_run

    settings = read_config(config)
    documents = len(sources_of(settings.registries))  # a registry that is wrong is said before a server is started
    show_run(pipeline(settings, home), documents)


@app.command()
def ingest(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Novels, question files, instruction files.")],
    kind: Annotated[str, typer.Option(help="novel, quiz or instruct; guessed from the content by default.")] = "",
    encoding: Annotated[str, typer.Option(help="Encoding of the files; detected by default.")] = "",
    novel: Annotated[str, typer.Option(help="The novel the questions are about.")] = "",
    source_id: Annotated[str, typer.Option("--id", help="Id of the source; folder and file name by default.")] = "",
) -> None:
    """Read files into the warehouse."""
    from corpora.errors import BadInput
    from corpora.load import load_document, source_for_path
    from flows.show import show_stored
    from warehouse.home import home_folder
    from warehouse.ingest import ingest as ingest_documents
    from warehouse.lake import writing

    if source_id and len(paths) > 1:
        raise BadInput(f"--id {source_id} is given for {len(paths)} files; give one file, or leave it out")
    files = [source_for_path(path, kind, source_id=source_id, encoding=encoding, novel=novel) for path in paths]
    documents = [load_document(source) for source in files]
    with writing(home_folder()) as lake:
        stored = ingest_documents(lake, documents)
    show_stored(stored, len(documents))


@app.command()
def fetch(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME...]", help="Ids; all of the registry by default.")
    ] = None,
    registry: Annotated[str, typer.Option(help="Where the ids stand: a bundled registry or a path.")] = "gutenberg",
    refresh: Annotated[bool, typer.Option(help="Fetch again what is there already.")] = False,
) -> None:
    """Download sources that a registry gives a URL for, such as the four novels from Project Gutenberg."""
    from corpora.fetch import fetch as fetch_source
    from corpora.registry import choose, load_registry

    sources = load_registry(registry)
    for source in choose(sources, names) if names else sources:
        out.print(f"{source.id}  {fetch_source(source, Path(source.path).parent, refresh=refresh)}")


@app.command()
def build(
    config: Config = None,
    at: Annotated[int | None, typer.Option(help="Build from this snapshot; the newest by default.")] = None,
) -> None:
    """Curate what is in the warehouse and make a training set of it."""
    from flows.config import read_config
    from flows.show import show_set
    from warehouse.curate import curate
    from warehouse.home import home_folder
    from warehouse.lake import writing
    from warehouse.summary import check_leaks
    from warehouse.training_set import build as build_set

    settings = read_config(config)
    with writing(home_folder()) as lake:
        if at is None:
            curate(lake, settings.curate)
            check_leaks(lake)
        show_set(build_set(lake, settings.build, at))


@app.command()
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


@app.command()
def why(row_id: Annotated[str, typer.Argument(metavar="ID", help="Id of a row in any table.")]) -> None:
    """Tell the story of a row: where it stands, what decided about it, and which training sets hold it."""
    from warehouse.home import home_folder
    from warehouse.lake import reading
    from warehouse.why import story

    with reading(home_folder()) as lake:
        for heading, text in story(lake, row_id):
            out.print(f"[bold]{heading:>13}[/bold]  ", end="")
            out.print(text.replace("\n", "\n" + " " * 15), markup=False)


@app.command()
def lengths(
    training_set: Annotated[
        Path | None, typer.Argument(help="Folder of a training set; the newest by default.")
    ] = None,
    base: Annotated[str, typer.Option(help="Base whose tokens are counted; characters only without.")] = "",
    limit: Annotated[int, typer.Option(help="Tokens (or characters) over which rows are counted.")] = 512,
) -> None:
    """Length statistics of a training set's prompts and answers, in characters and in tokens, per task."""
    from flows.results import show_lengths
    from train.sets import lengths_of_set
    from warehouse.home import home_folder
    from warehouse.manifest import newest_set

    show_lengths(lengths_of_set(training_set or newest_set(home_folder()), base, limit), limit)


@app.command()
def train(
    training_set: Annotated[
        Path | None, typer.Argument(help="Folder of a training set; the newest by default.")
    ] = None,
    config: Config = None,
    base: Annotated[str, typer.Option(help="Base to train on instead of the config's.")] = "",
) -> None:
    """Train an adapter on a training set."""
    from warehouse.home import made_home

    home = made_home()  # before Prefect is imported, which keeps its state there
    from flows.config import read_config
    from flows.finetune import finetune_flow
    from flows.results import show_training
    from warehouse.manifest import newest_set

    settings = read_config(config, base)
    show_training(finetune_flow(settings, training_set or newest_set(home), home), settings.tokens.max_length)


@app.command()
def evaluate(
    adapter: Annotated[Path, typer.Argument(metavar="ADAPTER", help="Folder of an adapter.")],
    base: Annotated[str, typer.Option(help="The base it was trained on: a folder or a Hugging Face name.")],
    training_set: Annotated[Path | None, typer.Option(help="Whose test split; the newest set's by default.")] = None,
    config: Config = None,
) -> None:
    """Let base and adapter answer the held-out rows, and score both."""
    from warehouse.home import made_home

    home = made_home()
    from flows.assess import assess_flow
    from flows.config import read_config
    from flows.results import show_comparison
    from warehouse.manifest import newest_set

    made = assess_flow(training_set or newest_set(home), base, adapter, read_config(config).generate, home)
    show_comparison(made)
    out.print(f"answers and scores  {made.folder}")


@app.command()
def score(file: File) -> None:
    """Score a JSON lines file of {prediction, reference, type}: ROUGE, BLEU-4 and exact match by type."""
    from eval.predictions import read_predictions
    from eval.scores import score_predictions
    from flows.results import show_scores

    show_scores(score_predictions(read_predictions(file)))


@app.command()
def dedup(
    file: File,
    text: Annotated[str, typer.Option(help="Column that holds the text.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Parquet file to write.")],
    id_column: Annotated[str, typer.Option("--id", help="Column that holds the id; the line number by default.")] = "",
    threshold: Annotated[float, typer.Option(help="Least Jaccard similarity of near-duplicates.")] = 0.7,
) -> None:
    """Find exact and near-duplicates in a JSON lines file; write id, cluster_id, kept, duplicate_of."""
    from warehouse.dedup_file import dedup_file

    rows, kept = dedup_file(file, text, id_column, threshold, output)
    say(f"{rows:,} rows, {kept:,} kept, {rows - kept:,} duplicates → {output}")


@app.command()
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


@extract_app.command("novel")
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


@extract_app.command("quiz")
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
