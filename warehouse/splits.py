"""Samples and their ties in, a split for each out: stratified, grouped, sticky.

Samples that are near-duplicates or stand in one scene are tied. A group of tied samples goes to one split as a
whole. Samples that have a split keep it, whatever is added later.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from corpora.files import stable_id
from warehouse.clusters import Groups, Homes

SPLITS = ("seed", "train", "valid", "test")  # a later one is held out more strictly


@dataclass(frozen=True)
class SplitConfig:
    """Shares of each question type that are held out; the rest is `train`."""

    valid: float = 0.05
    test: float = 0.10
    seed: int = 20251121

    def __post_init__(self) -> None:
        if self.valid < 0 or self.test < 0 or self.valid + self.test >= 1:
            raise ValueError(f"valid {self.valid} and test {self.test} must be shares that leave something to train")


@dataclass(frozen=True, slots=True)
class Candidate:
    """What the split of a sample depends on. `split` is the one it has already, empty for a new sample."""

    sample_id: str
    stratum: str
    cluster_id: str
    scene_id: str
    seed: bool
    split: str


@dataclass(frozen=True, slots=True)
class Placed:
    """The split a sample gets, or the reason why no split can take it without a leak."""

    split: str
    reason: str = ""


def assign_splits(candidates: Sequence[Candidate], config: SplitConfig) -> dict[str, Placed]:
    """For each sample's id where it goes; the same for the same samples in any order.

    A checked (`seed`) sample goes to the seed split. New groups of a stratum are taken in the order of a seeded hash,
    each to the split that is furthest below its share of the stratum. A new sample whose ties lead to two
    splits is refused. Where better extraction has put settled samples of two splits into one scene, the more
    strictly held out ones stay and the others are refused.
    """
    candidates = sorted(candidates, key=lambda c: c.sample_id)
    settled = [c for c in candidates if c.split]
    placed = _evict(settled)
    settled = [c for c in settled if c.sample_id not in placed]
    into = {split: Placed(split) for split in SPLITS}  # one object for all
    placed.update({c.sample_id: into[c.split] for c in settled})
    homes = _homes(settled)
    free, refused = _refuse_straddlers([c for c in candidates if not c.split], homes)
    placed.update(refused)
    tallies: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for c in settled:
        if c.split != "seed":
            tallies[c.stratum][c.split] += 1
    groups = _groups(free)
    # Larger groups first: they are the hardest to fit, and the small ones then even the shares out.
    order = sorted(groups, key=lambda group: (-len(group), stable_id(config.seed, min(c.sample_id for c in group))))
    for group in order:
        known = {split for c in group for key in (c.cluster_id, c.scene_id) for split in homes.get(key)}
        if known:
            split = known.pop()
        elif any(c.seed for c in group):
            split = "seed"
        else:
            split = _furthest_below(tallies, group, config)
        for c in group:
            if split == "seed" and not c.seed:
                placed[c.sample_id] = Placed("", "tied to a checked sample of the seed split")
                continue
            placed[c.sample_id] = into[split]
            if split != "seed":
                tallies[c.stratum][split] += 1
    return placed


def _evict(settled: Sequence[Candidate]) -> dict[str, Placed]:
    homes = _homes(settled)
    evicted: dict[str, Placed] = {}
    for c in settled:
        for tie, key in (("near-duplicates", c.cluster_id), ("one scene", c.scene_id)):
            strictest = max(homes.get(key) or {c.split}, key=SPLITS.index)
            if strictest != c.split:
                evicted[c.sample_id] = Placed("", f"was {c.split}; now in {tie} with rows of {strictest}")
    return evicted


def _homes(settled: Iterable[Candidate]) -> Homes[str]:
    homes: Homes[str] = Homes()
    for c in settled:
        homes.add(c.cluster_id, {c.split})
        if c.scene_id:
            homes.add(c.scene_id, {c.split})
    return homes


def _refuse_straddlers(new: Sequence[Candidate], homes: Homes[str]) -> tuple[list[Candidate], dict[str, Placed]]:
    """The new samples whose groups touch at most one split, and a refusal for each of the others.

    In a group that touches two, the near-copies of settled samples go first: without them the rest may be free.
    """
    refused: dict[str, Placed] = {}
    left = list(new)
    for tie in ("near-duplicate", "scene"):
        keep: list[Candidate] = []
        for group in _groups(left):
            touched = {s for c in group for key in (c.cluster_id, c.scene_id) for s in homes.get(key)}
            # Something checked cannot go where an unchecked twin is held out, nor the other way round.
            if any(c.seed for c in group) and touched - {"seed"}:
                touched.add("seed")
            if len(touched) < 2:
                keep.extend(group)
                continue
            for c in group:
                copies = c.cluster_id in homes or (c.seed and tie == "near-duplicate")
                if tie == "near-duplicate" and not copies:
                    keep.append(c)
                else:
                    refused[c.sample_id] = Placed("", f"would straddle {' and '.join(sorted(touched))} ({tie})")
        left = keep
    return left, refused


def _groups(candidates: Sequence[Candidate]) -> list[list[Candidate]]:
    groups: Groups[int] = Groups()
    firsts: tuple[dict[str, int], dict[str, int]] = {}, {}  # where each cluster, and each scene, stands first
    tied = set()
    for i, c in enumerate(candidates):
        for key, first in zip((c.cluster_id, c.scene_id), firsts, strict=True):
            if key and (other := first.setdefault(key, i)) != i:
                groups.tie(other, i)
                tied |= {other, i}
    members: defaultdict[int, list[Candidate]] = defaultdict(list)
    for i, c in enumerate(candidates):
        members[groups.first(i) if i in tied else i].append(c)
    return list(members.values())


def _furthest_below(tallies: dict[str, Counter[str]], group: Sequence[Candidate], config: SplitConfig) -> str:
    shares = {"test": config.test, "valid": config.valid, "train": 1 - config.test - config.valid}
    sizes = Counter(c.stratum for c in group)

    def lack(split: str) -> float:
        """Rows the split is short of its share, over the group's strata, once the group is counted in."""
        return sum(
            shares[split] * (sum(tallies[stratum].values()) + size) - tallies[stratum][split]
            for stratum, size in sizes.items()
        ) - (0.5 * len(group) if split != "train" else 0.0)

    # Half the group's size is charged to a held-out split, so that it is not overfilled by a large scene.
    return max(shares, key=lambda split: (lack(split), split))
