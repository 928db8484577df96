"""Normalised texts in, pairs of near-duplicates out: candidates that share a key, each verified.

Long texts meet through MinHash over character shingles, short ones through what is left when a letter is taken out
(`warehouse/signatures/keys.py`), and all are then compared letter by letter, so that no pair rests on an estimate.
Nothing is split at white space and nothing is too short to be looked at: Chinese has neither spaces nor long words.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from warehouse.signatures.config import NearConfig
from warehouse.signatures.keys import bucket_pairs, near_keys, shared_keys
from warehouse.signatures.shingles import shingle_hashes
from warehouse.signatures.verify import BATCH, jaccard, similarities

__all__ = ["NearConfig", "NearPair", "jaccard", "near_pairs", "shingle_hashes"]


@dataclass(frozen=True, slots=True)
class NearPair:
    """Positions of two texts, left before right, and how alike they are (0–1)."""

    left: int
    right: int
    similarity: float


def near_pairs(texts: Sequence[str], config: NearConfig) -> Iterator[NearPair]:
    """Each verified pair of near-duplicates among `texts`, which must be normalised and all different; by position.

    The similarity is the Jaccard index of the shingle sets, or, for short texts one edit apart, one minus
    the edit over the longer length.
    """
    buckets = bucket_pairs(*shared_keys(*near_keys(texts, config)), config.largest_bucket)
    shift = np.uint64(32)
    met = [(left.astype(np.uint64) << shift) | right.astype(np.uint64) for left, right in buckets]
    pairs = np.unique(np.concatenate(met)) if met else np.zeros(0, dtype=np.uint64)
    for first in range(0, len(pairs), BATCH):
        part = pairs[first : first + BATCH]
        lefts, rights = (part >> shift).tolist(), (part & np.uint64(0xFFFFFFFF)).tolist()
        alike = similarities([texts[i] for i in lefts], [texts[i] for i in rights], config)
        for left, right, similarity in zip(lefts, rights, alike.tolist(), strict=True):
            if similarity:
                yield NearPair(left, right, similarity)
