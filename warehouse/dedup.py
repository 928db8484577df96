"""Samples in, what each is a copy of and which cluster it is in out."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from warehouse.clusters import Groups, Homes
from warehouse.known_pairs import PairFinder
from warehouse.near import NearConfig, jaccard, near_pairs
from warehouse.normalise import normalise


@dataclass(frozen=True, slots=True)
class Item:
    """A normalised text to deduplicate. `group` keeps equal texts of two groups apart; `answer` must agree for a merge.

    `split` is the one a settled item has already, `before` the id of the item that it was merged into; `exact` items merge
    only when equal, since in a quiz item one character can turn the answer round.
    """

    item_id: str
    group: str
    text: str
    answer: str
    exact: bool = False
    split: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`duplicate_of` is empty for what is kept; `cluster` is the item_id of the first item of its cluster."""

    cluster: str
    duplicate_of: str = ""
    reason: str = ""
    straddles: str = ""  # splits of the settled items that a new one is tied to, when there are several


def deduplicate(items: Sequence[Item], config: NearConfig, find: PairFinder = near_pairs) -> dict[str, Verdict]:
    """A verdict for each item's id. Earlier items win; put settled ones first. `find` gives the pairs of near-duplicates.

    Equal normalised texts merge. Near-duplicates share a cluster; the later one merges too, unless it is
    `exact`, so short that one character can decide its meaning, or answers something else. A new item whose ties lead to
    settled items of two splits is tied to none: `straddles` names the splits.
    """
    first: defaultdict[str, dict[str, int]] = defaultdict(dict)
    unique: list[Item] = []
    copies: list[tuple[str, int]] = []
    for item in items:
        original = first[item.group].setdefault(item.text, len(unique))
        if original == len(unique):
            unique.append(item)
        else:
            copies.append((item.item_id, original))
    del first
    neighbours = _neighbours([item.text for item in unique], config, find)
    clusters: Groups[int] = Groups()
    homes: Homes[int] = Homes()  # splits of the settled items in a cluster
    straddles: dict[int, str] = {}
    merged: dict[int, tuple[str, str]] = {}  # into what, and why
    for i, item in enumerate(unique):
        clusters.first(i)
        near = [(j, similarity) for j, similarity in neighbours.get(i, ()) if j not in straddles]
        splits = {item.split} - {""}
        splits.update(*(homes.get(clusters.first(j)) for j, _ in near))
        if len(splits) > 1 and not item.split:
            # Whichever it joined, the other would leak; and a tie to both would make settled items move.
            straddles[i] = " and ".join(sorted(splits))
            continue
        near.sort(key=lambda pair: unique[pair[0]].item_id != item.before)  # stable
        for j, similarity in near:
            other = unique[j]
            clusters.tie(j, i)
            if j in merged or i in merged or item.split or item.exact or item.group != other.group:
                continue
            if min(len(item.text), len(other.text)) >= config.merge_from and _same_answer(item, other, config):
                merged[i] = other.item_id, f"near-duplicate of {other.item_id}, similarity {similarity:.2f}"
        homes.add(clusters.first(i), splits)
    verdicts: dict[str, Verdict] = {}
    for i, item in enumerate(unique):
        cluster = unique[clusters.first(i)].item_id
        verdicts[item.item_id] = Verdict(cluster, *merged.get(i, ("", "")), straddles.get(i, ""))
    for copy, original in copies:
        original_id = unique[original].item_id
        verdicts[copy] = Verdict(verdicts[original_id].cluster, original_id, f"same text as {original_id}")
    return verdicts


def _neighbours(texts: Sequence[str], config: NearConfig, find: PairFinder) -> dict[int, list[tuple[int, float]]]:
    """For each position its near-duplicates before it, earliest first. Equal texts are those of two groups."""
    places: dict[str, int] = {}
    twins: defaultdict[int, list[int]] = defaultdict(list)  # of the first place of a text, all others
    found: defaultdict[int, list[tuple[int, float]]] = defaultdict(list)
    for i, text in enumerate(texts):
        if (original := places.setdefault(text, i)) != i:
            found[i].extend((j, 1.0) for j in (original, *twins[original]))
            twins[original].append(i)
    at = list(places.values())
    for pair in find(list(places), config):
        left, right = at[pair.left], at[pair.right]
        for a in (left, *twins.get(left, ())):
            for b in (right, *twins.get(right, ())):
                found[max(a, b)].append((min(a, b), pair.similarity))
    return {i: sorted(pairs) for i, pairs in found.items() if pairs}


def _same_answer(a: Item, b: Item, config: NearConfig) -> bool:
    x, y = normalise(a.answer), normalise(b.answer)
    if x == y or min(len(x), len(y)) < config.merge_from:
        return x == y
    return jaccard(x, y, config.shingle) >= config.threshold
