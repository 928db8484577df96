"""Pairs of near-duplicates in, what each row is a copy of and which cluster it is in out. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from warehouse.clusters import Groups


@dataclass(frozen=True, slots=True)
class Tie:
    """A row that is like others: the least row of its cluster, and the kept row that it is a copy of, if it is one."""

    row: int
    cluster: int
    duplicate_of: int | None = None


def tie_rows(pairs: Iterable[tuple[int, int]], rows: Sequence[int], settled: Mapping[int, Tie]) -> list[Tie]:
    """A tie for each row of `pairs` that is not settled, by row.

    `pairs` are (right, left), left below right, in order, and right is never settled; `rows` are all that they name,
    ascending. A cluster is all that hangs together by pairs, so that no pair straddles two splits; but only a row that
    is itself like a kept one is a copy, and of that one: no chain of small changes drops a row that is like none that
    stays. A row that would join two settled clusters joins neither: it is dropped, as a copy of the first row that it is like.
    """
    clusters: Groups[int] = Groups()
    for row in sorted({*rows, *(tie.cluster for tie in settled.values())}):
        clusters.first(row)  # named in order, so that the first of a group is its least
    for row, tie in settled.items():
        clusters.tie(tie.cluster, row)
    old = {tie.cluster for tie in settled.values()}
    copies = {row: tie.duplicate_of for row, tie in settled.items() if tie.duplicate_of is not None}
    bridges: dict[int, int] = {}
    for right, group in groupby(pairs, key=lambda pair: pair[0]):
        near = [left for _, left in group if left not in bridges]
        homes = {clusters.first(left) for left in near}
        kept = next((left for left in near if left not in copies), None)
        if len(homes & old) > 1:
            copies[right] = near[0] if kept is None else kept
            bridges[right] = copies[right]
            continue
        for left in near:
            clusters.tie(left, right)
        if kept is not None:
            copies[right] = kept
    ties = []
    for row in rows:
        if row not in settled:
            ties.append(Tie(row, clusters.first(bridges.get(row, row)), copies.get(row)))
    return ties
