"""All keys of a part in order, on disk: what is new finds its like by binary search, without reading the rest."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from warehouse.signatures.shingles import I64, U64


@dataclass(frozen=True, slots=True)
class SortedKeys:
    """Keys, ascending, and for each the row that has it."""

    keys: U64
    rows: I64

    def matching(self, keys: U64) -> tuple[U64, I64]:
        """Those entries whose key is one of `keys`, which are ascending."""
        asked = keys[np.append(True, keys[1:] != keys[:-1])[: len(keys)]]
        starts = np.searchsorted(self.keys, asked)
        inside = starts < len(self.keys)
        asked, starts = asked[inside], starts[inside]
        met = self.keys[starts] == asked
        asked, starts = asked[met], starts[met]
        sizes = np.searchsorted(self.keys, asked, "right") - starts
        places = np.repeat(starts - np.cumsum(sizes) + sizes, sizes) + np.arange(int(sizes.sum()))
        return np.repeat(asked, sizes), np.asarray(self.rows[places])


def open_keys(part: Path) -> SortedKeys:
    """The keys of a finished part, read as they are needed."""
    return SortedKeys(_open(part / "keys.u64", np.dtype("<u8")), _open(part / "keyrows.i64", np.dtype("<i8")))


@contextmanager
def writing_keys(part: Path) -> Iterator[Callable[[U64, I64], None]]:
    """What appends keys, ascending from call to call too, and their rows to the files of `part`."""
    with open(part / "keys.u64", "wb") as keys, open(part / "keyrows.i64", "wb") as rows:

        def append(some: U64, whose: I64) -> None:
            some.astype("<u8", copy=False).tofile(keys)
            whose.astype("<i8", copy=False).tofile(rows)

        yield append


def _open(file: Path, kind: np.dtype[Any]) -> npt.NDArray[Any]:
    return np.memmap(file, kind, mode="r") if file.stat().st_size else np.zeros(0, kind)
