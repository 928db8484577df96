"""Candidate examples in, rows of the `samples` table out: the fate, cluster and split of each. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from warehouse.decontaminate import Contamination, DecontaminateConfig, Text, contaminated
from warehouse.dedup import Item, Verdict, deduplicate
from warehouse.evidence.support import EvidenceConfig, MinSupport
from warehouse.known_pairs import PairFinder
from warehouse.near import NearConfig, near_pairs
from warehouse.normalise import normalise
from warehouse.quality.words import RulesConfig
from warehouse.rows.cards import Line, SampleLines, with_lines
from warehouse.rows.conversations import ConversationConfig
from warehouse.samples import Sample, SampleConfig
from warehouse.splits import Candidate, Placed, SplitConfig, assign_splits

_NOTHING: Mapping[str, str] = {}
_TRAINED_ON = ("seed", "train")
_COLUMNS = [f.name for f in fields(Sample) if f.name not in ("seed", "core", "refused", "joined_to", "parts", "card")]


@dataclass(frozen=True)
class CurateConfig:
    """How records become samples, which of them are the same, and how they are split."""

    samples: SampleConfig = field(default_factory=SampleConfig)
    evidence: EvidenceConfig = field(default_factory=EvidenceConfig)
    min_support: MinSupport = (
        ""  # what the novel must say to a question's answer for it to be an example; empty: anything
    )
    rules: RulesConfig = field(default_factory=RulesConfig)
    near: NearConfig = field(default_factory=NearConfig)
    split: SplitConfig = field(default_factory=SplitConfig)
    decontaminate: DecontaminateConfig = field(default_factory=DecontaminateConfig)


@dataclass(frozen=True, slots=True)
class Decision:
    """A row for each sample, in order, and by sample_id what each row overlaps that was rejected for it."""

    rows: list[dict[str, Any]]
    contaminations: dict[str, Contamination]


def decide(
    samples: Sequence[Sample], settled: Mapping[str, tuple[str, str]], config: CurateConfig
) -> list[dict[str, Any]]:
    """The rows of `decision`, without benchmarks."""
    return decision(samples, settled, config).rows


def decision(
    samples: Sequence[Sample],
    settled: Mapping[str, tuple[str, str]],
    config: CurateConfig,
    benchmarks: Sequence[Text] = (),
    judged: bool = False,
    merged: Mapping[str, str] = _NOTHING,
    find: PairFinder = near_pairs,
) -> Decision:
    """What becomes of each sample. `settled` maps the id of each sample kept before to its (split, cluster_id);
    `judged` when these were held against each other before, by the same `config.decontaminate`. `merged` maps the ids of
    those merged before to what they were merged into: both come before what is new, and stay what they were. `find`
    gives pairs of near-duplicates."""
    usable = [s for s in samples if not s.refused and not s.joined_to]
    # Stable: settled ones first, then what others were merged into, though it may be rejected, then these, then the new.
    ranks = {**dict.fromkeys(merged, 2), **dict.fromkeys(merged.values(), 1), **dict.fromkeys(settled, 0)}
    usable.sort(key=lambda s: ranks.get(s.sample_id, 3))
    items = [
        Item(
            s.sample_id,
            s.task,
            s.core,
            s.reference,
            s.task == "quiz",
            settled.get(s.sample_id, ("", ""))[0],
            merged.get(s.sample_id, ""),
        )
        for s in usable
    ]
    verdicts = deduplicate(items, config.near, find)
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
    placed |= _mixed(kept, verdicts, placed, {s.sample_id: s for s in samples}, config.near)
    texts = [_text(s, placed[s.sample_id].split, s.sample_id in settled) for s in kept if placed[s.sample_id].split]
    overlapping = contaminated(
        [text for text in texts if text.where in _TRAINED_ON],
        [text for text in texts if text.where not in _TRAINED_ON and config.decontaminate.held_out] + list(benchmarks),
        config.decontaminate,
        judged,
    )
    placed |= {sample_id: Placed("", found.reason) for sample_id, found in overlapping.items()}
    # A cluster keeps the id it was given when its first member was settled.
    names = {verdicts[i].cluster: cluster for i, (_, cluster) in reversed(list(settled.items())) if i in verdicts}
    rows = {s.sample_id: _row(s, verdicts.get(s.sample_id), placed.get(s.sample_id), names, settled) for s in samples}
    for row in rows.values():
        if row["duplicate_of"]:  # a copy stays with its original where two settled clusters have come to hang together
            row["cluster_id"] = rows[row["duplicate_of"]]["cluster_id"]
    for sample in samples:
        if sample.joined_to:
            rows[sample.sample_id] |= _joined(rows[sample.joined_to])
    _deal_cards(samples, rows, config.samples.conversations)
    return Decision(list(rows.values()), overlapping)


def _text(sample: Sample, split: str, settled: bool) -> Text:
    return Text(sample.sample_id, sample.task, sample.core, split, sample.document_id, settled, novel=sample.novel)


def _row(
    sample: Sample,
    verdict: Verdict | None,
    placed: Placed | None,
    names: Mapping[str, str],
    settled: Mapping[str, tuple[str, str]],
) -> dict[str, Any]:
    row = {name: getattr(sample, name) for name in _COLUMNS}  # asdict would copy every turn, in half the time of all
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


def _joined(whole: Mapping[str, Any]) -> dict[str, Any]:
    """What becomes of an utterance that is a part of the answer of `whole`."""
    reason = f"joined: its words are in the answer of {whole['sample_id']}"
    if whole["fate"] == "rejected":
        return {"reason": whole["reason"]}
    return {"fate": "merged", "reason": reason, "duplicate_of": whole["sample_id"], "cluster_id": whole["cluster_id"]}


def _mixed(
    kept: Sequence[Sample],
    verdicts: Mapping[str, Verdict],
    placed: Mapping[str, Placed],
    samples: Mapping[str, Sample],
    near: NearConfig,
) -> dict[str, Placed]:
    """A refusal for each conversation that shows a line which belongs to another split by its words.

    A line that is no example itself does not tie its scene: one that would have straddled two splits, and one that was
    merged into a row elsewhere, unless it is so short that anybody might say it.
    """
    homes = {verdicts[s.sample_id].cluster: placed[s.sample_id].split for s in kept if placed[s.sample_id].split}
    refused: dict[str, Placed] = {}
    for talk in kept:
        split = placed[talk.sample_id].split
        for part in talk.parts if split else ():
            verdict = verdicts.get(part)
            if verdict is None or (part in placed and placed[part].split):
                continue
            home = homes.get(verdict.cluster, split)
            elsewhere = home != split and not (home in _TRAINED_ON and split in _TRAINED_ON)
            if verdict.straddles or (elsewhere and len(normalise(samples[part].answer)) >= near.merge_from):
                refused[talk.sample_id] = Placed("", f"shows a line that is tied to {verdict.straddles or home}")
                break
    return refused


def _deal_cards(samples: Sequence[Sample], rows: Mapping[str, dict[str, Any]], config: ConversationConfig) -> None:
    """Put before each conversation its role card, with lines that the character says in rows that are trained on.

    Never with a line of the conversation's own scene, nor with the words of any held-out row of the document. Other
    documents do not count: what comes in later changes no card.
    """
    talks = [s for s in samples if s.card and rows[s.sample_id]["fate"] == "kept"]
    if not talks:
        return
    lines = [s for s in samples if s.task == "roleplay" and not s.parts and rows[s.sample_id]["fate"] == "kept"]
    held_out = {(s.document_id, normalise(s.answer)) for s in lines if rows[s.sample_id]["split"] not in _TRAINED_ON}
    pool = SampleLines(
        (
            Line(s.document_id, s.character, s.scene_id, s.answer)
            for s in lines
            if config.line_from <= len(s.answer) <= config.line_to
            and (s.document_id, normalise(s.answer)) not in held_out
        ),
        config.seed,
    )
    for talk in talks:
        near = Line(talk.document_id, talk.character, talk.scene_id, talk.core)
        card = with_lines(talk.card, talk.character, pool.draw(near, config.card_lines))
        rows[talk.sample_id]["messages"] = ({"role": "system", "content": card}, *talk.messages)
