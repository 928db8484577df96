"""Normalised texts in, pairs of near-duplicates out: MinHash candidates, each verified.

Two ways lead to a pair. Long texts meet through MinHash over character shingles (Broder 1997), banded for
locality-sensitive hashing, and are then compared shingle by shingle, so that no pair rests on an estimate.
Short texts, in which one changed character spoils most shingles, meet exactly when one edit apart, found
through what is left when a letter is taken out (as in SymSpell). Nothing is split at white space and nothing is too
short to be looked at: Chinese has neither spaces nor long words.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from rensa import RMinHash

U64 = npt.NDArray[np.uint64]
I64 = npt.NDArray[np.int64]

_ODD = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class NearConfig:
    """When two texts count as near-duplicates."""

    threshold: float = 0.7  # least Jaccard similarity of the shingle sets
    shingle: int = 4  # characters
    permutations: int = 110  # MinHash values a text, dealt out to bands
    one_edit_from: int = 5  # characters; shorter texts are near-duplicates only when equal
    one_edit_to: int = 40  # characters; from here on MinHash finds one changed character all but surely
    merge_from: int = 26  # characters; a shorter text, where one character tells, is merged only with an equal one
    largest_bucket: int = 64  # a bucket with more texts pairs each with the first and with the next only
    seed: int = 20251121

    def __post_init__(self) -> None:
        if not 0 < self.threshold <= 1:
            raise ValueError(f"threshold is {self.threshold}; it must be above 0 and at most 1")
        for name in ("shingle", "permutations"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least 1")

    def bands(self) -> tuple[int, int]:
        """(bands, MinHash values a band): the fewest candidates with which a pair of Jaccard threshold + 0.05 is found
        with probability 0.995; 22 bands of 5 for 0.7."""
        similarity = min(self.threshold + 0.05, 1.0)
        for rows in range(self.permutations, 1, -1):
            bands = self.permutations // rows
            if 1 - (1 - similarity**rows) ** bands >= 0.995:
                return bands, rows
        return self.permutations, 1


@dataclass(frozen=True, slots=True)
class NearPair:
    """Positions of two texts, left before right, and how alike they are (0–1)."""

    left: int
    right: int
    similarity: float


def near_pairs(texts: Sequence[str], config: NearConfig) -> Iterator[NearPair]:
    """Each verified pair of near-duplicates among `texts`, which must be normalised and all different.

    The similarity is the Jaccard index of the shingle sets, or, for short texts one edit apart, one minus
    the edit over the longer length.
    """
    met = set()
    for left, right in _one_edit_pairs(texts, config):
        similarity = 1 - 1 / max(len(texts[left]), len(texts[right]))
        if similarity >= config.threshold:
            met.add((left, right))
            yield NearPair(left, right, similarity)
    hashes, offsets = shingle_hashes(texts, config.shingle)
    candidates = _candidates(hashes, offsets, config)
    sets: dict[int, frozenset[int]] = {}
    for left, right in candidates:
        if (left, right) in met:
            continue
        a, b = (_shingle_set(sets, i, hashes, offsets) for i in (left, right))
        if min(len(a), len(b)) < config.threshold * max(len(a), len(b)):
            continue  # even with all of the smaller inside the larger the index stays below the threshold
        shared = len(a & b)
        similarity = shared / (len(a) + len(b) - shared)
        if similarity >= config.threshold:
            yield NearPair(left, right, similarity)


def jaccard(a: str, b: str, size: int) -> float:
    """The Jaccard index of the sets of shingles of `size` characters; 0 when neither text has one."""
    first, second = ({text[k : k + size] for k in range(len(text) - size + 1)} for text in (a, b))
    return len(first & second) / max(len(first | second), 1)


def shingle_hashes(texts: Sequence[str], size: int) -> tuple[U64, I64]:
    """The shingles of each text as 64-bit hashes, in order, in one flat array, and where each text's begin.

    The offsets have one entry more than there are texts. A text shorter than `size` has no shingles.

        shingle_hashes(["天下大势", "是"], 2) → 3 hashes, offsets [0, 3, 3]
    """
    points, lengths = _code_points(texts)
    ends = np.cumsum(lengths)
    count = max(len(points) - size + 1, 0)
    mixed = np.zeros(count, dtype=np.uint64)
    for k in range(size):
        mixed = _mix(mixed ^ points[k : k + count])
    inside = np.arange(count) + size <= np.repeat(ends, lengths)[:count]
    offsets = np.zeros(len(texts) + 1, dtype=np.int64)
    np.cumsum(np.maximum(lengths - size + 1, 0), out=offsets[1:])
    return mixed[inside], offsets


def _code_points(texts: Sequence[str]) -> tuple[U64, I64]:
    joined = "".join(texts)
    points = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    return points, np.fromiter((len(text) for text in texts), dtype=np.int64, count=len(texts))


def _mix(values: U64) -> U64:
    """A multiply and a shift (Knuth's and SplitMix64's constants); overflow wraps on purpose."""
    mixed = values * _ODD
    return mixed ^ (mixed >> np.uint64(29))


def _runs(keys: U64) -> Iterator[list[int]]:
    """For each key that occurs more than once, the positions where it does, ascending."""
    order = np.argsort(keys, kind="stable")
    edges = np.flatnonzero(np.diff(keys[order])) + 1
    starts, ends = np.append(0, edges), np.append(edges, len(keys))
    many = ends - starts > 1
    for start, end in zip(starts[many].tolist(), ends[many].tolist(), strict=True):
        yield order[start:end].tolist()


def _candidates(hashes: U64, offsets: I64, config: NearConfig) -> list[tuple[int, int]]:
    filled = np.flatnonzero(np.diff(offsets))  # texts that have shingles at all
    if len(filled) < 2:
        return []
    starts = np.append(offsets[filled], offsets[-1]).astype(np.uint64)
    bands, rows = config.bands()
    signatures = _signatures(hashes, starts, config)
    found: set[tuple[int, int]] = set()
    for band in range(bands):
        keys = np.zeros(len(filled), dtype=np.uint64)
        for column in signatures[:, band * rows : (band + 1) * rows].T:
            keys = _mix(keys ^ column)
        for run in _runs(keys):
            found.update(_bucket_pairs(filled[run].tolist(), config.largest_bucket))
    return sorted(found)


def _signatures(hashes: U64, starts: U64, config: NearConfig) -> npt.NDArray[np.uint32]:
    parts = []
    for first in range(0, len(starts) - 1, 50_000):  # bounds the Python lists that rensa hands back
        edges = starts[first : first + 50_001]
        flat = hashes[int(edges[0]) : int(edges[-1])]
        matrix = RMinHash.digest_matrix_from_flat_token_hashes(flat, edges - edges[0], config.permutations, config.seed)
        parts.append(np.asarray(matrix.to_rows(), dtype=np.uint32))
    return np.concatenate(parts)


def _bucket_pairs(members: list[int], largest: int) -> Iterator[tuple[int, int]]:
    if len(members) <= largest:
        for i, left in enumerate(members):
            for right in members[i + 1 :]:
                yield left, right
        return
    for previous, member in pairwise(members):
        yield previous, member
        if previous != members[0]:
            yield members[0], member


def _shingle_set(sets: dict[int, frozenset[int]], i: int, hashes: U64, offsets: I64) -> frozenset[int]:
    if i not in sets:
        sets[i] = frozenset(hashes[offsets[i] : offsets[i + 1]].tolist())
    return sets[i]


def _one_edit_pairs(texts: Sequence[str], config: NearConfig) -> list[tuple[int, int]]:
    """Pairs of short texts one substitution, insertion or deletion apart.

    The hash of a text is a sum over its places, from which a letter is taken out in one step: texts one substitution
    apart agree without the letters at one place, and a text equals one that is longer by the letter that is left out.
    """
    short = [i for i, text in enumerate(texts) if config.one_edit_from <= len(text) < config.one_edit_to]
    if len(short) < 2:
        return []
    points, lengths = _code_points([texts[i] for i in short])
    starts = np.cumsum(lengths) - lengths
    owner = np.repeat(np.arange(len(short)), lengths)
    place = np.arange(len(points)) - starts[owner]
    powers = np.cumprod(np.append(np.uint64(1), np.full(config.one_edit_to, _ODD)))
    terms = _mix(points + _ODD) * powers[place]
    total = np.add.reduceat(terms, starts)
    before = np.cumsum(terms) - terms
    before -= before[starts][owner]  # sum over the places to the left
    without = _mix(total[owner] - terms + powers[place]) + lengths.astype(np.uint64)[owner]
    left_out = before + (total[owner] - before - terms) * np.uint64(pow(int(_ODD), -1, 1 << 64))
    found: set[tuple[int, int]] = set()
    for run in _runs(without):
        found.update(_bucket_pairs([short[i] for i in owner[run]], config.largest_bucket))
    owners = np.append(np.arange(len(short)), owner)
    for run in _runs(np.append(total, left_out)):
        if run[0] < len(short):  # whole texts come first, and no two of them are equal
            found.update((*sorted((short[run[0]], short[owners[k]])),) for k in run[1:])
    return sorted(pair for pair in found if _one_edit_apart(texts[pair[0]], texts[pair[1]]))


def _one_edit_apart(a: str, b: str) -> bool:
    if a == b:
        return False
    if abs(len(a) - len(b)) > 1:
        return False
    head = next((k for k, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    return a[head + (len(a) >= len(b)) :] == b[head + (len(b) >= len(a)) :]
