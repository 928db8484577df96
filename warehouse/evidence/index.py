"""A novel's text in; where any words stand in it out, in microseconds."""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from corpora.chapters import Chapter, split_chapters
from warehouse.evidence.letters import Array, letters_of

BLOCK = 10  # letters; how near words are to each other is counted in blocks


@dataclass(frozen=True)
class Index:
    """Every pair of neighbouring letters of a text, sorted, so that a phrase is found by its rarest pair.

    Positions count letters (see `letters_of`), not characters. A pair index needs no word list, so that names and old
    words that no dictionary has are found as surely as others; it is made in 0.3 s a million characters.
    """

    text: str
    codes: Array
    offsets: Array  # of each letter in the text
    chapters: tuple[Chapter, ...]
    chapter_starts: Array  # in letters
    chapter_of_block: Array  # its place in `chapters`
    in_heading: Array  # for each letter, whether it belongs to a chapter's heading
    _single: tuple[Array, Array]  # sorted codes, and the position of each
    _pairs: tuple[Array, Array]  # sorted pairs, and the position of each
    _found: dict[str, Array] = field(default_factory=dict, repr=False, compare=False)

    @property
    def size(self) -> int:
        """The number of letters."""
        return len(self.codes)

    @property
    def blocks(self) -> int:
        """The number of blocks."""
        return len(self.chapter_of_block)

    def find(self, letters: str) -> Array:
        """The positions at which the bare letters begin, ascending."""
        if letters not in self._found:
            self._found[letters] = self._search(np.array([ord(c) for c in letters], dtype=np.uint32))
        return self._found[letters]

    def chapter_at(self, positions: Array) -> Array:
        """Which of `chapters` each position is in, by its place in that tuple."""
        return np.maximum(np.searchsorted(self.chapter_starts, positions, side="right") - 1, 0)

    def _search(self, codes: Array) -> Array:
        if not len(codes):
            return np.zeros(0, dtype=np.int64)
        if len(codes) == 1:
            return _run(self._single, int(codes[0]))
        runs = [(_run(self._pairs, _pair(int(a), int(b))), at) for at, (a, b) in enumerate(pairwise(codes))]
        found, step = min(runs, key=lambda run: len(run[0]))
        found = found - step
        found = found[(found >= 0) & (found + len(codes) <= self.size)]
        for step, code in enumerate(codes):
            found = found[self.codes[found + step] == code]
        return found


def build_index(text: str) -> Index:
    """The index of a novel's text."""
    letters = letters_of(text)
    chapters = tuple(split_chapters(text))
    codes = letters.codes
    starts = np.searchsorted(letters.offsets, [chapter.start for chapter in chapters])
    bodies = np.searchsorted(letters.offsets, [chapter.body_start for chapter in chapters])
    in_heading = np.zeros(len(codes), dtype=bool)
    for start, body in zip(starts, bodies, strict=True):
        in_heading[start:body] = True
    middles = np.arange(len(codes) // BLOCK + 1) * BLOCK + BLOCK // 2
    chapter_of_block = np.maximum(np.searchsorted(starts, middles, side="right") - 1, 0)
    pairs = (codes[:-1].astype(np.uint64) << np.uint64(21)) | codes[1:].astype(np.uint64)
    return Index(
        text, codes, letters.offsets, chapters, starts, chapter_of_block, in_heading, _sorted(codes), _sorted(pairs)
    )


def _sorted(keys: Array) -> tuple[Array, Array]:
    order = np.argsort(keys, kind="stable")  # stable: the positions of one key ascend
    return keys[order], order


def _pair(first: int, second: int) -> int:
    return (first << 21) | second  # a code point has at most 21 bits


def _run(table: tuple[Array, Array], key: int) -> Array:
    keys, positions = table
    wanted = keys.dtype.type(key)
    return positions[np.searchsorted(keys, wanted, side="left") : np.searchsorted(keys, wanted, side="right")]
