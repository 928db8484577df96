"""Ties between things in, the groups they form out."""

from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


class Groups(Generic[K]):
    """Disjoint sets (union by first seen, path halving). A thing never tied is a group of its own."""

    def __init__(self, ties: Iterable[tuple[K, K]] = ()) -> None:
        self._parent: dict[K, K] = {}
        self._order: dict[K, int] = {}
        for a, b in ties:
            self.tie(a, b)

    def tie(self, a: K, b: K) -> None:
        """Put both in one group."""
        a, b = self.first(a), self.first(b)
        if a != b:
            early, late = sorted((a, b), key=self._order.__getitem__)
            self._parent[late] = early

    def first(self, thing: K) -> K:
        """The member of the thing's group that was named first."""
        if thing not in self._parent:
            self._parent[thing] = thing
            self._order[thing] = len(self._order)
        while self._parent[thing] != thing:
            self._parent[thing] = self._parent[self._parent[thing]]
            thing = self._parent[thing]
        return thing
