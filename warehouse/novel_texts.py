"""An open lake in, its novels one by one out, however many there are."""

from collections.abc import Iterator
from itertools import chain

from corpora.document import Document
from warehouse.lake import Lake

_TOGETHER = 16  # texts that are held at a time


def novel_texts(lake: Lake) -> Iterator[Document]:
    """The novels with their texts, in no order; nothing else may be asked of the lake meanwhile."""
    found = lake.connection.execute(
        "SELECT source_id, title, origin, encoding, novel FROM sources WHERE kind = 'novel'"
    )
    novels = {source_id: about for source_id, *about in found.fetchall()}
    # Neither ordered nor joined: DuckDB would hold all texts to do so.
    texts = lake.connection.execute("SELECT document_id, source_id, text, sha256 FROM documents")
    for document_id, source_id, text, sha256 in chain.from_iterable(iter(lambda: texts.fetchmany(_TOGETHER), [])):
        if source_id in novels:
            title, origin, encoding, novel = novels[source_id]
            yield Document(document_id, source_id, "novel", title, text, origin, encoding, sha256, novel)
