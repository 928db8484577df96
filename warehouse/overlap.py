"""Held-out texts and texts to train on in; the pairs that share most of their pieces, in whatever order, out."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from corpora.errors import BadInput
from warehouse.near import shingle_hashes

I64 = npt.NDArray[np.int64]
U64 = npt.NDArray[np.uint64]

_PAIRS_AT_A_TIME = 4_000_000  # of a piece in a held-out text and the same piece in another: some 100 MB
_PIECE_BITS = np.uint64(40)  # of a piece's hash: two of the 10 M pieces of a lake agree by chance for one pair in 10⁵
_SAME_LETTERS_FROM = 5  # characters; 是谁 and 谁是 are not one text


@dataclass(frozen=True, slots=True)
class Overlap:
    """Positions of a held-out text and another. `held` and `other` are the shares of each one's pieces that are in both."""

    held_at: int
    other_at: int
    held: float
    other: float


def overlaps(held_out: Sequence[str], others: Sequence[str], size: int, least: int, share: float) -> Iterator[Overlap]:
    """Every pair of which one text has at least `share` of the other's distinct pieces of `size` characters, and every
    pair of the very same characters in any order; by the other's position.

    Texts of fewer than `least` pieces pair only when their characters are the same. It is exact, and a pair depends on
    its two texts alone: no third text makes or breaks it. Pieces are counted as a set, so a clause that moves costs
    only those across its ends. Containment as in Broder, "On the resemblance and containment of documents" (1997).
    """
    pieces, rows, held_sizes = _pieces(held_out, size)
    order = np.argsort(pieces, kind="stable")
    pieces, rows = pieces[order], rows[order]
    other_pieces, other_rows, other_sizes = _pieces(others, size)
    same = _same_letters(held_out, others)
    first = np.searchsorted(pieces, other_pieces, "left")
    times = np.searchsorted(pieces, other_pieces, "right") - first
    for start, end in _chunks(times, other_rows, len(others)):
        low, high = np.searchsorted(other_rows, [start, end])
        repeat = times[low:high]
        inside = np.arange(repeat.sum()) - np.repeat(np.cumsum(repeat) - repeat, repeat)
        held = rows[np.repeat(first[low:high], repeat) + inside]
        keys = np.sort(np.repeat(other_rows[low:high], repeat) * len(held_out) + held)
        edges = _firsts(keys)
        keys, shared = keys[edges], np.diff(np.append(edges, len(keys)))
        other_at, held_at = np.divmod(keys, max(len(held_out), 1))
        smaller = np.minimum(held_sizes[held_at], other_sizes[other_at])
        close = (shared >= share * smaller) & (smaller >= least)
        found = {
            (int(o), int(h)): Overlap(int(h), int(o), int(n) / int(held_sizes[h]), int(n) / int(other_sizes[o]))
            for o, h, n in zip(other_at[close], held_at[close], shared[close], strict=True)
        }
        for o in range(start, end):
            found |= {(o, h): Overlap(h, o, 1.0, 1.0) for h in same.get(o, ())}
        yield from (found[pair] for pair in sorted(found))


def _same_letters(held_out: Sequence[str], others: Sequence[str]) -> dict[int, list[int]]:
    """For each position in `others` those in `held_out` of the same characters."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    for at, text in enumerate(held_out):
        if len(text) >= _SAME_LETTERS_FROM:
            places["".join(sorted(text))].append(at)
    lengths = {len(letters) for letters in places}
    keys = {at: "".join(sorted(text)) for at, text in enumerate(others) if len(text) in lengths}
    return {at: places[letters] for at, letters in keys.items() if letters in places}


def _pieces(texts: Sequence[str], size: int) -> tuple[U64, I64, I64]:
    """The distinct pieces of each text as hashes, text by text; the text each is of; and how many each text has."""
    if len(texts) > 1 << (64 - int(_PIECE_BITS)):
        raise BadInput(
            f"{len(texts):,} rows are more than decontamination can tell apart; share them out among warehouses"
        )
    hashes, offsets = shingle_hashes(texts, size)
    rows = np.repeat(np.arange(len(texts), dtype=np.uint64), np.diff(offsets))
    keys = np.sort((rows << _PIECE_BITS) | (hashes >> (np.uint64(64) - _PIECE_BITS)))
    keys = keys[_firsts(keys)]
    of = (keys >> _PIECE_BITS).astype(np.int64)
    return keys & ((np.uint64(1) << _PIECE_BITS) - np.uint64(1)), of, np.bincount(of, minlength=len(texts))


def _firsts(ordered: npt.NDArray[Any]) -> I64:
    """Where each value of a sorted array stands first."""
    new = np.ones(len(ordered), dtype=bool)
    new[1:] = ordered[1:] != ordered[:-1]
    return np.flatnonzero(new)


def _chunks(times: I64, rows: I64, count: int) -> Iterator[tuple[int, int]]:
    """Ranges of texts that have about so many pairs of pieces as fit."""
    per_text = np.bincount(rows, weights=times, minlength=count)
    start, held = 0, 0.0
    for at, pairs in enumerate(per_text.tolist()):
        if held and held + pairs > _PAIRS_AT_A_TIME:
            yield start, at
            start, held = at, 0.0
        held += pairs
    if start < count:
        yield start, count
