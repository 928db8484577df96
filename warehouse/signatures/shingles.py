"""Texts in, their letters and shingles as flat arrays out."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

U64 = npt.NDArray[np.uint64]
I64 = npt.NDArray[np.int64]

ODD = np.uint64(0x9E3779B97F4A7C15)


def code_points(texts: Sequence[str]) -> tuple[U64, I64]:
    """The code points of all texts in one flat array, and the length of each text in characters."""
    joined = "".join(texts)
    points = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    return points, np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))


def mix(values: U64) -> U64:
    """A multiply and a shift (Knuth's and SplitMix64's constants); overflow wraps on purpose."""
    mixed = values * ODD
    mixed ^= mixed >> np.uint64(29)
    return mixed


def shingle_hashes(texts: Sequence[str], size: int) -> tuple[U64, I64]:
    """The shingles of each text as 64-bit hashes, in order, in one flat array, and where each text's begin.

    The offsets have one entry more than there are texts. A text shorter than `size` has no shingles.

        shingle_hashes(["天下大势", "是"], 2) → 3 hashes, offsets [0, 3, 3]
    """
    points, lengths = code_points(texts)
    ends = np.cumsum(lengths)
    count = max(len(points) - size + 1, 0)
    mixed = np.zeros(count, dtype=np.uint64)
    for k in range(size):
        mixed ^= points[k : k + count]
        mixed = mix(mixed)
    inside = np.arange(count) + size <= np.repeat(ends, lengths)[:count]
    offsets = np.zeros(len(texts) + 1, dtype=np.int64)
    np.cumsum(np.maximum(lengths - size + 1, 0), out=offsets[1:])
    return mixed[inside], offsets
