"""Pairs of texts in, how alike they really are out: no pair rests on an estimate."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from warehouse.signatures.config import NearConfig
from warehouse.signatures.shingles import U64, shingle_hashes

BATCH = 4096  # pairs


def similarities(lefts: Sequence[str], rights: Sequence[str], config: NearConfig) -> npt.NDArray[np.float64]:
    """For each pair of different texts its similarity, 0–1; 0 below the threshold.

    It is one minus the edit over the longer length for short texts one edit apart, else the Jaccard index of the
    shingle sets.
    """
    found = np.zeros(len(lefts))
    for first in range(0, len(lefts), BATCH):
        part = slice(first, first + BATCH)
        found[part] = _jaccard(lefts[part], rights[part], config.shingle)
    for k, (left, right) in enumerate(zip(lefts, rights, strict=True)):
        longer, shorter = max(len(left), len(right)), min(len(left), len(right))
        if config.one_edit_from <= shorter and longer < config.one_edit_to and _one_edit_apart(left, right):
            one_edit = 1 - 1 / longer
            found[k] = one_edit if one_edit >= config.threshold else found[k]
    found[found < config.threshold] = 0
    return found


def jaccard(a: str, b: str, size: int) -> float:
    """The Jaccard index of the sets of shingles of `size` characters; 0 when neither text has one."""
    first, second = ({text[k : k + size] for k in range(len(text) - size + 1)} for text in (a, b))
    return len(first & second) / max(len(first | second), 1)


def _jaccard(lefts: Sequence[str], rights: Sequence[str], size: int) -> npt.NDArray[np.float64]:
    left, right = _distinct(lefts, size), _distinct(rights, size)
    either = np.sort(np.concatenate([left, right]))
    both = either[1:][either[1:] == either[:-1]]
    shared = np.bincount((both >> _HASH_BITS).astype(np.int64), minlength=len(lefts))
    every = np.bincount((either >> _HASH_BITS).astype(np.int64), minlength=len(lefts))
    return shared / np.maximum(every - shared, 1)


_HASH_BITS = np.uint64(52)  # of a shingle's hash that are kept, below the number of its pair: 64 - 12 bits for BATCH


def _distinct(texts: Sequence[str], size: int) -> U64:
    """The shingles of each text once, each with its text's position before its hash, ascending."""
    hashes, offsets = shingle_hashes(texts, size)
    owners = np.repeat(np.arange(len(texts), dtype=np.uint64), np.diff(offsets))
    tagged = np.sort((owners << _HASH_BITS) | (hashes >> np.uint64(12)))
    return tagged[np.append(True, tagged[1:] != tagged[:-1])[: len(tagged)]]


def _one_edit_apart(a: str, b: str) -> bool:
    if a == b:
        return False
    if abs(len(a) - len(b)) > 1:
        return False
    head = next((k for k, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    return a[head + (len(a) >= len(b)) :] == b[head + (len(b) >= len(a)) :]
