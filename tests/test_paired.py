"""eval/paired.py and eval/marking.py: paired differences, what they are worth, and which words differ."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.marking import marked
from eval.paired import measured, paired, paired_change, shared_rows
from eval.predictions import Prediction
from eval.scores import ALL
from warehouse.kit import BadInput


def line(number: int, wrote: str, kind: str = "short_answer", reference: str = "诸葛亮字孔明") -> Prediction:
    return Prediction(f"{number:02}", "quiz", kind, "", "", f"问{number}", wrote, reference, reference, True)


def test_a_paired_interval_is_that_of_the_differences_and_not_of_the_means() -> None:
    """Rows from 0 to 100 and each 2 higher: the means' intervals overlap widely, the difference has no spread at all."""
    before = np.linspace(0, 98, 40)
    change = paired_change(before, before + 2, "higher")
    assert change is not None
    assert (change.n, change.change, change.low, change.high, change.verdict) == (40, 2.0, 2.0, 2.0, "better")
    fallen = paired_change(before, before + 2, "lower")
    assert fallen is not None
    assert fallen.verdict == "worse"


def test_the_interval_is_that_of_the_textbook() -> None:
    """Differences of 10 ± 1.96·30/√100: drawn from a sample with that very mean and spread."""
    drawn = np.random.default_rng(1).normal(size=100)
    difference = 10 + 30 * (drawn - drawn.mean()) / drawn.std()
    change = paired_change(np.zeros(100), difference, "higher")
    assert change is not None
    assert change.low == pytest.approx(10 - 5.88, abs=0.9)
    assert change.high == pytest.approx(10 + 5.88, abs=0.9)


def test_a_change_within_chance_is_the_same() -> None:
    change = paired_change(np.array([0.0, 100.0, 0.0, 0.0]), np.array([0.0, 0.0, 100.0, 0.0]), "higher")
    assert change is not None
    assert (change.change, change.verdict) == (0.0, "same")
    one = paired_change(np.array([0.0]), np.array([100.0]), "higher")
    assert one is not None
    assert (one.low, one.high, one.verdict) == (None, None, "same")  # one row proves nothing
    assert paired_change(np.array([np.nan]), np.array([1.0]), "higher") is None


def test_a_ratio_is_better_where_it_comes_nearer_to_one() -> None:
    """A ratio that rises is better below 1 and worse above it; rows that only change sides have not moved it."""
    half, most, over = np.full(20, 0.5), np.full(20, 0.9), np.full(20, 1.3)
    verdicts = [paired_change(*pair, "near 1") for pair in ((half, most), (most, over), (half, over))]
    assert [change.verdict if change else "" for change in verdicts] == ["better", "worse", "better"]
    change = paired_change(np.array([0.5, 1.5] * 10), np.array([0.9, 1.1] * 10), "near 1")
    assert change is not None
    assert (round(change.change, 6), change.verdict) == (0.0, "same")


def test_groups_have_the_rows_that_a_metric_applies_to() -> None:
    before = [line(n, "曹操") for n in range(6)] + [line(n, "A", "single_choice", "B") for n in range(6, 12)]
    after = [replace(one, prediction=one.reference) for one in before]
    found = paired(before, measured(before), measured(after))
    assert list(found) == [ALL, ("quiz", "short_answer", "all", "all"), ("quiz", "single_choice", "all", "all")]
    exact = found[ALL]["exact"]
    assert (exact.n, exact.before, exact.after, exact.low, exact.high, exact.verdict) == (6, 0, 100, 100, 100, "better")
    assert found[ALL]["rouge_l"].n == 12
    assert "exact" not in found["quiz", "short_answer", "all", "all"]
    assert "leaks" not in found[ALL]  # nobody plays a part


def test_only_rows_asked_in_the_same_words_are_held_against_each_other() -> None:
    first = [line(n, "曹操") for n in range(4)]
    second = [first[2], replace(first[1], prompt="别的"), replace(first[0], prediction="刘备"), line(9, "孙权")]
    rows, left_out = shared_rows({"first": first, "second": second})
    assert [one.sample_id for one in rows["first"]] == ["00", "02"]
    assert [one.prediction for one in rows["second"]] == ["刘备", "曹操"]
    assert left_out == 3  # 01 in other words, 03 and 09 but once
    with pytest.raises(BadInput, match="first, second: no row was asked of all of them"):
        shared_rows({"first": first[:1], "second": [line(9, "孙权")]})


def test_rows_without_ids_go_by_their_place() -> None:
    rows = [replace(line(n, "曹操"), sample_id="") for n in range(3)]
    assert shared_rows({"a": rows, "b": rows[:2]})[0]["b"] == rows[:2]


def test_what_differs_is_marked_by_words() -> None:
    old, new = marked("刘备和关羽结为兄弟。", "刘备和张飞结为兄弟。")
    assert old == [("刘备和", False), ("关羽", True), ("结为兄弟。", False)]
    assert new == [("刘备和", False), ("张飞", True), ("结为兄弟。", False)]
    assert marked("", "曹操") == ([], [("曹操", True)])
    assert marked("曹操", "曹操") == ([("曹操", False)], [("曹操", False)])
    long = "曹操，" * 2_000
    assert marked(long, long + "刘备") == ([(long, True)], [(long + "刘备", True)])  # too long to look into


@given(st.text("曹操刘备 ab，\n", max_size=30), st.text("曹操刘备 ab，\n", max_size=30))
def test_the_pieces_are_the_texts(before: str, after: str) -> None:
    old, new = marked(before, after)
    assert ("".join(text for text, _ in old), "".join(text for text, _ in new)) == (before, after)
    assert sum(len(text) for text, own in old if not own) == sum(len(text) for text, own in new if not own)
