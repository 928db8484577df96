"""Samples in, what each is a copy of and which cluster it is in out."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from warehouse.clusters import Groups
from warehouse.known_pairs import PairFinder
from warehouse.near import NearConfig, jaccard, near_pairs
from warehouse.normalise import normalise


@dataclass(frozen=True, slots=True)
class Item:
    """A text to deduplicate. `group` keeps equal texts of two groups apart; `answer` must agree for a merge.

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
    first: dict[tuple[str, str], Item] = {}
    verdicts: dict[str, Verdict] = {}
    copies: defaultdict[str, list[str]] = defaultdict(list)
    unique: list[tuple[Item, str]] = []
    for item in items:
        text = normalise(item.text)
        original = first.setdefault((item.group, text), item)
        if original is item:
            unique.append((item, text))
        else:
            verdicts[item.item_id] = Verdict("", original.item_id, f"same text as {original.item_id}")
            copies[original.item_id].append(item.item_id)
    neighbours = _neighbours([text for _, text in unique], config, find)
    clusters: Groups[str] = Groups()
    homes: defaultdict[str, set[str]] = defaultdict(set)  # splits of the settled items in a cluster
    straddles: dict[str, str] = {}
    merged: set[int] = set()
    for i, (item, text) in enumerate(unique):
        clusters.first(item.item_id)
        near = [(j, similarity) for j, similarity in neighbours.get(i, ()) if unique[j][0].item_id not in straddles]
        splits = {item.split} - {""}
        splits.update(*(homes[clusters.first(unique[j][0].item_id)] for j, _ in near))
        if len(splits) > 1 and not item.split:
            # Whichever it joined, the other would leak; and a tie to both would make settled items move.
            straddles[item.item_id] = " and ".join(sorted(splits))
            continue
        near.sort(key=lambda pair: unique[pair[0]][0].item_id != item.before)  # stable
        for j, similarity in near:
            other, other_text = unique[j]
            clusters.tie(other.item_id, item.item_id)
            if j in merged or i in merged or item.split or item.exact or item.group != other.group:
                continue
            if min(len(text), len(other_text)) >= config.merge_from and _same_answer(item, other, config):
                merged.add(i)
                reason = f"near-duplicate of {other.item_id}, similarity {similarity:.2f}"
                verdicts[item.item_id] = Verdict("", other.item_id, reason)
        homes[clusters.first(item.item_id)] |= splits
    for item, _ in unique:
        cluster = clusters.first(item.item_id)
        straddled = straddles.get(item.item_id, "")
        verdict = verdicts.get(item.item_id, Verdict(""))
        verdicts[item.item_id] = Verdict(cluster, verdict.duplicate_of, verdict.reason, straddled)
        for copy in copies[item.item_id]:
            verdicts[copy] = Verdict(cluster, verdicts[copy].duplicate_of, verdicts[copy].reason)
    return verdicts


def _neighbours(texts: Sequence[str], config: NearConfig, find: PairFinder) -> dict[int, list[tuple[int, float]]]:
    """For each position its near-duplicates before it, earliest first. Equal texts are those of two groups."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    found: defaultdict[int, list[tuple[int, float]]] = defaultdict(list)
    for i, text in enumerate(texts):
        found[i].extend((j, 1.0) for j in places[text])
        places[text].append(i)
    distinct = list(places)
    for pair in find(distinct, config):
        for a in places[distinct[pair.left]]:
            for b in places[distinct[pair.right]]:
                found[max(a, b)].append((min(a, b), pair.similarity))
    return {i: sorted(pairs) for i, pairs in found.items() if pairs}


def _same_answer(a: Item, b: Item, config: NearConfig) -> bool:
    x, y = normalise(a.answer), normalise(b.answer)
    if x == y or min(len(x), len(y)) < config.merge_from:
        return x == y
    return jaccard(x, y, config.shingle) >= config.threshold
