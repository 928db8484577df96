"""Texts in, keys out: two texts that are near-duplicates have a key in common, others hardly ever.

Long texts get a key for each band of their MinHash signature (Broder 1997; one multiplication a permutation, as in
Thorup's bottom-k with multiply-shift). Short ones, in which one changed character spoils most shingles, get a key for
themselves and one for what is left when a letter is taken out (as in SymSpell): texts one substitution, insertion or
deletion apart have one in common. Which keys a text gets depends on nothing but the text and the config.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from warehouse.signatures.config import NearConfig
from warehouse.signatures.shingles import I64, ODD, U64, code_points, mix, shingle_hashes

_CHUNK = 512  # texts; what is computed of them then fits into a core's own cache
_ONE_EDIT = np.uint64(0x1ED17)  # keeps keys of one kind from meeting keys of the other


def near_keys(texts: Sequence[str], config: NearConfig) -> tuple[U64, I64]:
    """The keys of all texts in one flat array, and for each key the position of the text that it belongs to."""
    keys, owners = [np.zeros(0, dtype=np.uint64)], [np.zeros(0, dtype=np.int64)]
    for first in range(0, len(texts), _CHUNK):
        chunk = texts[first : first + _CHUNK]
        for some, whose in (_band_keys(chunk, config), _one_edit_keys(chunk, config)):
            keys.append(some)
            owners.append(whose + first)
    return np.concatenate(keys), np.concatenate(owners)


def shared_keys(keys: U64, owners: I64) -> tuple[U64, I64]:
    """The entries whose key occurs more than once, by key and then by owner: most keys occur once, and need no more."""
    order = np.argsort(keys)
    ordered = keys[order]
    same = ordered[1:] == ordered[:-1]
    kept = order[np.append(same, False) | np.append(False, same)] if len(order) else order
    return by_key(keys[kept], owners[kept])


def by_key(keys: U64, owners: I64) -> tuple[U64, I64]:
    """The entries in the order that `bucket_pairs` takes them in: by key and then by owner."""
    order = np.lexsort((owners, keys))
    return keys[order], owners[order]


def bucket_pairs(keys: U64, owners: I64, largest: int) -> Iterator[tuple[I64, I64]]:
    """Pairs of owners (left, right), left below right, that share a key; one pair may come several times.

    The entries stand by key and then by owner. A bucket of more than `largest` pairs each with its first and with
    the one before it, so that a pattern shared by thousands makes no millions of pairs.
    """
    starts = np.append(0, np.flatnonzero(keys[1:] != keys[:-1]) + 1)
    sizes = np.diff(np.append(starts, len(keys)))
    for size in np.unique(sizes[(sizes > 1) & (sizes <= largest)]).tolist():
        members = owners[starts[sizes == size][:, None] + np.arange(size)]  # (buckets, size)
        left, right = np.triu_indices(size, 1)
        yield members[:, left].ravel(), members[:, right].ravel()
    for start, size in zip(starts[sizes > largest].tolist(), sizes[sizes > largest].tolist(), strict=True):
        members = owners[start : start + size]
        yield np.repeat(members[0], size - 1), members[1:]
        yield members[1:-1], members[2:]


def _band_keys(texts: Sequence[str], config: NearConfig) -> tuple[U64, I64]:
    hashes, offsets = shingle_hashes(texts, config.shingle)
    filled = np.flatnonzero(np.diff(offsets))  # texts that have shingles at all
    bands, rows = config.bands()
    signatures = _signatures((hashes >> np.uint64(32)).astype(np.uint32), offsets[filled], bands * rows, config.seed)
    keys = np.repeat(np.arange(1, bands + 1, dtype=np.uint64)[:, None], len(filled), axis=1)  # (bands, texts)
    for row in range(rows):
        keys = mix(keys ^ signatures[row::rows])
    return mix(keys).ravel(), np.tile(filled, bands)


def _signatures(hashes: npt.NDArray[np.uint32], starts: I64, permutations: int, seed: int) -> npt.NDArray[np.uint32]:
    """(permutations, texts): for each text the least value that any of its hashes takes under each permutation."""
    random = np.random.Generator(np.random.PCG64(seed))
    odd = random.integers(0, 1 << 31, permutations, dtype=np.uint32) * 2 + 1
    turn = random.integers(0, 1 << 32, permutations, dtype=np.uint32)
    least = np.empty((permutations, len(starts)), dtype=np.uint32)
    permuted = np.empty_like(hashes)
    for k in range(permutations if len(starts) else 0):
        np.multiply(hashes, odd[k], out=permuted)
        np.bitwise_xor(permuted, turn[k], out=permuted)
        np.minimum.reduceat(permuted, starts, out=least[k])
    return least


def _one_edit_keys(texts: Sequence[str], config: NearConfig) -> tuple[U64, I64]:
    """The hash of a text is a sum over its places, from which a letter is taken out in one step."""
    short = np.array([i for i, s in enumerate(texts) if config.one_edit_from <= len(s) < config.one_edit_to], np.int64)
    if not len(short):
        return np.zeros(0, dtype=np.uint64), short
    points, lengths = code_points([texts[i] for i in short.tolist()])
    starts = np.cumsum(lengths) - lengths
    owner = np.repeat(np.arange(len(short)), lengths)
    place = np.arange(len(points)) - starts[owner]
    powers = np.cumprod(np.append(np.uint64(1), np.full(config.one_edit_to, ODD)))
    terms = mix(points + ODD) * powers[place]
    total = np.add.reduceat(terms, starts)
    before = np.cumsum(terms) - terms
    before -= before[starts][owner]  # sum over the places to the left
    left_out = before + (total[owner] - before - terms) * np.uint64(pow(int(ODD), -1, 1 << 64))
    new = (place == 0) | (points != np.roll(points, 1))  # of 哈哈 either letter leaves the same
    keys = np.concatenate([total, left_out[new]])
    return mix(mix(keys) ^ _ONE_EDIT), short[np.concatenate([np.arange(len(short)), owner[new]])]
