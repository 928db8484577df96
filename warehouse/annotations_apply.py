"""The standing annotations and the records in, the records as people have corrected them out; and what people wrote
themselves as rows of `instructions`."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from corpora.files import stable_id
from warehouse.annotations import FIELDS, Save, annotations, bring_in, newest, saves
from warehouse.lake import Lake
from warehouse.tables import replace_rows

SOURCE = "studio"  # the source of what people wrote
REJECTED = "rejected by a person"  # a kind of utterance that no config trains on, and how the reason begins
_KEYS = {"utterances": "utterance_id", "questions": "question_id", "instructions": "instruction_id"}
_DOCUMENT = stable_id("document", SOURCE)
_JSON = ("options", "answer")  # of questions, which the lake hands over as text
Marks = dict[tuple[str, str], Save]
Row = dict[str, Any]


def standing(lake: Lake) -> Marks:
    """The last word on each row that anybody has annotated, by table and id."""
    return newest(saves(annotations(lake.home, lake.connection)))


def take_in(lake: Lake) -> Marks:
    """The same, after what waits was brought into the lake and what people wrote into `instructions`."""
    bring_in(lake)
    marks = standing(lake)
    rows = written_rows(marks.values())
    have = lake.connection.execute("SELECT count(*) FROM sources WHERE source_id = ?", [SOURCE]).fetchone()
    if rows or (have and have[0]):
        _store(lake, rows)
    return marks


def state(marks: Marks) -> str:
    """A hash of all that the marks change."""
    return stable_id(sorted(id_ for mark in marks.values() for id_ in mark.ids)) if marks else ""


def corrected(table: str, rows: Sequence[Row], marks: Marks) -> list[Row]:
    """The rows with the fields as people left them; who was asked is sure, and a rejected utterance is no speech. What a
    model chose is a speaker of the confidence it was given, as long as extraction doubts the row as it did then.

    A mark whose row is gone holds for the one row that has the same place, words and lead-in, if there is just one.
    """
    return list(map(correcting(table, rows, marks), rows))


def correcting(table: str, rows: Iterable[Row], marks: Marks) -> Callable[[Row], Row]:
    """What makes of each of the rows, which are gone through more than once, the row of `corrected`."""
    found, key = _anchored(table, rows, marks), _KEYS[table]
    return lambda row: _corrected(table, row, found[row[key]]) if row[key] in found else row


def refusals(table: str, rows: Iterable[Row], marks: Marks) -> dict[str, str]:
    """Why rows are refused by a person, by their id."""
    found = _anchored(table, rows, marks)
    return {key: f"{REJECTED}: {mark.comment}" for key, mark in found.items() if mark.verdict == "reject"}


def accepted(table: str, rows: Iterable[Row], marks: Marks) -> set[str]:
    """The ids of rows that a person has looked at and let stand, corrected or not."""
    found = _anchored(table, rows, marks)
    return {key for key, mark in found.items() if _let_stand(mark)}


def accepted_ids(marks: Marks) -> set[str]:
    """The same for the rows of all tables, by the ids under which people saw them."""
    return {record_id for (_, record_id), mark in marks.items() if _let_stand(mark)}


def judged(table: str, rows: Sequence[Row], marks: Marks) -> set[str]:
    """The ids of rows of which a person has said anything."""
    return {key for key, mark in _anchored(table, rows, marks).items() if not mark.assisted}


def written_rows(marks: Iterable[Save]) -> list[Row]:
    """Rows of `instructions` for what people wrote: whole examples, and better answers in a chat."""
    rows = []
    for mark in marks:
        messages = _messages(mark)
        if messages:
            rows.append((mark.record_id, messages, f"written by {mark.annotator}"))
    return [
        {
            "instruction_id": stable_id(_DOCUMENT, "instruction", key, json.dumps(messages, ensure_ascii=False)),
            "document_id": _DOCUMENT, "ordinal": ordinal, "shape": SOURCE, "messages": messages, "locator": locator,
            "fate": "kept", "reason": "", "raw": "",
        }
        for ordinal, (key, messages, locator) in enumerate(sorted(rows, key=lambda row: row[0]))
    ]  # fmt: skip


def _let_stand(mark: Save) -> bool:
    return mark.verdict in ("accept", "fix") and not mark.assisted


def _messages(mark: Save) -> list[dict[str, str]]:
    """The conversation that a mark wrote; empty where it wrote none."""
    better, row = mark.fixed.get("better"), mark.fixed.get("row")
    if isinstance(better, str) and better.strip() and mark.values.get("messages"):
        return [*mark.values["messages"], {"role": "assistant", "content": better.strip()}]
    if isinstance(row, Mapping) and row.get("instruction", "").strip() and row.get("target", "").strip():
        asked = "\n".join(part.strip() for part in (row["instruction"], row.get("input", "")) if part.strip())
        return [{"role": "user", "content": asked}, {"role": "assistant", "content": row["target"].strip()}]
    return []


def _anchored(table: str, rows: Iterable[Row], marks: Marks) -> dict[str, Save]:
    key = _KEYS[table]
    own = {record_id: mark for (name, record_id), mark in marks.items() if name == table}
    if not own:
        return {}
    present = {row[key] for row in rows if row[key] in own}
    found = {record_id: mark for record_id, mark in own.items() if record_id in present}
    lost = [mark for record_id, mark in own.items() if record_id not in present and mark.place]
    places: defaultdict[int, list[str]] = defaultdict(list)
    for row in rows if lost else ():
        for k, mark in enumerate(lost):
            if all(row.get(name) == value for name, value in mark.place.items()):
                places[k].append(row[key])
    for k, mark in enumerate(lost):
        same = places[k]
        if len(same) == 1 and (same[0] not in found or found[same[0]].assisted > mark.assisted):
            found[same[0]] = mark
    return found


def _corrected(table: str, row: Row, mark: Save) -> Row:
    values = {name: value for name, value in mark.values.items() if name in FIELDS.get(table, ())}
    if table == "questions":
        return row | {
            name: json.dumps(value, ensure_ascii=False) if name in _JSON else value for name, value in values.items()
        }
    if table != "utterances":
        return row
    if mark.assisted:
        return _assisted(row, mark)
    if mark.verdict == "reject":
        return row | {"kind": REJECTED}
    made = row | values | {"confidence": 1.0, "rule": "said by a person"}
    if made["speaker"] != row["speaker"]:  # the words that named somebody else name nobody now
        made |= {"speaker_mention": "", "mention_start": None}
    return made


def _assisted(row: Row, mark: Save) -> Row:
    name, doubt = mark.fixed.get("speaker"), ("speaker", "confidence")
    if not name or any(row[key] != mark.shown.get(key) for key in doubt):
        return row  # it agreed, or extraction has changed its mind since
    made = row | {"speaker": name, "confidence": float(mark.fixed["confidence"]), "rule": f"chosen by {mark.annotator}"}
    if row["addressee"] == name:  # nobody speaks to himself
        made |= {"addressee": ""}
    return made | {"speaker_mention": "", "mention_start": None}


def _store(lake: Lake, rows: Sequence[Row]) -> None:
    """Bring the source of what people wrote up to date; nothing is touched where it is."""
    text = "".join(json.dumps(row["messages"], ensure_ascii=False) + "\n" for row in rows)
    digest = stable_id(text)
    source = {
        "source_id": SOURCE, "kind": "instruct", "title": "studio", "origin": "annotations", "licence": "",
        "novel": "", "seed": False, "sha256": digest, "encoding": "utf-8", "characters": len(text),
    }  # fmt: skip
    document = {
        "document_id": _DOCUMENT, "source_id": SOURCE, "title": "studio", "text": text, "sha256": digest,
        "extractor": "", "records": len(rows), "rejected": 0, "url": "", "status": None, "fetched_at": None,
    }  # fmt: skip
    with lake.transaction(f"written by people: {len(rows)}"):
        replace_rows(lake.connection, "sources", [source])
        replace_rows(lake.connection, "documents", [document])
        replace_rows(lake.connection, "instructions", rows, {"document_id": _DOCUMENT})
