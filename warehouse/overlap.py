"""Held-out texts and texts to train on in; the pairs that share most of their pieces, in whatever order, out."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from warehouse.near import shingle_hashes

I64 = npt.NDArray[np.int64]
U64 = npt.NDArray[np.uint64]

_PAIRS_AT_A_TIME = 2_000_000  # of a piece in a held-out text and the same piece in another: some 100 MB
_BLOCK = 20_000  # texts that are compared at a time
_PIECE_BITS = np.uint64(40)  # of a piece's hash: two of the 10 M pieces of a lake agree by chance for one pair in 10⁵
_SAME_LETTERS_FROM = 5  # characters; 是谁 and 谁是 are not one text
_AMONG_RARE = 0.4  # of the pieces that two texts must share, those asked of the rare ones before all are compared


@dataclass(frozen=True, slots=True)
class Overlap:
    """Positions of a held-out text and another. `held` and `other` are the shares of each one's pieces that are in both."""

    held_at: int
    other_at: int
    held: float
    other: float


@dataclass(frozen=True, slots=True)
class _Pieces:
    """Of each text its distinct pieces: `which`, ascending, of the texts `rows`; `sizes` is how many each text has."""

    which: npt.NDArray[np.uint64 | np.uint32]
    rows: npt.NDArray[np.int64 | np.int32]
    sizes: I64


class HeldOut:
    """Held-out texts that others are held against.

    It is exact, and a pair depends on its two texts alone: no third text makes or breaks it. Pieces are counted as a
    set, so a clause that moves costs only those across its ends. Containment as in Broder, "On the resemblance and
    containment of documents" (1997). Of two texts that share t of the n pieces of the smaller one, k stand among its
    n - t + k rarest: only pairs for which that holds are compared in full (the prefix filter of Chaudhuri, Ganti and
    Kaushik, "A primitive operator for similarity joins in data cleaning", 2006).
    """

    def __init__(self, texts: Sequence[str], size: int, least: int, share: float) -> None:
        self._size, self._least, self._share = size, least, share
        self._letters: defaultdict[str, list[int]] = defaultdict(list)
        for at, text in enumerate(texts):
            if len(text) >= _SAME_LETTERS_FROM:
                self._letters["".join(sorted(text))].append(at)
        self._lengths = {len(letters) for letters in self._letters}
        blocks = [_pieces(texts[at : at + _BLOCK], size, least) for at in range(0, len(texts), _BLOCK)]
        pieces = np.concatenate([np.zeros(0, np.uint64), *(block.which for block in blocks)])
        rows = [(block.rows + k * _BLOCK).astype(np.int32) for k, block in enumerate(blocks)]
        self._sizes = np.concatenate([np.zeros(0, np.int64), *(block.sizes for block in blocks)])
        del blocks
        self._known, places, times = np.unique(pieces, return_inverse=True, return_counts=True)
        del pieces
        self._ranks = np.empty(len(times), np.uint64)  # of each known piece: 0 is the rarest
        self._ranks[np.argsort(times, kind="stable")] = np.arange(len(times), dtype=np.uint64)
        ranks = self._ranks[places]
        del places
        self._own = _by_rank(ranks, np.concatenate([np.zeros(0, np.int32), *rows]), self._sizes)
        del ranks, rows
        self._all = _Postings(self._own, np.ones(len(self._own.which), bool), len(times))
        self._rare = _Postings(self._own, self._among_rarest(self._own), len(times))

    def overlaps(self, others: Sequence[str]) -> Iterator[Overlap]:
        """Every pair of which one text has at least `share` of the other's distinct pieces of `size` characters, and every
        pair of the very same characters in any order; by the other's position.

        Texts of fewer than `least` pieces pair only when their characters are the same.
        """
        for first in range(0, len(others), _BLOCK):
            block = others[first : first + _BLOCK]
            found = {(o, h): Overlap(h, first + o, a, b) for o, h, a, b in self._shared(block)}
            for o, text in enumerate(block):
                for h in self._letters.get("".join(sorted(text)), ()) if len(text) in self._lengths else ():
                    found[o, h] = Overlap(h, first + o, 1.0, 1.0)
            yield from (found[pair] for pair in sorted(found))

    def _needed(self, sizes: I64) -> tuple[I64, I64]:
        """For texts of so many pieces: how many another must share, and how many of those are asked of the rare ones."""
        needed = np.ceil(self._share * sizes).astype(np.int64)
        return needed, np.maximum((_AMONG_RARE * needed).astype(np.int64), 1)

    def _among_rarest(self, texts: _Pieces) -> npt.NDArray[np.bool_]:
        """For each piece whether it is among the rarest of its text; those that no held-out text has are rarer still."""
        needed, asked = self._needed(texts.sizes)
        here = np.bincount(texts.rows, minlength=len(texts.sizes))
        inside = np.arange(len(texts.rows)) - np.repeat(np.cumsum(here) - here, here)
        return inside < (here - needed + asked)[texts.rows]

    def _shared(self, others: Sequence[str]) -> Iterator[tuple[int, int, float, float]]:
        """(other, held-out, shares of the pieces of the latter and of the former) of the pairs that share enough."""
        told = _pieces(others, self._size, self._least)
        places = np.searchsorted(self._known, told.which)
        known = np.append(self._known, ~np.uint64(0))[places] == told.which
        texts = _by_rank(self._ranks[places[known]], told.rows[known], told.sizes)
        rare = self._among_rarest(texts)
        some = _Pieces(texts.which[rare], texts.rows[rare], texts.sizes)
        for larger, postings, looked in ((True, self._all, some), (False, self._rare, texts)):
            for other, held, shared in postings.meet(looked, len(self._sizes)):
                fits = (self._sizes[held] >= texts.sizes[other]) == larger
                smaller = np.minimum(self._sizes[held], texts.sizes[other])
                fits &= shared >= self._needed(smaller)[1]
                other, held, smaller = other[fits], held[fits], smaller[fits]
                shared = _in_common(texts, other, self._own, held)
                close = shared >= self._share * smaller
                for o, h, n in zip(other[close].tolist(), held[close].tolist(), shared[close].tolist(), strict=True):
                    yield o, h, n / int(self._sizes[h]), n / int(texts.sizes[o])


class _Postings:
    """The texts that have a piece, by the piece's rank."""

    def __init__(self, texts: _Pieces, chosen: npt.NDArray[np.bool_], count: int) -> None:
        ranks = texts.which[chosen]
        self._rows = texts.rows[chosen][np.argsort(ranks, kind="stable")]
        self._starts = np.append(0, np.cumsum(np.bincount(ranks, minlength=count)))

    def meet(self, texts: _Pieces, count: int) -> Iterator[tuple[I64, I64, I64]]:
        """(other, held-out, pieces they have in common here) for each pair that has any."""
        first = self._starts[texts.which]
        times = self._starts[1:][texts.which] - first
        for start, end in _chunks(times, texts.rows, len(texts.sizes)):
            low, high = np.searchsorted(texts.rows, [start, end])
            repeat = times[low:high]
            inside = np.arange(repeat.sum()) - np.repeat(np.cumsum(repeat) - repeat, repeat)
            held = self._rows[np.repeat(first[low:high], repeat) + inside]
            keys = np.sort(np.repeat(texts.rows[low:high].astype(np.int64), repeat) * count + held)
            edges = _firsts(keys)
            other_at, held_at = np.divmod(keys[edges], max(count, 1))
            yield other_at, held_at, np.diff(np.append(edges, len(keys)))


def _pieces(texts: Sequence[str], size: int, least: int) -> _Pieces:
    """The distinct pieces of each text as hashes, text by text; none of a text that has fewer than `least`."""
    hashes, offsets = shingle_hashes(texts, size)
    rows = np.repeat(np.arange(len(texts), dtype=np.uint64), np.diff(offsets))
    keys = np.sort((rows << _PIECE_BITS) | (hashes >> (np.uint64(64) - _PIECE_BITS)))
    keys = keys[_firsts(keys)]
    of = (keys >> _PIECE_BITS).astype(np.int64)
    sizes = np.bincount(of, minlength=len(texts))
    enough = (sizes >= least)[of]
    return _Pieces(
        keys[enough] & ((np.uint64(1) << _PIECE_BITS) - np.uint64(1)), of[enough], np.where(sizes >= least, sizes, 0)
    )


def _by_rank(ranks: U64, rows: npt.NDArray[np.int64 | np.int32], sizes: I64) -> _Pieces:
    """The pieces of each text, the rarest first."""
    keys = np.sort((rows.astype(np.uint64) << np.uint64(32)) | ranks)
    return _Pieces(keys.astype(np.uint32), (keys >> np.uint64(32)).astype(np.int32), sizes)  # the lower half, the upper


def _in_common(left: _Pieces, lefts: I64, right: _Pieces, rights: I64) -> I64:
    """For each pair of texts how many pieces both have."""
    shared = np.zeros(len(lefts), np.int64)
    for first in range(0, len(lefts), 4096):
        part = slice(first, first + 4096)
        either = np.sort(np.concatenate([_numbered(left, lefts[part]), _numbered(right, rights[part])]))
        both = either[1:][either[1:] == either[:-1]]
        shared[part] = np.bincount((both >> np.uint64(32)).astype(np.int64), minlength=len(lefts[part]))
    return shared


def _numbered(texts: _Pieces, chosen: I64) -> U64:
    """The pieces of the texts `chosen`, each with the number of the choice before it."""
    first, after = np.searchsorted(texts.rows, chosen), np.searchsorted(texts.rows, chosen, "right")
    many = after - first
    inside = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
    return (
        np.repeat(np.arange(len(chosen), dtype=np.uint64) << np.uint64(32), many)
        | texts.which[np.repeat(first, many) + inside]
    )


def _firsts(ordered: npt.NDArray[Any]) -> I64:
    """Where each value of a sorted array stands first."""
    new = np.ones(len(ordered), dtype=bool)
    new[1:] = ordered[1:] != ordered[:-1]
    return np.flatnonzero(new)


def _chunks(times: I64, rows: npt.NDArray[np.int64 | np.int32], count: int) -> Iterator[tuple[int, int]]:
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
