"""Things in, the same in the same order, as often as they are asked for, out: between the two they wait on disk."""

import pickle
import tempfile
from collections.abc import Iterable, Iterator
from os import pread
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")

_TOGETHER = 1000  # things that are written and read at a time


class Spool(Generic[T]):
    """Holds what is appended in a file without a name in `folder`, which ends with it or with the process."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115, it is open as long as this lives
        self._places: list[tuple[int, int]] = []  # of the parts in the file: first byte and bytes
        self._last: list[T] = []
        self._length = 0

    def append(self, thing: T) -> None:
        """Put it after all others."""
        self._last.append(thing)
        self._length += 1
        if len(self._last) == _TOGETHER:
            part = pickle.dumps(self._last, pickle.HIGHEST_PROTOCOL)
            self._places.append((self._file.tell(), len(part)))
            self._file.write(part)
            self._last = []

    def extend(self, things: Iterable[T]) -> None:
        """Append each."""
        for thing in things:
            self.append(thing)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[T]:
        self._file.flush()
        for first, size in self._places:
            yield from pickle.loads(pread(self._file.fileno(), size, first))
        yield from self._last
