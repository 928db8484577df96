"""The keys of one range in, the same in order and the pairs of rows that meet in them out: one step of the join."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from warehouse.signatures.keys import bucket_pairs, by_key
from warehouse.signatures.shingles import I64, U64
from warehouse.signatures.sorted_keys import open_keys


@dataclass(frozen=True)
class Meeting:
    """The new rows of `part`, numbered from `base`, are to meet each other and those of the parts `olds`."""

    part: Path
    olds: tuple[Path, ...]
    base: int
    copies: I64  # rows whose text stands in an earlier one, ascending: only that one meets others
    largest: int  # rows of a bucket of which each meets each


@dataclass(frozen=True)
class Met:
    """A range of the new keys, ascending, and their rows; pairs (left, right) of rows with a key in common, right a new one."""

    keys: U64
    rows: I64
    pairs: Iterable[tuple[I64, I64]]


def meet(meeting: Meeting, keys: U64, rows: I64) -> Met:
    """What comes of the entries of one range of keys, which are all that the new rows have in it, in any order."""
    if len(meeting.copies):
        original = ~np.isin(rows, meeting.copies)
        keys, rows = keys[original], rows[original]
    order = np.argsort(keys)
    keys, rows = keys[order], rows[order]
    known = [open_keys(old).matching(keys) for old in meeting.olds]
    shared = bucket_pairs(*_in_common((keys, rows), known), meeting.largest)
    new = ((left, right, right >= meeting.base) for left, right in shared)
    return Met(keys, rows, ((left[fresh], right[fresh]) for left, right, fresh in new))


def _in_common(new: tuple[U64, I64], known: list[tuple[U64, I64]]) -> tuple[U64, I64]:
    """The entries that share a key with another; of the new ones, by key, only those have to be sorted once more."""
    keys, rows = new
    same = keys[1:] == keys[:-1]
    shared = np.append(same, False) | np.append(False, same) if len(keys) else np.zeros(0, bool)
    for old, _ in known:
        shared |= np.isin(keys, old)
    entries = [(keys[shared], rows[shared]), *known]
    keys, rows = (np.concatenate(arrays) for arrays in zip(*entries, strict=True))
    return by_key(keys, rows)
