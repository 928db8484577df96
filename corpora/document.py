"""The record that leaves this room: decoded text and where it came from."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Fetched:
    """Where a crawled page came from: its address, the server's answer, and when these very bytes came first."""

    url: str
    status: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Document:
    """One decoded file.

    `text` has no byte-order mark and keeps its line ends, so that character offsets mean the same everywhere.
    `document_id` depends on the source and not on the content; `sha256` is that of the raw bytes.
    """

    document_id: str
    source_id: str
    kind: str  # novel, quiz or instruct
    title: str
    text: str
    origin: str  # path or URL, as given
    encoding: str
    sha256: str
    novel: str = ""  # the novel it is, or asks about, where the whole file keeps to one
    licence: str = ""
    seed: bool = False  # a human-checked core: its rows go to the seed split
    fetched: Fetched | None = None  # of a crawled page; its raw bytes are in the spider's store, under `sha256`
