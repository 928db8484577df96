"""Splits: shares are met, ties never straddle, and what has a split keeps it whatever is added later."""

import random
from collections import Counter, defaultdict
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.splits import SPLITS, Candidate, Placed, SplitConfig, assign_splits

CONFIG = SplitConfig()


def candidate(
    key: str, cluster: str = "", scene: str = "", stratum: str = "s", seed: bool = False, split: str = ""
) -> Candidate:
    return Candidate(key, stratum, cluster or key, scene, seed, split)


def assert_no_straddle(candidates: list[Candidate], placed: dict[str, Placed]) -> None:
    homes: defaultdict[str, set[str]] = defaultdict(set)
    for c in candidates:
        if placed[c.sample_id].split:
            homes["cluster " + c.cluster_id].add(placed[c.sample_id].split)
            homes["scene " + c.scene_id if c.scene_id else "own " + c.sample_id].add(placed[c.sample_id].split)
    assert {tie: splits for tie, splits in homes.items() if len(splits) > 1} == {}


def test_single_samples_meet_the_shares_of_each_stratum_exactly() -> None:
    candidates = [candidate(f"{s}{k}", stratum=s) for s in ("quiz/true_false", "quiz/short_answer") for k in range(200)]
    placed = assign_splits(candidates, CONFIG)
    counted = Counter((c.stratum, placed[c.sample_id].split) for c in candidates)
    for stratum in ("quiz/true_false", "quiz/short_answer"):
        assert [counted[stratum, split] for split in SPLITS] == [0, 170, 10, 20]


def test_too_few_to_hold_any_out_all_train() -> None:
    assert {p.split for p in assign_splits([candidate("a"), candidate("b"), candidate("c")], CONFIG).values()} == {
        "train"
    }
    assert assign_splits([], CONFIG) == {}


def test_only_seed_samples_go_to_the_seed_split() -> None:
    candidates = [candidate(f"n{k}") for k in range(50)] + [candidate(f"s{k}", seed=True) for k in range(50)]
    placed = assign_splits(candidates, CONFIG)
    assert {c.sample_id for c in candidates if placed[c.sample_id].split == "seed"} == {f"s{k}" for k in range(50)}


def test_an_unchecked_twin_of_a_seed_is_refused() -> None:
    assert assign_splits([candidate("s", "c", seed=True), candidate("n", "c")], CONFIG) == {
        "s": Placed("seed"),
        "n": Placed("", "tied to a checked sample of the seed split"),
    }


def test_a_new_sample_follows_its_ties() -> None:
    settled = [candidate("a", split="test"), candidate("b", scene="x", split="valid")]
    assert assign_splits([*settled, candidate("n", "a"), candidate("m", scene="x")], CONFIG) == {
        "a": Placed("test"), "b": Placed("valid"), "n": Placed("test"), "m": Placed("valid"),
    }  # fmt: skip


def test_a_new_sample_between_train_and_test_is_refused_with_the_reason() -> None:
    settled = [candidate("a", split="train"), candidate("b", scene="x", split="test")]
    placed = assign_splits([*settled, candidate("n", "a", "x"), candidate("m", scene="x")], CONFIG)
    assert placed["n"] == Placed("", "would straddle test and train (near-duplicate)")
    assert placed["m"] == Placed("test")  # its scene is free again once the copy is gone


def test_a_scene_that_better_extraction_joined_leaves_the_held_out_rows_where_they_are() -> None:
    settled = [candidate("a", scene="x", split="train"), candidate("b", scene="x", split="test")]
    assert assign_splits(settled, CONFIG) == {
        "a": Placed("", "was train; now in one scene with rows of test"),
        "b": Placed("test"),
    }


ties = st.tuples(
    st.integers(0, 12), st.integers(0, 8), st.sampled_from(["s", "t"]), st.integers(0, 9).map(lambda n: n == 0)
)


@given(st.lists(ties, min_size=1, max_size=60), st.randoms(use_true_random=False), st.integers(1, 4))
@settings(max_examples=150)
def test_adding_never_moves_and_ties_never_straddle(rows: list, shuffle: random.Random, batches: int) -> None:
    """Candidates with random clusters and scenes arrive in batches in random order."""
    all_of_them = [
        candidate(f"{k:02}", f"c{cluster}" if cluster else "", f"s{scene}" if scene else "", stratum, seed)
        for k, (cluster, scene, stratum, seed) in enumerate(rows)
    ]
    shuffle.shuffle(all_of_them)
    settled: dict[str, str] = {}
    for batch in range(1, batches + 1):
        here = [
            replace(c, split=settled.get(c.sample_id, "")) for c in all_of_them[: len(all_of_them) * batch // batches]
        ]
        placed = assign_splits(here, CONFIG)
        assert set(placed) == {c.sample_id for c in here}
        assert all(bool(p.split) != bool(p.reason) for p in placed.values())
        assert {key: placed[key].split for key in settled} == settled
        assert_no_straddle(here, placed)
        assert all(c.seed for c in here if placed[c.sample_id].split == "seed")
        assert assign_splits(here[::-1], CONFIG) == placed  # whatever the order
        settled = {key: p.split for key, p in placed.items() if p.split}


@given(st.lists(st.integers(1, 12), min_size=1, max_size=60))
@settings(max_examples=100)
def test_shares_are_met_within_one_group(sizes: list[int]) -> None:
    candidates = [candidate(f"{g}-{k}", f"c{g}") for g, size in enumerate(sizes) for k in range(size)]
    counted = Counter(p.split for p in assign_splits(candidates, CONFIG).values())
    for split, share in (("test", CONFIG.test), ("valid", CONFIG.valid)):
        assert abs(counted[split] - share * len(candidates)) <= max(sizes)


def test_another_seed_gives_another_split() -> None:
    candidates = [candidate(str(k)) for k in range(100)]
    assert assign_splits(candidates, CONFIG) != assign_splits(candidates, SplitConfig(seed=1))


@pytest.mark.parametrize("shares", [(0.5, 0.5), (-0.1, 0.1), (0.1, -0.1)])
def test_shares_that_leave_nothing_to_train_are_refused(shares: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="shares"):
        SplitConfig(*shares)
