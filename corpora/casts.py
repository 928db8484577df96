"""A novel's document in, the TOML text of its cast (who is who) out."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from operator import add

from corpora.document import Document

# A cast belongs to a text that names this share of its people, and at least so many of them. Among the four
# novels a wrong cast finds at most a few names (allusions to 曹操 or 唐僧), the right one nearly all.
_SHARE, _LEAST = 0.2, 5


@dataclass(frozen=True, slots=True)
class _CastFile:
    novel: str
    names: tuple[str, ...]
    toml: str


def cast_of(document: Document) -> str:
    """The bundled cast for the document as TOML text: that of its novel by title, else the one whose people the text
    names; empty when there is none."""
    for cast in _casts():
        if cast.novel in (document.novel, document.title):
            return cast.toml
    if document.novel:
        return ""  # a novel that is known, and has no cast
    best, most = "", 0.0
    text = document.text
    pairs = set(map(add, text, text[1:]))  # of characters: most names of other novels are ruled out without a search
    for cast in _casts():
        named = sum(all(map(pairs.__contains__, map(add, n, n[1:]))) and n in text for n in cast.names)
        share = named / len(cast.names)
        if named >= _LEAST and share >= _SHARE and share > most:
            best, most = cast.toml, share
    return best


def all_casts() -> tuple[str, ...]:
    """Every bundled cast as TOML text."""
    return tuple(cast.toml for cast in _casts())


@cache
def _casts() -> tuple[_CastFile, ...]:
    return tuple(_read(text) for text in _texts())


def _read(text: str) -> _CastFile:
    table = tomllib.loads(text)
    names = tuple(person["name"] for person in table["person"] if len(person["name"]) > 1)
    return _CastFile(table["novel"], names, text)


def _texts() -> Iterator[str]:
    package = files("corpora")
    for entry in sorted((package / "casts").iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".toml"):
            yield entry.read_text(encoding="utf-8")
    sample = package / "sample" / "cast.toml"
    if sample.is_file():
        yield sample.read_text(encoding="utf-8")
