"""An id in, the story of that row out."""

import json
from typing import Any

from corpora.errors import BadInput
from warehouse.lake import Lake

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
    told += _record_story(lake, sample)
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
    if sample["fate"] == "kept":
        told.append(("prompt", "\n".join(f"{turn['role']}: {turn['content']}" for turn in sample["messages"])))
        told.append(("answer", sample["answer"]))
        told.append(("training sets", ", ".join(_sets_with(lake, sample)) or "none yet"))
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


def _sets_with(lake: Lake, sample: dict[str, Any]) -> list[str]:
    import pyarrow.parquet as pq

    names = []
    for name, rows in lake.connection.execute("SELECT name, rows_by_split FROM training_sets ORDER BY name").fetchall():
        path = lake.home / "sets" / name / f"{sample['split']}.parquet"
        if json.loads(rows).get(sample["split"]) and path.is_file():
            ids = pq.read_table(path, columns=["sample_id"])["sample_id"].to_pylist()
            if sample["sample_id"] in set(ids):
                names.append(name)
    return names


def _one(lake: Lake, sql: str, value: str) -> dict[str, Any] | None:
    found: list[dict[str, Any]] = lake.connection.execute(sql, [value]).to_arrow_table().to_pylist()
    return found[0] if found else None


def _short(value: object, limit: int = 400) -> str:
    text = str(value)
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text)} characters)"
