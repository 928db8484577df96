"""Ties between things in, the groups they form and the splits these stand in out."""

from collections.abc import Collection, Hashable, Iterable
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


class Homes(Generic[K]):
    """The splits that stand under each key. Equal sets are one object: there are nearly as many keys as rows."""

    def __init__(self) -> None:
        self._splits: dict[K, frozenset[str]] = {}
        self._shared: dict[frozenset[str], frozenset[str]] = {}

    def add(self, key: K, splits: Collection[str]) -> None:
        """Put these there too."""
        if splits:
            both = self.get(key).union(splits)
            self._splits[key] = self._shared.setdefault(both, both)

    def get(self, key: K) -> frozenset[str]:
        """Those that are there."""
        return self._splits.get(key, frozenset())

    def __contains__(self, key: K) -> bool:
        return key in self._splits
