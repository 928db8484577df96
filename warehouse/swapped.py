"""Texts in; which of them are the same words, names aside that mean the same people, out.

玄德曰善 and 刘备曰善 → the same        司马望曰善 and 子初曰善 → the same: 子初 may be 司马望        玄德曰善 and 孟德曰善 → not
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from warehouse.canonical import find_names, find_titles, people
from warehouse.normalise import normalise_all

_LOOKED_THROUGH = (
    40  # characters; what names change in a longer text leaves most of its pieces, see warehouse/overlap.py
)
_NAME = "\x1f"  # stands for a name; normalised text has none

_Masked = tuple[str, tuple[frozenset[str], ...]]  # the words with names marked, and whom each name may mean


class HeldNames:
    """Held-out texts that others are held against. Novels tell by whose cast the names are read; empty for all casts."""

    def __init__(self, texts: Sequence[str], novels: Sequence[str]) -> None:
        self._places: defaultdict[str, list[tuple[int, tuple[frozenset[str], ...]]]] = defaultdict(list)
        for at, (rest, named) in enumerate(_all_masked(texts, novels)):
            if rest:
                self._places[rest].append((at, named))

    def same(self, others: Sequence[str], novels: Sequence[str]) -> Iterator[tuple[int, int]]:
        """(position of the held-out text, position in `others`) of each pair of texts, however short, that are equal when
        normalised, or whose names could be of the same people, one by one, the rest being equal; of 40 characters or more
        those of the same characters in any order."""
        for at, (rest, named) in enumerate(_all_masked(others, novels)):
            for held_at, held_names in self._places.get(rest, ()):
                if all(one & other for one, other in zip(held_names, named, strict=True)):
                    yield held_at, at


def _all_masked(texts: Sequence[str], novels: Sequence[str]) -> Iterator[_Masked]:
    return (_masked(text, novel) for text, novel in zip(normalise_all(texts), novels, strict=True))


def _masked(text: str, novel: str) -> _Masked:
    if len(text) >= _LOOKED_THROUGH:
        return "".join(sorted(text)), ()  # a clause may have gone to another place
    owners, names = people(novel), find_names(novel)
    named = tuple(owners[name] for name in names.findall(text))
    return find_titles(novel, _NAME).sub(_NAME, names.sub(_NAME, text)) if named else text, named
