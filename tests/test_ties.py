"""Pairs of rows become clusters and copies: a copy is like the row that is kept for it, and settled rows never move."""

from hypothesis import given
from hypothesis import strategies as st

from warehouse.signatures.ties import Tie, tie_rows


def test_a_chain_is_one_cluster_but_only_what_is_like_a_kept_row_is_dropped() -> None:
    # 1 – 2 – 3 – 4: 3 is like 2 alone, which is dropped, so it stays; 4 is like 3
    assert tie_rows([(2, 1), (3, 2), (4, 3)], [1, 2, 3, 4], {}) == [
        Tie(1, 1), Tie(2, 1, 1), Tie(3, 1), Tie(4, 1, 3),
    ]  # fmt: skip


def test_a_cluster_is_named_after_its_least_row() -> None:
    assert tie_rows([(5, 3), (6, 1), (7, 5), (7, 6)], [1, 3, 5, 6, 7], {}) == [
        Tie(1, 1), Tie(3, 1), Tie(5, 1, 3), Tie(6, 1, 1), Tie(7, 1),
    ]  # fmt: skip


def test_a_row_that_bridges_two_settled_clusters_joins_neither() -> None:
    settled = {1: Tie(1, 1), 2: Tie(2, 2), 4: Tie(4, 2, 2)}
    pairs = [(11, 1), (12, 4), (12, 11), (13, 12), (14, 4)]
    assert tie_rows(pairs, [1, 4, 11, 12, 13, 14], settled) == [
        Tie(11, 1, 1),
        Tie(12, 2, 4),  # like 11, which is in the cluster of 1, and 4, in that of 2: out, as a copy of the first
        Tie(13, 13),  # its only tie was to a row that is out
        Tie(14, 2),  # like 4 alone, which is dropped
    ]


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=60), st.integers(0, 30))
def test_every_copy_is_paired_with_its_kept_row_and_settled_clusters_stay_apart(edges: list, base: int) -> None:
    pairs = sorted({(max(a, b), min(a, b)) for a, b in edges if a != b})
    early = [pair for pair in pairs if pair[0] < base]
    late = [pair for pair in pairs if pair[0] >= base]
    first = {tie.row: tie for tie in tie_rows(early, sorted({row for pair in early for row in pair}), {})}
    rows = sorted({row for pair in late for row in pair})
    settled = {row: first.get(row, Tie(row, row)) for row in rows if row < base}
    ties = {**first, **settled} | {tie.row: tie for tie in tie_rows(late, rows, settled)}
    assert {row: ties[row] for row in first} == first
    bridges = set()
    for tie in ties.values():
        if tie.duplicate_of is not None:
            assert (tie.row, tie.duplicate_of) in pairs
            bridges |= {tie.row} if ties[tie.duplicate_of].duplicate_of is not None else set()
        assert tie.cluster <= tie.row
    assert all(row >= base for row in bridges)  # only such a row is a copy of a copy
