"""Many rows in several groups → a few of them, the groups sharing evenly, picked by a hash and not by eye."""

from collections import defaultdict
from collections.abc import Hashable, Sequence

from warehouse.kit import stable_id


def spread_evenly(ids: Sequence[str], groups: Sequence[Hashable], limit: int) -> list[int]:
    """Positions of at most `limit` rows, in ascending order.

    Groups take turns in the order in which they first occur; within a group rows go by the hash of their id, so a
    set that grows keeps most of its sample.

    >>> spread_evenly(["a", "b", "c", "d"], ["quiz", "quiz", "quiz", "roleplay"], 2)
    [2, 3]
    """
    members: dict[Hashable, list[int]] = defaultdict(list)
    for position in sorted(range(len(ids)), key=lambda position: stable_id("spread", ids[position])):
        members[groups[position]].append(position)
    places = {group: place for place, group in enumerate(dict.fromkeys(groups))}
    turns = [(turn, places[group], position) for group, own in members.items() for turn, position in enumerate(own)]
    return sorted(position for _, _, position in sorted(turns)[:limit])
