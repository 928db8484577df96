"""Words and where they stand in; how near each block of the text is to how many of them out."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from warehouse.evidence.index import BLOCK, Index
from warehouse.evidence.letters import Array

REACH = 20  # blocks on either side over which a word counts
_HALF = 5.0  # blocks at which it counts half
_HEADING = 0.3  # what a word of a chapter's heading counts in all of the chapter; at its own place it tells nothing
_NEAR = (1 / (1 + (np.maximum(0, np.arange(REACH + 1) - 0.5) / _HALF) ** 2)).astype(np.float32)


@dataclass(frozen=True)
class Term:
    """A word of a question. `weight` in bits: how much it tells that it stands somewhere."""

    label: str
    positions: Array
    weight: float


def nearness(index: Index, positions: Array) -> tuple[Array, Array]:
    """The blocks within `REACH` of any of the ascending positions, and how near each is to the nearest: 1 in its block,
    one half some fifty letters off. No block comes twice."""
    blocks = positions // BLOCK
    blocks = blocks[np.diff(blocks, prepend=-1) > 0]
    between = (blocks[:-1] + blocks[1:]) // 2  # the last block that is nearer to the one before
    first = np.maximum(blocks - REACH, np.concatenate([[0], between + 1]))
    last = np.minimum(blocks + REACH, np.concatenate([between, [index.blocks - 1]]))
    lengths = last - first + 1
    steps = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    reached = np.repeat(first, lengths) + steps
    return reached, _NEAR[np.abs(reached - np.repeat(blocks, lengths))]


def density(index: Index, terms: Iterable[Term]) -> Array:
    """For each block the bits of the terms that stand near it, or in the heading of its chapter."""
    total = np.zeros(index.blocks, dtype=np.float32)
    headings = np.zeros(len(index.chapters), dtype=np.float32)
    for term in terms:
        in_heading = index.in_heading[term.positions]
        body = term.positions[~in_heading]
        if len(body):
            reached, near = nearness(index, body)
            total[reached] += term.weight * near
        if len(body) < len(term.positions):
            headings[np.unique(index.chapter_at(term.positions[in_heading]))] += term.weight
    return total + np.float32(_HEADING) * headings[index.chapter_of_block] if headings.any() else total
