"""The lake's records in, its `samples` table out: every record kept, merged or rejected with a reason."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from sys import intern
from typing import Any

from corpora.casts import cast_of
from corpora.files import stable_id
from corpora.progress import track
from extractors.cast import Cast, parse_cast
from warehouse.accounts import check_fates
from warehouse.against import benchmark_state, benchmark_texts
from warehouse.annotations_apply import Marks, accepted, accepted_ids, refusals, state, take_in
from warehouse.decide import CurateConfig, Decision, decision
from warehouse.decontaminate import Contamination
from warehouse.engine import HERE, Engine
from warehouse.evidence.support import too_weak
from warehouse.fingerprint import code_fingerprint
from warehouse.known_pairs import PairFinder, known_pairs
from warehouse.lake import Lake
from warehouse.near import near_pairs
from warehouse.novel_texts import novel_texts
from warehouse.quality.sift import Sifted, sift
from warehouse.records import RECORDS, Records
from warehouse.rows.novels import novel_samples
from warehouse.rows.quiz import corrected_shares
from warehouse.samples import Sample, instruct_sample, quiz_sample
from warehouse.spool import Spool
from warehouse.tables import Change, replace_rows

_TOGETHER = 10_000  # rows that are read at a time


@dataclass(frozen=True, slots=True)
class Curated:
    """What curation did. `fates` counts samples by fate; `change` is empty when nothing had to be done."""

    run_id: str
    fates: dict[str, int]
    change: Change
    done_before: bool


def curate(lake: Lake, config: CurateConfig, engine: Engine = HERE) -> Curated:
    """Bring `samples` up to date with the records, in one transaction.

    Does nothing when the records, the config, its benchmark files and the code are those of the last curation. Samples
    that have a split keep it. Raises RuntimeError if the fates do not add up to the records; nothing is written then.
    Raises BadInput when a benchmark file cannot be read.
    """
    marks = take_in(lake)
    since = lake.snapshot()
    records_state = _records_state(lake), _supports(lake, config.min_support), state(marks)
    run_id = stable_id(
        "curate",
        *records_state,
        benchmark_state(config.decontaminate.against),
        json.dumps(asdict(config), sort_keys=True),
    )
    fates = dict(_fetch(lake, "SELECT fate, count(*)::INTEGER FROM samples GROUP BY fate ORDER BY fate"))
    last = _fetch(lake, "SELECT run_id FROM runs WHERE kind = 'curate'")
    if last and last[0][0] == run_id:
        return Curated(run_id, fates, Change(unchanged=sum(fates.values())), True)
    made = plan(lake, config, marks, known_pairs(lake.home / "near", engine=engine))
    fates = made.decision.fates.counts()
    label = "curate: " + ", ".join(f"{n} {fate}" for fate, n in fates.items())
    with lake.transaction(label, since, ("documents", "samples", *RECORDS)):
        replace_rows(lake.connection, "conversations", made.conversations, {})
        change = replace_rows(lake.connection, "samples", made.decision.rows, {})
        replace_rows(
            lake.connection, "contaminations", [_overlap_row(c) for c in made.decision.contaminations.values()], {}
        )
        check_fates(lake)
        lake.connection.execute("DELETE FROM runs WHERE kind = 'curate'")
        run = {"run_id": run_id, "kind": "curate", "inputs": json.dumps(asdict(config)), "results": json.dumps(fates)}
        replace_rows(lake.connection, "runs", [{**run, "seconds": 0.0}])
    return Curated(run_id, fates, change, False)


@dataclass(frozen=True, slots=True)
class Plan:
    """What curation would write: the rows of `samples` with what they overlap, those of `conversations`, and what each
    quality rule says."""

    decision: Decision
    conversations: list[dict[str, Any]] | Spool[dict[str, Any]]
    sifted: Sifted


def plan(lake: Lake, config: CurateConfig, marks: Marks, find: PairFinder = near_pairs) -> Plan:
    """What the records become, as people have corrected them (`marks`); nothing is written to the lake. Samples wait on disk,
    where DuckDB's own rows do."""
    (spills,) = _fetch(lake, "SELECT current_setting('temp_directory')")[0]
    keep = partial(Spool, Path(spills))
    utterances = Records(lake, "utterances")
    novels = novel_samples(utterances.mended(marks), _casts(lake), config.samples, keep)
    reasons = refusals("utterances", utterances, marks)
    total = len(novels.samples) + len(Records(lake, "questions")) + len(Records(lake, "instructions"))
    candidates = _refused(chain(novels.samples, _samples(lake, config, marks)), reasons)
    sifted = sift(candidates, config.rules, accepted_ids(marks), keep, total)
    settled = _settled(lake)
    benchmarks = [text for path in config.decontaminate.against for text in benchmark_texts(Path(path))]
    settled |= _moved(lake, sifted.samples, settled)
    merged = dict(_fetch(lake, "SELECT sample_id, duplicate_of FROM samples WHERE fate = 'merged' ORDER BY ALL"))
    decided = decision(sifted.samples, settled, config, benchmarks, _judged_before(lake, config), merged, find)
    return Plan(decided, novels.conversations, sifted)


def _judged_before(lake: Lake, config: CurateConfig) -> bool:
    """Whether the last curation held the rows against each other as this one would."""
    last = _fetch(lake, "SELECT inputs FROM runs WHERE kind = 'curate'")
    before = json.loads(last[0][0]).get("decontaminate", {}) if last else {}
    now = json.loads(json.dumps(asdict(config.decontaminate)))
    return bool(before) and {**before, "against": []} == {**now, "against": []}


def _overlap_row(found: Contamination) -> dict[str, Any]:
    return {
        "sample_id": found.sample_id, "other_id": found.other.text_id, "place": found.other.place or found.other.where,
        "other_share": found.other_share, "own_share": found.own_share, "others": found.others,
        "words": found.other.words,
    }  # fmt: skip


def _refused(samples: Iterable[Sample], reasons: Mapping[str, str]) -> Iterator[Sample]:
    """The samples, those whose record a person has rejected with the reason."""
    return (replace(s, refused=reasons[s.record_id]) if s.record_id in reasons else s for s in samples)


def _samples(lake: Lake, config: CurateConfig, marks: Marks) -> Iterator[Sample]:
    asked, told = Records(lake, "questions"), Records(lake, "instructions")
    reasons = refusals("questions", asked, marks) | refusals("instructions", told, marks)
    yield from _refused(_uncensored(lake, config, marks, asked, told), reasons)


def _uncensored(lake: Lake, config: CurateConfig, marks: Marks, asked: Records, told: Records) -> Iterator[Sample]:
    checked = accepted("questions", asked, marks)
    questions = [
        {**row, "options": json.loads(row["options"]), "answer": json.loads(row["answer"])}
        for row in asked.mended(marks)
    ]
    shares = corrected_shares(questions)
    supports = dict(_supports(lake, config.min_support))
    for row in track(questions, "samples from questions"):
        sample = quiz_sample(row, config.samples, shares.get(row["document_id"], 0.0))
        support = "supported" if row["question_id"] in checked else supports.get(row["question_id"], "unknown")
        weak = "" if sample.refused else too_weak(support, config.min_support)
        yield replace(sample, refused=weak) if weak else sample
    for row in track(told, "samples from instructions"):
        yield instruct_sample(row)


def _supports(lake: Lake, least: str) -> list[tuple[str, str]]:
    """(question_id, support) of every question, where it matters."""
    return _fetch(lake, "SELECT question_id, support FROM support ORDER BY question_id") if least else []


def _casts(lake: Lake) -> dict[str, Cast | None]:
    """The cast of each novel's document, by the document's id; None where there is none."""
    casts = {novel.document_id: cast_of(novel) for novel in novel_texts(lake)}
    return {document_id: parse_cast(toml) if toml else None for document_id, toml in casts.items()}


def _each(lake: Lake, query: str) -> Iterator[tuple[Any, ...]]:
    """The rows, not all at once; nothing else may be asked of the lake meanwhile."""
    found = lake.connection.execute(query)
    while some := found.fetchmany(_TOGETHER):
        yield from some


def _settled(lake: Lake) -> dict[str, tuple[str, str]]:
    kept = _each(lake, "SELECT sample_id, split, cluster_id FROM samples WHERE fate = 'kept' ORDER BY sample_id")
    return {
        sample_id: (intern(split), sample_id if cluster_id == sample_id else cluster_id)
        for sample_id, split, cluster_id in kept
    }


def _moved(lake: Lake, samples: Iterable[Sample], settled: dict[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """What samples inherit that are settled ones under a new id: a word mended at the top of a novel moves all that
    follows, and with it the ids, but must not deal the splits anew."""
    gone = settled.keys() - {sample.sample_id for sample in samples}
    if not gone:
        return {}
    rows = _each(
        lake,
        "SELECT sample_id, task, question_type, novel, messages, answer FROM samples WHERE fate = 'kept' "
        "ORDER BY sample_id",
    )
    heirs = {
        _content(task, novel, _uncarded(kind, messages), answer): settled[sample_id]
        for sample_id, task, kind, novel, messages, answer in rows
        if sample_id in gone
    }
    return {
        sample.sample_id: heirs[content]
        for sample in samples
        if sample.sample_id not in settled
        and (content := _content(sample.task, sample.novel, sample.messages, sample.answer)) in heirs
    }


def _uncarded(kind: str, turns: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    """The turns without the role card, which is dealt only once the splits are known."""
    return [turn for turn in turns if kind != "multi_turn" or turn["role"] != "system"]


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
