"""Documents in, rows of `sources`, `documents` and the three record tables out."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from corpora.casts import cast_of
from corpora.document import Document
from corpora.errors import BadInput
from corpora.files import stable_id
from corpora.progress import track
from extractors.extract import Record, extract
from extractors.records import Instruction, Question, Reject, Utterance
from warehouse.engine import HERE, Engine
from warehouse.fingerprint import code_fingerprint
from warehouse.lake import Lake
from warehouse.tables import Change, replace_parts, replace_rows

BATCH_RECORDS = 20_000  # some 50 MB of rows; the four novels have 43,000
SHOWN = 1_000  # characters of a page that stand in its reject; all of it is in `documents`


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


def ingest(lake: Lake, documents: Sequence[Document], engine: Engine = HERE) -> list[Stored]:
    """Extract what is new or changed among the documents and store it, all in one transaction.

    What the lake has already, from the same bytes by the same extractors, is left alone; the list is empty then.
    Raises BadInput when a file cannot be read; the lake is then as it was.
    """
    extractor = code_fingerprint("corpora", "extractors")
    new = pending(lake, documents, extractor)
    records = zip(track(new, "extract", unit="files"), engine.map(_extract, new), strict=True)
    extracted = (Extracted(document, extractor, found) for document, found in records)
    # A transaction keeps other machines from theirs, so what takes long comes before it.
    return store(lake, list(extracted) if lake.place.shared else extracted)


def _extract(document: Document) -> list[Record]:
    """The document's records. A crawled page that is not of its kind is one reject: the other pages are none the worse."""
    try:
        return extract(document, cast_of(document) if document.kind == "novel" else "")
    except BadInput as refusal:
        if document.fetched is None:
            raise
        return [Reject("line 1", document.text[:SHOWN], str(refusal))]


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
        for batch in _batches(extracted):
            stored += _store_batch(lake, batch)
    return stored


def _batches(extracted: Iterable[Extracted]) -> Iterator[dict[str, Extracted]]:
    """The documents by id, so many at a time that their records fill a batch; each table is then written once."""
    batch: dict[str, Extracted] = {}
    for item in extracted:
        if item.document.document_id in batch or sum(len(i.records) for i in batch.values()) >= BATCH_RECORDS:
            yield batch
            batch = {}
        batch[item.document.document_id] = item
    if batch:
        yield batch


def _store_batch(lake: Lake, batch: dict[str, Extracted]) -> list[Stored]:
    replace_rows(lake.connection, "sources", [_source_row(item.document) for item in batch.values()])
    replace_rows(lake.connection, "documents", [_document_row(item) for item in batch.values()])
    records: dict[str, list[dict[str, Any]]] = {"utterances": [], "questions": [], "instructions": []}
    for item in batch.values():
        table, rows = _record_rows(item.document, item.records)
        records[table] += rows
    changes = {key: Change() for key in batch}
    for table, rows in records.items():  # all three: the kind of a source may have changed
        for key, change in replace_parts(lake.connection, table, rows, "document_id", batch).items():
            changes[key] += change
    return [
        Stored(item.document.source_id, item.document.kind, len(item.records), _rejected(item), changes[key])
        for key, item in batch.items()
    ]


def _source_row(document: Document) -> dict[str, Any]:
    return {
        "source_id": document.source_id, "kind": document.kind, "title": document.title, "origin": document.origin,
        "licence": document.licence, "novel": document.novel, "seed": document.seed, "sha256": document.sha256,
        "encoding": document.encoding, "characters": len(document.text),
    }  # fmt: skip


def _document_row(item: Extracted) -> dict[str, Any]:
    document, fetched = item.document, item.document.fetched
    return {
        "document_id": document.document_id, "source_id": document.source_id, "title": document.title,
        "text": document.text, "sha256": document.sha256, "extractor": item.extractor,
        "records": len(item.records), "rejected": _rejected(item), "url": fetched.url if fetched else "",
        "status": fetched.status if fetched else None, "fetched_at": fetched.at if fetched else None,
    }  # fmt: skip


def _rejected(item: Extracted) -> int:
    return sum(isinstance(record, Reject) for record in item.records)


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
    empty = {"number": "", "section": "", "type": "", "stem": "", "material": "", "explanation": "", "novel": ""}
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
