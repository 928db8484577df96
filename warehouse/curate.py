"""The lake's records in, its `samples` table out: every record kept, merged or rejected with a reason."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from corpora.files import stable_id
from corpora.progress import track
from warehouse.dedup import Item, Verdict, deduplicate
from warehouse.fingerprint import code_fingerprint
from warehouse.lake import Lake
from warehouse.near import NearConfig
from warehouse.samples import Sample, SampleConfig, instruct_sample, quiz_sample, roleplay_sample
from warehouse.splits import Candidate, Placed, SplitConfig, assign_splits
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


@dataclass(frozen=True)
class CurateConfig:
    """How records become samples, which of them are the same, and how they are split."""

    samples: SampleConfig = field(default_factory=SampleConfig)
    near: NearConfig = field(default_factory=NearConfig)
    split: SplitConfig = field(default_factory=SplitConfig)


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
    run_id = stable_id("curate", _records_state(lake), json.dumps(asdict(config), sort_keys=True))
    fates = dict(_fetch(lake, "SELECT fate, count(*)::INTEGER FROM samples GROUP BY fate ORDER BY fate"))
    last = _fetch(lake, "SELECT run_id FROM runs WHERE kind = 'curate'")
    if last and last[0][0] == run_id:
        return Curated(run_id, fates, Change(unchanged=sum(fates.values())), True)
    samples, settled = list(_samples(lake, config.samples)), _settled(lake)
    rows = decide(samples, settled | _moved(lake, samples, settled), config)
    fates = dict(sorted(Counter(row["fate"] for row in rows).items()))
    records = sum(_fetch(lake, f"SELECT count(*) FROM {table}")[0][0] for table in _RECORDS)
    if sum(fates.values()) != records:
        raise RuntimeError(f"fates {fates} do not add up to {records} records")
    with lake.transaction("curate: " + ", ".join(f"{n} {fate}" for fate, n in fates.items())):
        change = replace_rows(lake.connection, "samples", rows, {})
        lake.connection.execute("DELETE FROM runs WHERE kind = 'curate'")
        run = {"run_id": run_id, "kind": "curate", "inputs": json.dumps(asdict(config)), "results": json.dumps(fates)}
        replace_rows(lake.connection, "runs", [{**run, "seconds": 0.0}])
    return Curated(run_id, fates, change, False)


def decide(samples: list[Sample], settled: dict[str, tuple[str, str]], config: CurateConfig) -> list[dict[str, Any]]:
    """Rows of the `samples` table: the fate, cluster and split of each sample. Pure.

    `settled` maps the id of each sample kept before to its (split, cluster_id).
    """
    usable = [s for s in samples if not s.refused]
    usable.sort(key=lambda s: s.sample_id not in settled)  # stable: settled ones first, else the order given
    items = [
        Item(s.sample_id, s.task, s.core, s.reference, s.task == "quiz", settled.get(s.sample_id, ("", ""))[0])
        for s in usable
    ]
    verdicts = deduplicate(items, config.near)
    kept = [s for s in usable if not verdicts[s.sample_id].duplicate_of and not verdicts[s.sample_id].straddles]
    placed = assign_splits(
        [
            Candidate(
                s.sample_id,
                f"{s.task}/{s.question_type}",
                verdicts[s.sample_id].cluster,
                s.scene_id,
                s.seed,
                settled.get(s.sample_id, ("", ""))[0],
            )
            for s in kept
        ],
        config.split,
    )
    # A cluster keeps the id it was given when its first member was settled.
    names = {verdicts[i].cluster: cluster for i, (_, cluster) in reversed(settled.items()) if i in verdicts}
    return [_row(s, verdicts.get(s.sample_id), placed.get(s.sample_id), names, settled) for s in samples]


def _row(
    sample: Sample,
    verdict: Verdict | None,
    placed: Placed | None,
    names: dict[str, str],
    settled: dict[str, tuple[str, str]],
) -> dict[str, Any]:
    row = asdict(sample)
    for key in ("seed", "core", "refused"):
        del row[key]
    row.update(cluster_id="", split="", fate="rejected", reason=sample.refused, duplicate_of="")
    if verdict is None:
        return row
    row["cluster_id"] = settled.get(sample.sample_id, ("", names.get(verdict.cluster, verdict.cluster)))[1]
    if verdict.duplicate_of:
        row.update(fate="merged", reason=verdict.reason, duplicate_of=verdict.duplicate_of)
    elif verdict.straddles:
        row["reason"] = f"would straddle {verdict.straddles} (near-duplicate)"
    elif placed and placed.split:
        row.update(fate="kept", split=placed.split)
    elif placed:
        row["reason"] = placed.reason
    return row


def _samples(lake: Lake, config: SampleConfig) -> Iterator[Sample]:
    utterances = _rows(lake, _RECORDS["utterances"])
    lines = Counter((row["novel"], row["speaker"]) for row in utterances if row["kind"] in config.kinds)
    previous = None
    for row in track(utterances, "samples from utterances"):
        same = previous and all(previous[key] == row[key] for key in ("document_id", "chapter", "scene"))
        yield roleplay_sample(row, previous if same else None, lines[row["novel"], row["speaker"]], config)
        if row["kind"] in config.kinds:  # a term that the narrator quotes is nobody's turn
            previous = row
    for row in track(_rows(lake, _RECORDS["questions"]), "samples from questions"):
        yield quiz_sample({**row, "options": json.loads(row["options"]), "answer": json.loads(row["answer"])})
    for row in track(_rows(lake, _RECORDS["instructions"]), "samples from instructions"):
        yield instruct_sample(row)


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
        lake, "SELECT sample_id, task, novel, messages, answer FROM samples WHERE fate = 'kept' ORDER BY sample_id"
    )
    heirs = {
        _content(row["task"], row["novel"], row["messages"], row["answer"]): settled[row["sample_id"]]
        for row in rows
        if row["sample_id"] in gone
    }
    return {
        sample.sample_id: heirs[content]
        for sample in samples
        if sample.sample_id not in settled
        and (content := _content(sample.task, sample.novel, sample.messages, sample.answer)) in heirs
    }


def _content(task: str, novel: str, messages: Iterable[dict[str, str]], answer: str) -> str:
    return stable_id(task, novel, json.dumps(list(messages), ensure_ascii=False, sort_keys=True), answer)


def _records_state(lake: Lake) -> str:
    """A hash of all that the samples depend on, besides the config."""
    documents = _fetch(
        lake,
        "SELECT document_id, sha256(text), extractor, records, rejected, sources.title, kind, novel, seed "
        "FROM documents JOIN sources USING (source_id) ORDER BY document_id",
    )
    return stable_id(documents, code_fingerprint("warehouse"))


def _fetch(lake: Lake, query: str) -> list[tuple[Any, ...]]:
    return lake.connection.execute(query).fetchall()
