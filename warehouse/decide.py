"""Candidate examples in, rows of the `samples` table out: the fate, cluster and split of each. Pure.

The examples are gone through several times, one after the other, and only what decides their fates is held.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import islice
from operator import attrgetter
from sys import intern
from typing import Any

from warehouse.decontaminate import Contamination, DecontaminateConfig, Text, contaminated
from warehouse.dedup import Item, Verdict, deduplicate
from warehouse.evidence.support import EvidenceConfig, MinSupport
from warehouse.fates import Fates
from warehouse.known_pairs import PairFinder
from warehouse.near import NearConfig, near_pairs
from warehouse.normalise import normalise, normalise_all
from warehouse.quality.words import RulesConfig
from warehouse.rows.cards import Line, SampleLines, with_lines
from warehouse.rows.conversations import ConversationConfig
from warehouse.samples import Sample, SampleConfig
from warehouse.splits import Candidate, Placed, SplitConfig, assign_splits

_NOTHING: Mapping[str, str] = {}
_TRAINED_ON = ("seed", "train")
_TOGETHER = 1000  # texts that are normalised at a time
_COLUMNS = [f.name for f in fields(Sample) if f.name not in ("seed", "core", "refused", "joined_to", "parts", "card")]
_values = attrgetter(*_COLUMNS)


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
    """What becomes of the samples, and by sample_id what each overlaps that was rejected for it."""

    samples: Iterable[Sample]
    fates: Fates
    lines: SampleLines  # that may stand on role cards
    card_lines: int
    contaminations: dict[str, Contamination]

    @property
    def rows(self) -> Iterator[dict[str, Any]]:
        """A row for each sample, in order, made as it is asked for."""
        for sample in self.samples:
            fate = self.fates.of(sample.sample_id)
            row = dict(zip(_COLUMNS, _values(sample), strict=True)) | fate._asdict()
            if sample.card and fate.fate == "kept":
                near = Line(sample.document_id, sample.character, sample.scene_id, sample.core)
                card = with_lines(sample.card, sample.character, self.lines.draw(near, self.card_lines))
                row["messages"] = ({"role": "system", "content": card}, *sample.messages)
            yield row


@dataclass(frozen=True, slots=True)
class _Known:
    """What is held of a sample that may be an example."""

    sample_id: str
    task: str
    question_type: str
    document_id: str
    character: str
    scene_id: str
    seed: bool
    answer: str
    parts: tuple[str, ...]


def decide(
    samples: Collection[Sample], settled: Mapping[str, tuple[str, str]], config: CurateConfig
) -> list[dict[str, Any]]:
    """The rows of `decision`, without benchmarks."""
    return list(decision(samples, settled, config).rows)


def decision(
    samples: Iterable[Sample],
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
    refused: dict[str, str] = {}
    joined: dict[str, str] = {}
    usable: list[_Known] = []
    items: list[Item] = []
    left = iter(samples)
    while some := list(islice(left, _TOGETHER)):
        refused |= {s.sample_id: s.refused for s in some if s.refused}
        joined |= {s.sample_id: s.joined_to for s in some if s.joined_to}
        fit = [s for s in some if not s.refused and not s.joined_to]
        usable += map(_known, fit)
        items += _items(fit, settled, merged)
    originals = set(merged.values())

    def rank(at: int) -> int:
        """Settled ones first, then what others were merged into, though it may be rejected, then these, then the new."""
        sample_id = usable[at].sample_id
        return 0 if sample_id in settled else 1 if sample_id in originals else 2 if sample_id in merged else 3

    order = sorted(range(len(usable)), key=rank)
    verdicts = deduplicate([items[at] for at in order], config.near, find)
    del items
    kept = [usable[at] for at in order]
    kept = [s for s in kept if not verdicts[s.sample_id].duplicate_of and not verdicts[s.sample_id].straddles]
    placed = assign_splits(
        [
            Candidate(
                s.sample_id,
                intern(f"{s.task}/{s.question_type}"),
                verdicts[s.sample_id].cluster,
                s.scene_id,
                s.seed,
                settled.get(s.sample_id, ("", ""))[0],
            )
            for s in kept
        ],
        config.split,
    )
    placed |= _mixed(kept, verdicts, placed, usable, config.near)
    held_out = _Texts(samples, placed, settled, ("valid", "test")) if config.decontaminate.held_out else ()
    overlapping = contaminated(
        _Texts(samples, placed, settled, _TRAINED_ON), [*held_out, *benchmarks], config.decontaminate, judged
    )
    placed |= {sample_id: Placed("", found.reason) for sample_id, found in overlapping.items()}
    # A cluster keeps the id it was given when its first member was settled.
    names = {verdicts[i].cluster: cluster for i, (_, cluster) in reversed(list(settled.items())) if i in verdicts}
    names = {cluster: name for cluster, name in names.items() if cluster != name}
    fates = Fates(verdicts, placed, refused, joined, settled, names)
    fates.follow(s.sample_id for s in usable)
    talks = config.samples.conversations
    return Decision(samples, fates, _card_lines(usable, fates, talks), talks.card_lines, overlapping)


def _known(sample: Sample) -> _Known:
    return _Known(
        sample.sample_id,
        intern(sample.task),
        intern(sample.question_type),
        intern(sample.document_id),
        intern(sample.character),
        intern(sample.scene_id),
        sample.seed,
        sample.answer if sample.task == "roleplay" else "",
        sample.parts,
    )


def _items(
    samples: Sequence[Sample], settled: Mapping[str, tuple[str, str]], merged: Mapping[str, str]
) -> Iterator[Item]:
    for s, words in zip(samples, normalise_all([s.core for s in samples]), strict=True):
        split, before = settled.get(s.sample_id, ("", ""))[0], merged.get(s.sample_id, "")
        yield Item(s.sample_id, intern(s.task), words, s.reference, s.task == "quiz", split, before)


@dataclass(frozen=True, slots=True)
class _Texts:
    """The words of the samples that stand in some of the `splits`, each time they are gone through."""

    samples: Iterable[Sample]
    placed: Mapping[str, Placed]
    settled: Mapping[str, tuple[str, str]]
    splits: tuple[str, ...]

    def __iter__(self) -> Iterator[Text]:
        for s in self.samples:
            if (placed := self.placed.get(s.sample_id)) and placed.split in self.splits:
                settled = s.sample_id in self.settled
                yield Text(s.sample_id, s.task, s.core, placed.split, s.document_id, settled, novel=s.novel)


def _mixed(
    kept: Sequence[_Known],
    verdicts: Mapping[str, Verdict],
    placed: Mapping[str, Placed],
    usable: Iterable[_Known],
    near: NearConfig,
) -> dict[str, Placed]:
    """A refusal for each conversation that shows a line which belongs to another split by its words.

    A line that is no example itself does not tie its scene: one that would have straddled two splits, and one that was
    merged into a row elsewhere, unless it is so short that anybody might say it.
    """
    homes = {verdicts[s.sample_id].cluster: placed[s.sample_id].split for s in kept if placed[s.sample_id].split}
    loose = {part for s in kept for part in s.parts if part in verdicts and not (part in placed and placed[part].split)}
    answers = {s.sample_id: s.answer for s in usable if s.sample_id in loose}
    refused: dict[str, Placed] = {}
    for talk in kept:
        split = placed[talk.sample_id].split
        for part in talk.parts if split else ():
            if part not in loose:
                continue
            verdict = verdicts[part]
            home = homes.get(verdict.cluster, split)
            elsewhere = home != split and not (home in _TRAINED_ON and split in _TRAINED_ON)
            if verdict.straddles or (elsewhere and len(normalise(answers[part])) >= near.merge_from):
                refused[talk.sample_id] = Placed("", f"shows a line that is tied to {verdict.straddles or home}")
                break
    return refused


def _card_lines(usable: Sequence[_Known], fates: Fates, config: ConversationConfig) -> SampleLines:
    """The lines from which those on a conversation's role card are drawn: what characters say in rows that are trained on.

    Never the words of any held-out row of the document. Other documents do not count: what comes in later changes no card.
    """
    if not any(s.parts for s in usable):
        return SampleLines((), config.seed)
    lines = [(s, fates.of(s.sample_id).split) for s in usable if s.task == "roleplay" and not s.parts]
    held_out = {(s.document_id, normalise(s.answer)) for s, split in lines if split and split not in _TRAINED_ON}
    return SampleLines(
        (
            Line(s.document_id, s.character, s.scene_id, s.answer)
            for s, split in lines
            if split in _TRAINED_ON
            and config.line_from <= len(s.answer) <= config.line_to
            and (s.document_id, normalise(s.answer)) not in held_out
        ),
        config.seed,
    )
