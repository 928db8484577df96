"""An id in, the story of that row out."""

import json
from typing import Any

from corpora.errors import BadInput
from warehouse.annotations import annotations_of
from warehouse.lake import Lake
from warehouse.quality.words import RULES

_KEYS = {
    "samples": "sample_id",
    "utterances": "utterance_id",
    "questions": "question_id",
    "instructions": "instruction_id",
    "conversations": "conversation_id",
    "documents": "document_id",
    "sources": "source_id",
    "training_sets": "set_id",
    "runs": "run_id",
}


def story(lake: Lake, row_id: str) -> list[tuple[str, str]]:
    """What is known of the row, as (heading, text) in order: source and place, rules, fate, cluster, split, sets.

    Takes the id of any table's row. Raises BadInput when no table has it.
    """
    for table, key in _KEYS.items():
        row = _one(lake, f"SELECT * FROM {table} WHERE {key} = ?", row_id)
        if row:
            break
    else:
        raise BadInput(
            f'no table has a row {row_id}; find ids with: huaben sql "SELECT sample_id, answer FROM samples"'
        )
    if table == "samples":
        return _sample_story(lake, row)
    told = [(name, _short(value)) for name, value in row.items() if name != "text" or table == "utterances"]
    samples = lake.connection.execute("SELECT sample_id FROM samples WHERE record_id = ?", [row_id]).fetchall()
    if table == "questions" and not samples:
        told += _support_story(lake, row_id)
    if not samples:
        told += _annotation_story(lake, row_id)
    for (sample_id,) in samples:
        sample = _one(lake, "SELECT * FROM samples WHERE sample_id = ?", sample_id)
        told += _sample_story(lake, sample or {})
    return told


def _sample_story(lake: Lake, sample: dict[str, Any]) -> list[tuple[str, str]]:
    told = [("sample", f"{sample['sample_id']} ({sample['task']}, {sample['question_type']})")]
    source = _one(lake, "SELECT * FROM sources WHERE source_id = ?", sample["source_id"]) or {}
    told.append(
        ("source", f"{source.get('title')} ({source.get('origin')}, licence {source.get('licence') or 'unknown'})")
    )
    told += _record_story(lake, sample) + _annotation_story(lake, sample["record_id"])
    told.append(("quality rules", _rules_story(lake, sample)))
    told.append(("fate", " — ".join(filter(None, [sample["fate"], sample["reason"]]))))
    if sample["split"]:
        told.append(("split", sample["split"]))
    mates = lake.connection.execute(
        "SELECT sample_id, fate, split FROM samples WHERE cluster_id = ? AND sample_id <> ? AND cluster_id <> '' "
        "ORDER BY sample_id LIMIT 20",
        [sample["cluster_id"], sample["sample_id"]],
    ).fetchall()
    if mates:
        told.append(("cluster", f"{sample['cluster_id']}, with " + ", ".join(" ".join(filter(None, m)) for m in mates)))
    told += _other_story(lake, sample)
    sets = ", ".join(_sets_with(lake, sample))
    if sample["fate"] == "kept":
        told.append(("prompt", "\n".join(f"{turn['role']}: {turn['content']}" for turn in sample["messages"])))
        told.append(("answer", sample["answer"]))
    if sample["fate"] == "kept" or sets:  # a set made before holds rows that have been rejected since
        told.append(("training sets", sets or "none yet"))
    return told


def _rules_story(lake: Lake, sample: dict[str, Any]) -> str:
    """What the quality rules said of the sample when it was curated."""
    reason = sample["reason"]
    if reason.startswith("quality rule "):
        return reason.removeprefix("quality rule ")
    if reason.startswith("joined: "):
        return "asked of the row that holds its words"
    if sample["fate"] == "rejected" and not sample["cluster_id"]:
        return "not asked: it was rejected before"
    run = _one(lake, "SELECT inputs FROM runs WHERE kind = ?", "curate") or {"inputs": "{}"}
    off = json.loads(run["inputs"]).get("rules", {}).get("off", [])
    return "kept by " + ", ".join(rule for rule in RULES if rule not in off)


def _other_story(lake: Lake, sample: dict[str, Any]) -> list[tuple[str, str]]:
    """The row that stands for a merged one, and the text that a rejected one overlaps."""
    told = []
    other = _one(lake, "SELECT * FROM samples WHERE sample_id = ?", sample["duplicate_of"])
    if other:
        asked = other["messages"][-1]["content"] if other["messages"] else ""
        told.append(
            ("kept instead", f"{other['sample_id']} ({other['fate']} {other['split']})\n{asked}\n{other['answer']}")
        )
    if sample["reason"].startswith("overlaps "):
        found = _one(lake, "SELECT * FROM contaminations WHERE sample_id = ?", sample["sample_id"])
        if found:
            shares = f"{found['other_share']:.0%} of it here, {found['own_share']:.0%} of this in it"
            more = f", and {found['others'] - 1} more texts" if found["others"] > 1 else ""
            told.append(("overlaps", f"{found['other_id']} ({found['place']}), {shares}{more}\n{found['words']}"))
    return told


def _record_story(lake: Lake, sample: dict[str, Any]) -> list[tuple[str, str]]:
    if sample["question_type"] == "multi_turn":
        row = _one(lake, "SELECT * FROM conversations WHERE conversation_id = ?", sample["record_id"])
        if row:
            spoken = f"{row['character']} speaks {row['turns']} times"
            place = f"chapter {row['chapter']}, characters {row['char_start']}–{row['char_end']}, scene {row['scene']}"
            return [("place", place), ("conversation", spoken), ("utterances", ", ".join(row["utterance_ids"]))]
    elif sample["task"] == "roleplay":
        row = _one(lake, "SELECT * FROM utterances WHERE utterance_id = ?", sample["record_id"])
        if row:
            return [
                ("place", f"chapter {row['chapter']} {row['chapter_title']}, characters {row['char_start']}–"
                          f"{row['char_end']}, scene {row['scene']}, turn {row['turn']}"),
                ("words", f"{row['context']}“{row['text']}”"),
                ("speaker", f"{row['speaker'] or 'unknown'} (rule {row['rule']}, confidence {row['confidence']:.2f}, "
                            f"mention {row['speaker_mention'] or 'none'})"),
                ("kind", row["kind"]),
            ]  # fmt: skip
    table, key = ("questions", "question_id") if sample["task"] == "quiz" else ("instructions", "instruction_id")
    row = _one(lake, f"SELECT * FROM {table} WHERE {key} = ?", sample["record_id"])
    if not row:
        return []
    told = [("place", row["locator"]), ("words", row.get("stem") or row["raw"] or _short(row.get("messages")))]
    return told + (_support_story(lake, sample["record_id"]) if table == "questions" else [])


def _support_story(lake: Lake, question_id: str) -> list[tuple[str, str]]:
    """What the novel says to the question, and its passages; nothing in a lake that was never asked."""
    tables = {name for (name,) in lake.connection.execute("SHOW TABLES").fetchall()}
    if not {"support", "evidence"} <= tables:
        return []
    found = lake.connection.execute(
        "SELECT support, reason FROM support WHERE question_id = ?", [question_id]
    ).fetchall()
    passages = lake.connection.execute(
        "SELECT chapter, char_start, char_end, score, substr(text, char_start + 1, char_end - char_start) FROM evidence "
        "JOIN documents USING (document_id) WHERE question_id = ? ORDER BY rank",
        [question_id],
    ).fetchall()
    told = [("support", f"{support}: {reason}") for support, reason in found]
    return told + [
        ("evidence", f"chapter {chapter}, characters {start}–{end}, score {score:.1f}\n{text}")
        for chapter, start, end, score, text in passages
    ]


def _annotation_story(lake: Lake, record_id: str) -> list[tuple[str, str]]:
    """What people have said of the record, in the order in which they did, undone words included."""
    rows = [
        row
        for table in ("utterances", "questions", "instructions", "chats")
        for row in annotations_of(lake.home, lake.connection, table, record_id)
    ]
    undone = {name for row in rows if row["field"] == "undo" for name in json.loads(row["value"])}
    told = []
    for row in rows:
        value = "" if row["field"] == "undo" else f": {_short(json.loads(row['value']))}"
        after = (f" ({row['comment']})" if row["comment"] else "") + (
            ", undone" if row["annotation_id"] in undone else ""
        )
        told.append(("annotation", f"{row['made_at']:%Y-%m-%d %H:%M} {row['annotator']}, {row['field']}{value}{after}"))
    return told


def _sets_with(lake: Lake, sample: dict[str, Any]) -> list[str]:
    """Names of the training sets that hold the sample; with the split where it is not the one that it has now."""
    import pyarrow.parquet as pq

    names = []
    for name, rows in lake.connection.execute("SELECT name, rows_by_split FROM training_sets ORDER BY name").fetchall():
        for split in (split for split, count in json.loads(rows).items() if count):
            path = lake.home / "sets" / name / f"{split}.parquet"
            wanted = [("sample_id", "=", sample["sample_id"])]
            if path.is_file() and pq.read_table(path, columns=["sample_id"], filters=wanted).num_rows:
                names.append(name if split == sample["split"] else f"{name} ({split})")
    return names


def _one(lake: Lake, sql: str, value: str) -> dict[str, Any] | None:
    found: list[dict[str, Any]] = lake.connection.execute(sql, [value]).to_arrow_table().to_pylist()
    return found[0] if found else None


def _short(value: object, limit: int = 400) -> str:
    text = str(value)
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text)} characters)"
