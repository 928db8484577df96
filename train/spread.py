"""Rows in, what a function makes of each part of them out, in order: here, or wherever the caller spreads the parts."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Protocol, TypeVar

from train.rows import Row

A = TypeVar("A")
B = TypeVar("B")

PART = 2000  # rows: a second's work, some ten times what it costs to send them elsewhere


class Spread(Protocol):
    """As `map`: results in the order of the items. The function and its items can be pickled."""

    def __call__(self, function: Callable[[A], B], items: Iterable[A], /) -> Iterable[B]: ...


def here(function: Callable[[A], B], items: Iterable[A], /) -> Iterable[B]:
    """One after the other, in this process."""
    return map(function, items)


def by_parts(function: Callable[[Sequence[Row]], Sequence[B]], rows: Sequence[Row], spread: Spread) -> Iterator[B]:
    """What `function` gives for each row, asked for some thousand rows at a time; few rows never leave this process."""
    parts = [rows[start : start + PART] for start in range(0, len(rows), PART)]
    found = spread(function, parts) if len(parts) > 1 else here(function, parts)
    return chain.from_iterable(found)
