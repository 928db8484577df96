"""Names in; the smallest real documents, records and lakes that the tests of the warehouse need, out."""

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from corpora.document import Document
from corpora.files import stable_id
from extractors.extract import Record
from extractors.records import Instruction, Message, Question, Utterance
from warehouse.ingest import Extracted, store
from warehouse.lake import Lake, writing
from warehouse.schema import columns


def document(source: str, kind: str = "novel", **fields: Any) -> Document:
    """A document of the source; `fields` replace what it would have."""
    plain = Document(stable_id("document", source), source, kind, "三国演义", "…", f"{source}.txt", "utf-8", "0" * 64)
    return replace(plain, **fields)


def said(start: int, speaker: str, text: str, **fields: Any) -> Utterance:
    """`speaker` says `text`, led in by 曰, in scene 1 of chapter 1, unless `fields` say otherwise."""
    plain = Utterance(
        char_start=start, char_end=start + len(text) + 2, chapter=1, chapter_title="宴桃园豪杰三结义", kind="speech",
        text=text, speaker=speaker, speaker_mention=speaker, mention_start=start - len(speaker) - 2, rule="reporting verb",
        confidence=0.95, addressee="", cue="曰", context=f"{speaker}曰：", scene=1, turn=1,
    )  # fmt: skip
    return replace(plain, **fields)


def asked(number: int, stem: str, options: dict[str, str], answer: Any, **fields: Any) -> Question:
    """A quiz item: single choice where there are options, else short answer, unless `fields` say."""
    kind = "single_choice" if options else "short_answer"
    plain = Question(str(number), "", kind, stem, options, answer, "", "三国演义", f"line {number}")  # type: ignore[arg-type]
    return replace(plain, **fields)


def told(number: int, *turns: str) -> Instruction:
    """A conversation whose turns alternate, the user's first."""
    roles = ("user", "assistant")
    return Instruction(tuple(Message(roles[i % 2], turn) for i, turn in enumerate(turns)), "alpaca", f"line {number}")  # type: ignore[arg-type]


def put(lake: Lake, *pairs: tuple[Document, Sequence[Record]]) -> None:
    """Store each document with its records, extracted by the extractor `v1`."""
    store(lake, [Extracted(made, "v1", records) for made, records in pairs])


def clear(lake: Lake) -> Lake:
    """The lake without a row, for the next test: opening one takes a third of a second."""
    with lake.transaction("clear"):
        for table in columns():
            if (lake.connection.execute(f"SELECT count(*) FROM {table}").fetchone() or (0,))[0]:
                lake.connection.execute(f"DELETE FROM {table}")
    return lake


def new_lake(home: Path) -> Path:
    """An empty lake at `home`, which must not exist: a copy, since making one takes half a second."""
    shutil.copytree(_empty_lake().name, home)
    return home


@cache
def _empty_lake() -> tempfile.TemporaryDirectory[str]:
    folder = tempfile.TemporaryDirectory(prefix="huaben-tests-")  # removed when the tests end
    with writing(Path(folder.name)):
        pass
    return folder
