"""Ties make groups, named by the member that was seen first."""

from hypothesis import given
from hypothesis import strategies as st

from warehouse.clusters import Groups


def test_groups_grow_together() -> None:
    groups = Groups([("丙", "丁"), ("甲", "乙")])
    groups.tie("乙", "丁")
    assert [groups.first(name) for name in "甲乙丙丁戊"] == ["丙", "丙", "丙", "丙", "戊"]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=15))
def test_against_walking_the_ties(ties: list[tuple[int, int]]) -> None:
    groups = Groups(ties)
    order = list(dict.fromkeys(thing for tie in ties for thing in tie))
    for thing in order:
        reached = {thing}
        for _ in ties:
            reached |= {x for a, b in ties if a in reached or b in reached for x in (a, b)}
        assert groups.first(thing) == min(reached, key=order.index)
