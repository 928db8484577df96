"""Saves of several people, and of models that were asked, in; how far they agree out: Cohen's kappa (Cohen 1960) for every
two of them."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from warehouse.annotations import ASSIST, FIELDS, Save


@dataclass(frozen=True)
class Agreement:
    """How far two people agree on a field of the `rows` that both have looked at.

    `agreed` is a share, `kappa` what is left of it above chance: 1 for always, 0 for as often as by chance, None where
    both gave every row one and the same value, and chance agrees as well.
    """

    table: str
    field: str
    people: tuple[str, str]
    rows: int
    agreed: float
    kappa: float | None

    @property
    def assisted(self) -> bool:
        """Whether one of the two is a model."""
        return any(name.startswith(ASSIST) for name in self.people)


def agreements(made: Iterable[Save]) -> list[Agreement]:
    """For every field and every two people with rows in common; a person's newest save of a row counts."""
    last = {(one.table, one.record_id, one.annotator): one for one in made}
    labels: defaultdict[tuple[str, str], defaultdict[str, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    for (table, record_id, annotator), one in last.items():
        if table not in FIELDS:
            continue
        kept = [] if one.assisted else [("verdict", "reject" if one.verdict == "reject" else "keep")]
        for name, value in [*kept, *((n, one.values[n]) for n in FIELDS[table] if n in one.values)]:
            labels[table, name][annotator][record_id] = json.dumps(value, ensure_ascii=False, sort_keys=True)
    found = []
    for (table, name), by_person in sorted(labels.items()):
        for people in combinations(sorted(by_person), 2):
            shared = sorted(by_person[people[0]].keys() & by_person[people[1]].keys())
            if shared:
                mine, theirs = ([by_person[person][row] for row in shared] for person in people)
                agreed = sum(a == b for a, b in zip(mine, theirs, strict=True)) / len(shared)
                found.append(Agreement(table, name, people, len(shared), agreed, kappa(mine, theirs)))
    return found


def kappa(one: Sequence[str], other: Sequence[str]) -> float | None:
    """Cohen's kappa of two people's labels of the same rows; None where chance alone agrees on all of them.

    >>> round(kappa(["a", "a", "b", "b"], ["a", "a", "b", "a"]), 3)
    0.5
    """
    n = len(one)
    agreed = sum(a == b for a, b in zip(one, other, strict=True)) / n
    mine, theirs = Counter(one), Counter(other)
    chance = sum(mine[label] * theirs[label] for label in mine) / n**2
    return None if chance == 1 else (agreed - chance) / (1 - chance)
