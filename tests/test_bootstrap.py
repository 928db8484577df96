"""eval/bootstrap.py: intervals as the textbook has them, the same every time, and quick."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import eval.bootstrap
from eval.bootstrap import Bootstrap, intervals

NAN = float("nan")


def column(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float64)[:, None]


def test_a_share_has_the_interval_of_the_textbook() -> None:
    """400 coins of which 120 are heads: 30 ± 1.96·√(0.3·0.7/400)·100 = 30 ± 4.5."""
    low, high = intervals(column(*[100.0] * 120, *[0.0] * 280), Bootstrap(draws=4000))[:, 0]
    assert (low, high) == (pytest.approx(25.5, abs=0.5), pytest.approx(34.5, abs=0.5))


def test_rows_a_metric_does_not_apply_to_count_for_nothing() -> None:
    known = np.tile([0.0, 100.0, 50.0, 25.0], 25)
    padded = np.concatenate([known, np.full(300, NAN)])[:, None]
    low, high = intervals(padded, Bootstrap(draws=4000))[:, 0]
    alone_low, alone_high = intervals(known[:, None], Bootstrap(draws=4000))[:, 0]
    assert (low, high) == (pytest.approx(alone_low, abs=1.0), pytest.approx(alone_high, abs=1.0))


def test_too_few_values_have_no_interval() -> None:
    values = np.array([[1.0, NAN, 5.0, NAN], [3.0, NAN, 5.0, 2.0]])
    low, high = intervals(values)
    assert (low[0], high[0]) == (1.0, 3.0)
    assert np.isnan([low[1], high[1], low[3], high[3]]).all()
    assert (low[2], high[2]) == (5.0, 5.0)
    assert np.isnan(intervals(column(4.0))).all()


def test_the_seed_decides_and_pieces_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(1).random((50, 3))
    first = intervals(values)
    assert (intervals(values) == first).all()
    assert (intervals(values, Bootstrap(seed=8)) != first).any()
    monkeypatch.setattr(eval.bootstrap, "_CELLS", 333)
    assert (intervals(values) == first).all()


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(0, 100), min_size=2, max_size=30))
def test_bounds(values: list[float]) -> None:
    low, high = intervals(column(*values), Bootstrap(draws=200))[:, 0]
    assert min(values) - 1e-5 <= low <= high <= max(values) + 1e-5


def test_ten_thousand_rows_take_under_five_seconds() -> None:
    values = np.random.default_rng(1).random((10_000, 18))
    began = time.process_time()
    intervals(values)
    assert time.process_time() - began < 10  # of both cores together
