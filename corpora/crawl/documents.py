"""A spider's store in, its pages as `Document`s out: what was fetched, read anew by the rules as they are now."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from corpora.crawl.run import state_folder
from corpora.crawl.spider import SpiderConfig
from corpora.crawl.store import Answer, Store
from corpora.document import Document, Fetched
from corpora.errors import BadInput
from corpora.files import stable_id
from corpora.progress import track
from corpora.readers.formats import format_of
from corpora.readers.read import read_text
from corpora.readers.webpage import check_depth, decode_page, page_text

ENDINGS = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "application/pdf": ".pdf",
    "application/epub+zip": ".epub",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
}


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A page that gives no document, and why."""

    url: str
    reason: str


def stored_documents(config: SpiderConfig, home: Path) -> tuple[list[Document], list[LeftOut]]:
    """The pages that the spider wants, of all its crawls, in order of address; no server is asked.

    A document's id depends on spider and address, so a page that has changed takes the place of what it was.
    Raises BadInput when the spider has never crawled.
    """
    path = state_folder(config, home) / "pages.sqlite"
    if not path.is_file():
        raise BadInput(f"{path}: nothing has been crawled yet; run huaben crawl first")
    store = Store(path)
    documents: list[Document] = []
    left_out: list[LeftOut] = []
    try:
        wanted = [url for url in store.addresses() if config.is_page(url)]
        for url in track(wanted, "read pages", unit="pages"):
            answer = store.answer(url)
            assert answer is not None
            try:
                documents.append(_document(answer, config))
            except BadInput as refusal:
                left_out.append(LeftOut(url, str(refusal)))
    finally:
        store.close()
    return documents, left_out


def _document(answer: Answer, config: SpiderConfig) -> Document:
    kind, _, parameters = answer.header("Content-Type").partition(";")
    name = Path(urlsplit(answer.url).netloc + unquote(urlsplit(answer.url).path))
    ending = ENDINGS.get(kind.strip().lower(), name.suffix)
    if name.suffix.lower() != ending:
        name = name.with_name(f"{name.name}{ending}")
    charset = parameters.partition("charset=")[2].strip(" \"'").partition(";")[0]
    text, encoding, title = _read(name, answer.body, config.encoding, charset, config)
    source_id = f"{config.name}/{answer.url}"
    return Document(
        document_id=stable_id("document", source_id),
        source_id=source_id,
        kind=config.kind,
        title=title or unquote(answer.url.rstrip("/").rpartition("/")[2]),
        text=text,
        origin=answer.url,
        encoding=encoding,
        sha256=answer.sha256,
        novel=config.novel,
        licence=config.licence,
        fetched=Fetched(answer.url, answer.status, answer.fetched_at),
    )


def _read(name: Path, raw: bytes, encoding: str, charset: str, config: SpiderConfig) -> tuple[str, str, str]:
    """Text, encoding and title; a charset that the server declares wrongly is put aside."""
    if charset and not encoding:
        try:
            return _read(name, raw, charset, "", config)
        except BadInput:
            return _read(name, raw, "", "", config)
    underlines = config.kind == "quiz"
    if not raw or format_of(name, raw) != "html":
        return *read_text(name, raw, encoding, underlines=underlines), ""
    source, codec = decode_page(raw, encoding, str(name))
    check_depth(source, str(name))
    tree = LexborHTMLParser(source)
    heading = tree.css_first("title")
    title = " ".join(heading.text().split()) if heading else ""
    if config.content:
        source = "".join(f"<div>{part.inner_html}</div>" for part in _outermost(tree.css(config.content)))
        if not source:
            raise BadInput(f"{name}: nothing on the page is content = {config.content!r}; correct the selector")
    text = page_text(source, str(name), underlines=underlines)
    if not text.strip():
        raise BadInput(f"{name}: holds no text, perhaps only pictures")
    return text, codec, title


def _outermost(nodes: list[LexborNode]) -> Iterator[LexborNode]:
    chosen = {node.mem_id for node in nodes}
    for node in nodes:
        above = node.parent
        while above is not None and above.mem_id not in chosen:
            above = above.parent
        if above is None:
            yield node
