"""Documents in, rows of `sources`, `documents` and the three record tables out."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from corpora.casts import cast_of
from corpora.document import Document
from corpora.files import stable_id
from corpora.progress import track
from extractors.extract import Record, extract
from extractors.records import Instruction, Question, Reject, Utterance
from warehouse.fingerprint import code_fingerprint
from warehouse.lake import Lake
from warehouse.tables import Change, replace_rows


@dataclass(frozen=True, slots=True)
class Extracted:
    """A document and all that was extracted from it; `extractor` is the fingerprint of what did it."""

    document: Document
    extractor: str
    records: Sequence[Record]


@dataclass(frozen=True, slots=True)
class Stored:
    """What storing one document came to. `change` counts record rows."""

    source_id: str
    kind: str
    records: int
    rejected: int
    change: Change


def ingest(lake: Lake, documents: Sequence[Document]) -> list[Stored]:
    """Extract what is new or changed among the documents and store it, all in one transaction.

    What the lake has already, from the same bytes by the same extractors, is left alone; the list is empty then.
    Raises BadInput when a document cannot be read; the lake is then as it was.
    """
    extractor = code_fingerprint("corpora", "extractors")
    new = pending(lake, documents, extractor)
    return store(lake, (Extracted(d, extractor, extract(d, cast_of(d))) for d in track(new, "extract", unit="files")))


def pending(lake: Lake, documents: Iterable[Document], extractor: str) -> list[Document]:
    """The documents whose bytes, text, description or extractor are not those the lake has rows of."""
    rows = lake.connection.execute(
        "SELECT document_id, documents.sha256, sha256(text), encoding, extractor, sources.title, kind, licence, novel, "
        "seed FROM documents JOIN sources USING (source_id)"
    ).fetchall()
    known = {row[0]: row[1:] for row in rows}
    return [d for d in documents if known.get(d.document_id) != _state(d, extractor)]


def _state(d: Document, extractor: str) -> tuple[object, ...]:
    # The same bytes give another text when the encoding is corrected, or what is stripped.
    text = hashlib.sha256(d.text.encode()).hexdigest()
    return d.sha256, text, d.encoding, extractor, d.title, d.kind, d.licence, d.novel, d.seed


def store(lake: Lake, extracted: Iterable[Extracted]) -> list[Stored]:
    """Put the documents and their records into the lake, all in one transaction.

    A document's rows that are the same as before are not touched, those it no longer gives are deleted.
    """
    stored: list[Stored] = []
    with lake.transaction("ingest"):
        for item in extracted:
            stored.append(_store_one(lake, item))
    return stored


def _store_one(lake: Lake, item: Extracted) -> Stored:
    document = item.document
    rejected = sum(isinstance(record, Reject) for record in item.records)
    source = {
        "source_id": document.source_id, "kind": document.kind, "title": document.title, "origin": document.origin,
        "licence": document.licence, "novel": document.novel, "seed": document.seed, "sha256": document.sha256,
        "encoding": document.encoding, "characters": len(document.text),
    }  # fmt: skip
    replace_rows(lake.connection, "sources", [source])
    row = {
        "document_id": document.document_id, "source_id": document.source_id, "title": document.title,
        "text": document.text, "sha256": document.sha256, "extractor": item.extractor,
        "records": len(item.records), "rejected": rejected,
    }  # fmt: skip
    replace_rows(lake.connection, "documents", [row])
    table, rows = _record_rows(document, item.records)
    change = Change()
    for name in ("utterances", "questions", "instructions"):  # the kind of a source may have changed
        change += replace_rows(
            lake.connection, name, rows if name == table else [], {"document_id": document.document_id}
        )
    return Stored(document.source_id, document.kind, len(item.records), rejected, change)


def _record_rows(document: Document, records: Sequence[Record]) -> tuple[str, list[dict[str, Any]]]:
    seen: Counter[str] = Counter()

    def unique(*parts: object) -> str:
        """An id; a record that occurs twice at one place gets a second one."""
        made = stable_id(document.document_id, *parts)
        seen[made] += 1
        return made if seen[made] == 1 else stable_id(made, seen[made])

    if document.kind == "novel":
        return "utterances", [
            {
                "utterance_id": unique("utterance", record.char_start, record.text),
                "document_id": document.document_id,
                "novel": document.novel or document.title,
                **asdict(record),
            }
            for record in records
            if isinstance(record, Utterance)
        ]
    if document.kind == "quiz":
        return "questions", [_question_row(document, ordinal, record, unique) for ordinal, record in enumerate(records)]
    return "instructions", [
        _instruction_row(document, ordinal, record, unique) for ordinal, record in enumerate(records)
    ]


def _question_row(document: Document, ordinal: int, record: Record, unique: Any) -> dict[str, Any]:
    base = {"document_id": document.document_id, "ordinal": ordinal}
    if isinstance(record, Question):
        fields = asdict(record)
        fields["options"] = json.dumps(record.options, ensure_ascii=False)
        fields["answer"] = json.dumps(record.answer, ensure_ascii=False)
        key = unique("question", record.locator, record.stem, fields["answer"])
        return {"question_id": key, **base, **fields, "fate": "kept", "reason": "", "raw": ""}
    assert isinstance(record, Reject)
    empty = {"number": "", "section": "", "type": "", "stem": "", "explanation": "", "novel": ""}
    rejected = {"locator": record.locator, "fate": "rejected", "reason": record.reason, "raw": record.raw}
    key = unique("question", record.locator, record.raw)
    return {"question_id": key, **base, **empty, "options": "{}", "answer": "null", **rejected}


def _instruction_row(document: Document, ordinal: int, record: Record, unique: Any) -> dict[str, Any]:
    base = {"document_id": document.document_id, "ordinal": ordinal, "locator": record.locator}  # type: ignore[union-attr]
    if isinstance(record, Instruction):
        messages = [asdict(message) for message in record.messages]
        key = unique("instruction", record.locator, json.dumps(messages, ensure_ascii=False))
        kept = {"shape": record.shape, "messages": messages, "fate": "kept", "reason": "", "raw": ""}
        return {"instruction_id": key, **base, **kept}
    assert isinstance(record, Reject)
    key = unique("instruction", record.locator, record.raw)
    rejected = {"shape": "", "messages": [], "fate": "rejected", "reason": record.reason, "raw": record.raw}
    return {"instruction_id": key, **base, **rejected}
