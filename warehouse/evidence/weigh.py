"""A possible answer and the stem's words in; how much the novel has the one near the other out."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from warehouse.evidence.field import density
from warehouse.evidence.index import BLOCK
from warehouse.evidence.letters import Array, bare
from warehouse.evidence.novel import Novel

# Set on the banks of short answers, see docs/decisions.md; all of them may be half or double at little cost.
_SOFT = 8.0  # bits; a place so much nearer to the stem's words counts e times
_PRIOR = 0.15  # nats for e times the mentions: people who are named more are asked about more
_LOOSE = 0.7  # where an answer is not found word for word: of the most of its words that stand together anywhere
_WHOLE = 16  # letters; words for which an answer of more is sought need not all be there
_LEAST = -50.0  # nats, for what is nowhere
_SHORT = 2  # letters; an answer of no more is sought with the letter before or behind its blank


@dataclass(frozen=True)
class Weighed:
    """How an answer stands to a stem.

    `lift` (nats): how much likelier the stem's words are near the answer than anywhere in the novel. `surprise`
    (nats): minus the logarithm of the chance that words which stand as often come as near at random. `coverage` (0 to
    1): how much of the answer's words stands together. `position` (letters) is the nearest place, -1 for none.
    """

    text: str
    lift: float = _LEAST
    surprise: float = 0.0
    coverage: float = 0.0
    position: int = -1

    @property
    def strength(self) -> float:
        """The evidence in nats; lift and surprise together tell true answers from swapped ones better than either."""
        return self.lift + 2.0 * self.surprise


def weigh(answer: str, near: Array, novel: Novel, stem: str = "", as_written: bool = False) -> Weighed:
    """The answer against `near`, the density of the stem's words (`Novel.near`).

    The lift is the mean over the answer's places of exp(bits near it / 8), over the same mean of all places: the
    likelihood ratio of a passage in which the answer stands, so that people who are everywhere have no advantage.
    With `stem`, short answers are first sought together with a letter beside their blank (____斤 with 三: 三斤).
    `as_written`: a person is sought by this name alone.
    """
    top = float(near.max(initial=0.0))
    positions = _joined(stem, answer, novel)
    if not len(positions):
        positions = novel.positions(answer, as_written)
    if len(positions):
        blocks = np.unique(positions // BLOCK)
        missing, coverage = np.zeros(len(blocks), dtype=np.float32), 1.0
    elif as_written and novel.people.named(bare(answer)):  # told in other words it would be the person by any name
        return Weighed(answer)
    else:
        blocks, missing, coverage = _loosely(answer, novel)
    if not len(blocks) or top <= 0:
        return Weighed(answer)
    reached = near[blocks] - missing
    best = int(reached.argmax())
    at = int(blocks[best]) * BLOCK
    return Weighed(
        answer,
        math.log(_mean_odds(reached - top) / _mean_odds(near - top)) + _PRIOR * math.log(len(blocks)),
        _surprise(float((near >= reached[best]).mean()), len(blocks)),
        coverage,
        int(positions[np.searchsorted(positions, at)]) if len(positions) else at,
    )


def _loosely(answer: str, novel: Novel) -> tuple[Array, Array, float]:
    """Where an answer that stands nowhere word for word is told in other words: the blocks near which most of its words
    are, with the bits that miss there (none for a long text, which tells more than its question), and the best share."""
    terms = novel.terms(answer)
    whole = sum(term.weight for term in terms)
    reached = density(novel.index, terms)
    if not terms or reached.max() <= 0:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32), 0.0
    blocks = np.flatnonzero(reached >= _LOOSE * reached.max())
    missing = whole - reached[blocks] if len(bare(answer)) <= _WHOLE else np.zeros(len(blocks))
    return blocks, missing.astype(np.float32), float(reached.max()) / whole


def _joined(stem: str, answer: str, novel: Novel) -> Array:
    letters = bare(answer)
    found = np.zeros(0, dtype=np.int64)
    if 0 < len(letters) <= _SHORT and not novel.people.named(letters):
        for before, after in _beside(stem):
            ahead = novel.index.find(before + letters) + len(before) if before else found
            behind = novel.index.find(letters + after) if after else found
            both = np.intersect1d(ahead, behind)
            found = np.union1d(found, both if len(both) else np.union1d(ahead, behind))
    return found


def _beside(stem: str) -> Iterator[tuple[str, str]]:
    """The letters right before and behind each blank."""
    for blank in re.finditer("_{2,}", stem):
        yield bare(stem[max(0, blank.start() - 1) : blank.start()]), bare(stem[blank.end() : blank.end() + 1])


def _surprise(share: float, count: int) -> float:
    """-log(1 - (1 - share)^count): how unlikely it is that any of `count` random blocks is among that share of all."""
    return -math.log(max(1e-12, -math.expm1(count * math.log1p(-min(share, 1 - 1e-9)))))


def _mean_odds(bits: Array) -> float:
    return float(np.exp(np.maximum(bits / _SOFT, _LEAST, dtype=np.float64)).mean())
