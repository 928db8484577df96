"""The lake's records in, its `samples` table out: every record kept, merged or rejected with a reason."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from corpora.casts import cast_of
from corpora.document import Document
from corpora.files import stable_id
from corpora.progress import track
from extractors.cast import Cast, parse_cast
from warehouse.decide import CurateConfig, decide
from warehouse.evidence.support import too_weak
from warehouse.fingerprint import code_fingerprint
from warehouse.lake import Lake
from warehouse.rows.novels import novel_samples
from warehouse.rows.quiz import corrected_shares
from warehouse.samples import Sample, instruct_sample, quiz_sample
from warehouse.tables import Change, replace_rows

_FROM_SOURCE = "JOIN documents USING (document_id) JOIN sources USING (source_id)"
_RECORDS = {
    "utterances": f"""SELECT utterances.*, source_id, seed FROM utterances {_FROM_SOURCE}
        ORDER BY seed DESC, source_id, char_start""",
    "questions": f"""SELECT questions.* EXCLUDE (novel), source_id, seed,
        coalesce(nullif(questions.novel, ''), sources.novel) AS novel FROM questions {_FROM_SOURCE}
        ORDER BY seed DESC, source_id, ordinal""",
    "instructions": f"""SELECT instructions.*, source_id, seed, '' AS novel FROM instructions {_FROM_SOURCE}
        ORDER BY seed DESC, source_id, ordinal""",
}


@dataclass(frozen=True, slots=True)
class Curated:
    """What curation did. `fates` counts samples by fate; `change` is empty when nothing had to be done."""

    run_id: str
    fates: dict[str, int]
    change: Change
    done_before: bool


def curate(lake: Lake, config: CurateConfig) -> Curated:
    """Bring `samples` up to date with the records, in one transaction.

    Does nothing when the records, the config and the code are those of the last curation. Samples that have a split
    keep it. Raises RuntimeError if the fates do not add up to the records.
    """
    state = _records_state(lake), _supports(lake, config.min_support)
    run_id = stable_id("curate", *state, json.dumps(asdict(config), sort_keys=True))
    fates = dict(_fetch(lake, "SELECT fate, count(*)::INTEGER FROM samples GROUP BY fate ORDER BY fate"))
    last = _fetch(lake, "SELECT run_id FROM runs WHERE kind = 'curate'")
    if last and last[0][0] == run_id:
        return Curated(run_id, fates, Change(unchanged=sum(fates.values())), True)
    novels = novel_samples(_rows(lake, _RECORDS["utterances"]), _casts(lake), config.samples)
    samples, settled = [*novels.samples, *_samples(lake, config)], _settled(lake)
    rows = decide(samples, settled | _moved(lake, samples, settled), config)
    fates = dict(sorted(Counter(row["fate"] for row in rows).items()))
    records = sum(_fetch(lake, f"SELECT count(*) FROM {table}")[0][0] for table in _RECORDS)
    records += len(novels.conversations)
    if sum(fates.values()) != records:
        raise RuntimeError(f"fates {fates} do not add up to {records} records")
    with lake.transaction("curate: " + ", ".join(f"{n} {fate}" for fate, n in fates.items())):
        replace_rows(lake.connection, "conversations", novels.conversations, {})
        change = replace_rows(lake.connection, "samples", rows, {})
        lake.connection.execute("DELETE FROM runs WHERE kind = 'curate'")
        run = {"run_id": run_id, "kind": "curate", "inputs": json.dumps(asdict(config)), "results": json.dumps(fates)}
        replace_rows(lake.connection, "runs", [{**run, "seconds": 0.0}])
    return Curated(run_id, fates, change, False)


def _samples(lake: Lake, config: CurateConfig) -> Iterator[Sample]:
    questions = [
        {**row, "options": json.loads(row["options"]), "answer": json.loads(row["answer"])}
        for row in _rows(lake, _RECORDS["questions"])
    ]
    corrected = corrected_shares(questions)
    supports = dict(_supports(lake, config.min_support))
    for row in track(questions, "samples from questions"):
        sample = quiz_sample(row, config.samples, corrected.get(row["document_id"], 0.0))
        weak = "" if sample.refused else too_weak(supports.get(row["question_id"], "unknown"), config.min_support)
        yield replace(sample, refused=weak) if weak else sample
    for row in track(_rows(lake, _RECORDS["instructions"]), "samples from instructions"):
        yield instruct_sample(row)


def _supports(lake: Lake, least: str) -> list[tuple[str, str]]:
    """(question_id, support) of every question, where it matters."""
    return _fetch(lake, "SELECT question_id, support FROM support ORDER BY question_id") if least else []


def _casts(lake: Lake) -> dict[str, Cast | None]:
    """The cast of each novel's document, by the document's id; None where there is none."""
    documents = _fetch(
        lake,
        "SELECT document_id, source_id, kind, documents.title, text, origin, encoding, documents.sha256, novel "
        "FROM documents JOIN sources USING (source_id) WHERE kind = 'novel' ORDER BY document_id",
    )
    casts = {row[0]: cast_of(Document(*row)) for row in documents}
    return {document_id: parse_cast(toml) if toml else None for document_id, toml in casts.items()}


def _rows(lake: Lake, query: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = lake.connection.execute(query).to_arrow_table().to_pylist()
    return rows


def _settled(lake: Lake) -> dict[str, tuple[str, str]]:
    kept = _fetch(lake, "SELECT sample_id, split, cluster_id FROM samples WHERE fate = 'kept' ORDER BY sample_id")
    return {sample_id: (split, cluster_id) for sample_id, split, cluster_id in kept}


def _moved(lake: Lake, samples: list[Sample], settled: dict[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """What samples inherit that are settled ones under a new id: a word mended at the top of a novel moves all that
    follows, and with it the ids, but must not deal the splits anew."""
    gone = settled.keys() - {sample.sample_id for sample in samples}
    if not gone:
        return {}
    rows = _rows(
        lake,
        "SELECT sample_id, task, question_type, novel, messages, answer FROM samples WHERE fate = 'kept' "
        "ORDER BY sample_id",
    )
    heirs = {
        _content(row["task"], row["novel"], _uncarded(row), row["answer"]): settled[row["sample_id"]]
        for row in rows
        if row["sample_id"] in gone
    }
    return {
        sample.sample_id: heirs[content]
        for sample in samples
        if sample.sample_id not in settled
        and (content := _content(sample.task, sample.novel, sample.messages, sample.answer)) in heirs
    }


def _uncarded(row: dict[str, Any]) -> list[dict[str, str]]:
    """The turns without the role card, which is dealt only once the splits are known."""
    turns: list[dict[str, str]] = row["messages"]
    return [turn for turn in turns if row["question_type"] != "multi_turn" or turn["role"] != "system"]


def _content(task: str, novel: str, messages: Iterable[dict[str, str]], answer: str) -> str:
    return stable_id(task, novel, json.dumps(list(messages), ensure_ascii=False, sort_keys=True), answer)


def _records_state(lake: Lake) -> str:
    """A hash of all that the samples depend on, besides the config."""
    documents = _fetch(
        lake,
        "SELECT document_id, sha256(text), extractor, records, rejected, sources.title, kind, novel, seed "
        "FROM documents JOIN sources USING (source_id) ORDER BY document_id",
    )
    return stable_id(documents, code_fingerprint("corpora", "extractors", "warehouse"))  # casts and names too


def _fetch(lake: Lake, query: str) -> list[tuple[Any, ...]]:
    return lake.connection.execute(query).fetchall()
