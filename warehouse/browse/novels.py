"""An open lake in; its novels, a chapter's text with who says what in it, and the place round one row, out."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from corpora.chapters import Chapter, split_chapters
from warehouse.lake import Lake

Row = dict[str, Any]
_NOVELS = """SELECT document_id, coalesce(nullif(novel, ''), sources.title) AS novel, source_id, characters, records
FROM documents JOIN sources USING (source_id) WHERE kind = 'novel' ORDER BY characters DESC, source_id"""
_MET = """SELECT utterance_id, char_start, char_end, speaker, speaker_mention, mention_start, addressee, kind, rule,
confidence, text, chapter, scene, turn FROM utterances
WHERE document_id = ? AND char_end > ? AND char_start < ? ORDER BY char_start"""


@dataclass(frozen=True)
class Stretch:
    """Some text of a novel: `text` begins at character `start` of the document, whose utterances in it are `rows`."""

    text: str
    start: int
    rows: Sequence[Row]


def novels(lake: Lake) -> list[Row]:
    """`document_id`, `novel`, `source_id`, `characters` and `records` of every novel, the longest first."""
    return _rows(lake, _NOVELS)


def chapters(lake: Lake, document_id: str) -> Sequence[Chapter]:
    """The chapters of a novel, as extraction numbers them; empty when there is no such document."""
    found = _rows(lake, "SELECT text FROM documents WHERE document_id = ?", document_id)
    return _split(found[0]["text"]) if found else ()


def chapter_of(lake: Lake, document_id: str, at: int) -> Stretch:
    """The chapter at that place in the novel's list of chapters."""
    found = chapters(lake, document_id)[at]
    return stretch(lake, document_id, found.start, found.end)


def stretch(lake: Lake, document_id: str, start: int, end: int) -> Stretch:
    """The text from `start` to `end`, in characters, with the utterances that stand in it, if only in part."""
    start = max(0, start)
    text = _rows(
        lake, "SELECT substr(text, ?, ?) AS text FROM documents WHERE document_id = ?", start + 1, end - start, document_id
    )  # fmt: skip
    return Stretch(text[0]["text"] if text else "", start, _rows(lake, _MET, document_id, start, end))


def utterance(lake: Lake, utterance_id: str) -> Row | None:
    """All columns of an utterance; None when there is none."""
    found = _rows(lake, "SELECT * FROM utterances WHERE utterance_id = ?", utterance_id)
    return found[0] if found else None


def colours(rows: Sequence[Row]) -> dict[str, int]:
    """A number from 0 for every speaker, whoever speaks most first; nobody has none."""
    spoken: dict[str, int] = {}
    for row in rows:
        if row["speaker"]:
            spoken[row["speaker"]] = spoken.get(row["speaker"], 0) + 1
    return {name: number for number, (name, _) in enumerate(sorted(spoken.items(), key=lambda item: -item[1]))}


@lru_cache(maxsize=8)  # a novel of 600,000 characters takes a tenth of a second to split
def _split(text: str) -> tuple[Chapter, ...]:
    return tuple(split_chapters(text))


def _rows(lake: Lake, sql: str, *values: Any) -> list[Row]:
    found: list[Row] = lake.connection.execute(sql, list(values)).to_arrow_table().to_pylist()
    return found
