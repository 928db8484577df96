"""Files and URLs in, rows of the warehouse out."""

from pathlib import Path
from typing import Annotated

import typer

from flows.commands.options import Address, Engine
from flows.console import out


def ingest(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Novels, question files, instruction files.")],
    kind: Annotated[str, typer.Option(help="novel, quiz or instruct; guessed from the content by default.")] = "",
    encoding: Annotated[str, typer.Option(help="Encoding of the files; detected by default.")] = "",
    novel: Annotated[str, typer.Option(help="The novel the questions are about.")] = "",
    source_id: Annotated[str, typer.Option("--id", help="Id of the source; folder and file name by default.")] = "",
    engine: Engine = "local",
    address: Address = "",
    assist: Annotated[
        str,
        typer.Option(metavar="ENDPOINT", help="Let a model there choose where a speaker is doubtful: huaben assist."),
    ] = "",
    model: Annotated[str, typer.Option(help="The model to ask with --assist; by default the only one there.")] = "",
) -> None:
    """Read files into the warehouse."""
    from corpora.errors import BadInput
    from corpora.load import load_document, source_for_path
    from corpora.settings import settings
    from flows.engine.choose import engine as chosen
    from flows.engine.config import EngineConfig
    from flows.show import show_stored
    from warehouse.home import home_folder
    from warehouse.ingest import ingest as ingest_documents
    from warehouse.lake import writing
    from warehouse.turns import retried

    there = settings(EngineConfig, {"kind": engine, "address": address}, "--engine, --address")
    if source_id and len(paths) > 1:
        raise BadInput(f"--id {source_id} is given for {len(paths)} files; give one file, or leave it out")
    files = [source_for_path(path, kind, source_id=source_id, encoding=encoding, novel=novel) for path in paths]
    documents = [load_document(source) for source in files]
    with chosen(there) as at, writing(home_folder()) as lake:
        stored = retried(ingest_documents, lake, documents, at)
    show_stored(stored, len(documents))
    if assist:
        from flows.assisted import assist_home, show_assisted
        from warehouse.assist.config import AssistConfig

        asked = settings(AssistConfig, {"url": assist, "model": model}, "--assist, --model")
        show_assisted(assist_home(home_folder(), asked, [document.document_id for document in documents]))


def crawl(
    spider: Annotated[Path, typer.Argument(metavar="SPIDER.toml", help="What to crawl; see configs/spider.toml.")],
    offline: Annotated[bool, typer.Option(help="Read again what was fetched before, and ask no server.")] = False,
) -> None:
    """Fetch a site's pages, politely, and read them into the warehouse; again: only what has changed."""
    from corpora.crawl.documents import stored_documents
    from corpora.crawl.run import crawl as crawl_site
    from corpora.crawl.spider import read_spider
    from flows.show import show_crawled, show_left_out, show_stored
    from warehouse.home import home_folder
    from warehouse.ingest import ingest as ingest_documents
    from warehouse.lake import writing
    from warehouse.turns import retried

    settings = read_spider(spider)
    if not offline:
        show_crawled(crawl_site(settings, home_folder()))
    documents, left_out = stored_documents(settings, home_folder())
    show_left_out(left_out)
    with writing(home_folder()) as lake:
        stored = retried(ingest_documents, lake, documents)
    show_stored(stored, len(documents))


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
