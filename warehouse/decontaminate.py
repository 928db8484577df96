"""Rows to train on and held-out texts in; the rows that must go because they overlap a held-out text, each with that text,
out. Pure.

Near-copies share a cluster already and so a split. What gets past that is rewritten: another name for the hero, a clause
in another place, a question inside a longer one.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

import numpy as np

from warehouse.canonical import canonical_all
from warehouse.overlap import HeldOut, Overlap
from warehouse.swapped import HeldNames

_BLOCK = 20_000  # rows that are held against the held-out texts at a time
BENCHMARK = "benchmark"  # where a text stands that is no row of the lake


@dataclass(frozen=True)
class DecontaminateConfig:
    """Which rows overlap what they are tested on. docs/curation.md says how many copies of each kind are caught."""

    held_out: bool = True  # the splits valid and test
    against: tuple[str, ...] = ()  # paths of benchmark files, in any format that `huaben ingest` reads
    ngram: int = 3  # characters of a piece
    share: float = 0.5  # least share of a text's pieces that stand in the other
    least: int = 12  # pieces a text must have; shorter ones overlap only where all their characters are the same
    template_from: int = 20  # rows of a document that hold one and the same line: it is wording, and not compared

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise ValueError(f"share is {self.share}; it must be above 0 and at most 1")
        for name in ("ngram", "least", "template_from"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least 1")


@dataclass(frozen=True, slots=True)
class Text:
    """A row or a benchmark's text. `where` is its split, or `benchmark`; `place` where in which file a benchmark has it.

    `settled` is a row that had this split before.
    """

    text_id: str
    task: str  # empty for a benchmark's text of no known task
    words: str
    where: str
    document_id: str
    settled: bool = False
    place: str = ""
    novel: str = ""  # by whose cast its names are read; empty: by all


@dataclass(frozen=True, slots=True)
class Contamination:
    """A row that must go, and the text that it overlaps most: `other_share` of that text's pieces stand in the row, and
    `own_share` of the row's in it. `others` counts all texts that it overlaps."""

    sample_id: str
    other: Text
    other_share: float
    own_share: float
    others: int = 1

    @property
    def reason(self) -> str:
        """One line that names the pair."""
        kind = {"valid": "held-out", "test": "held-out", BENCHMARK: "benchmark"}.get(self.other.where, "trained-on")
        place = self.other.place or self.other.where
        return (
            f"overlaps {kind} text of {self.other.text_id} ({place}): {self.other_share:.0%} of it, "
            f"{self.own_share:.0%} of this row"
        )


def contaminated(
    trained: Iterable[Text], held_out: Sequence[Text], config: DecontaminateConfig, judged: bool = False
) -> dict[str, Contamination]:
    """The rows that must go, by id: those of `trained`, which is gone through more than once, that overlap a text of
    `held_out`.

    A row that is settled stays where it is, though: a new held-out row that overlaps it goes in its place. Two settled
    rows are left alone when `judged`, that is, when they were compared by this config before. Of two texts of one task
    one must hold `share` of the other; of two tasks, the row must hold `share` of the held-out text.
    """
    if not held_out:
        return {}
    pairs = [
        (row, text, pair)
        for row, text, pair in _pairs(trained, held_out, config)
        if _counts(row, text, pair, config, judged)
    ]
    late = {text.text_id for row, text, _ in pairs if row.settled and not text.settled and text.where != BENCHMARK}
    found = [
        Contamination(row.text_id, text, pair.held, pair.other)
        if text.text_id not in late
        else Contamination(text.text_id, row, pair.other, pair.held)
        for row, text, pair in pairs
        if text.text_id not in late or row.settled
    ]
    return _worst(found)


def _pairs(
    trained: Iterable[Text], held_out: Sequence[Text], config: DecontaminateConfig
) -> Iterator[tuple[Text, Text, Overlap]]:
    """Each row and held-out text that overlap, a block of rows at a time."""
    wording = _templates(trained, held_out, config.template_from)
    held = HeldOut(_compared(held_out, wording), config.ngram, config.least, config.share)
    names = HeldNames([text.words for text in held_out], [text.novel for text in held_out])
    rows = iter(trained)
    while block := list(islice(rows, _BLOCK)):
        met = {(p.held_at, p.other_at): p for p in held.overlaps(_compared(block, wording))}
        same = names.same([row.words for row in block], [row.novel for row in block])
        met |= {(h, o): Overlap(h, o, 1.0, 1.0) for h, o in same}
        yield from ((block[o], held_out[h], pair) for (h, o), pair in met.items())


def _compared(texts: Sequence[Text], wording: frozenset[int]) -> list[str]:
    return canonical_all([_without(text.words, wording) for text in texts], [text.novel for text in texts])


def _counts(row: Text, text: Text, pair: Overlap, config: DecontaminateConfig, judged: bool) -> bool:
    if judged and row.settled and text.settled:
        return False
    return pair.held >= config.share or row.task == text.task or not text.task


def _worst(found: Iterable[Contamination]) -> dict[str, Contamination]:
    by_row: defaultdict[str, list[Contamination]] = defaultdict(list)
    for contamination in found:
        by_row[contamination.sample_id].append(contamination)
    return {
        sample_id: replace(
            min(all_of_it, key=lambda c: (-max(c.other_share, c.own_share), c.other.text_id)), others=len(all_of_it)
        )
        for sample_id, all_of_it in sorted(by_row.items())
    }


def _templates(trained: Iterable[Text], held_out: Iterable[Text], least: int) -> frozenset[int]:
    """Lines that so many texts of one document have, by their hashes: a fixed instruction, 王熙凤笑道：. Names and short
    answers are none."""
    found = array("q")  # two hashes a line: in its document, and of it alone
    for text in chain(trained, held_out):
        for line in set(_lines(text.words)):
            found.extend((hash((text.document_id, line)), hash(line)))
    hashes = np.frombuffer(found, np.int64).reshape(-1, 2)
    _, first, times = np.unique(hashes[:, 0], return_index=True, return_counts=True)
    return frozenset(hashes[first[times >= least], 1].tolist())


def _lines(words: str) -> Iterator[str]:
    return (line for line in words.split("\n") if len(line) > 3)


def _without(words: str, wording: frozenset[int]) -> str:
    return "\n".join(line for line in words.split("\n") if hash(line) not in wording)
