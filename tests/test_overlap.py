"""eval/overlap.py: characters that two texts share, whatever their order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.overlap import character_f1


@pytest.mark.parametrize(
    ("prediction", "reference", "share"),
    [
        ("曹操", "曹操", 1.0),
        ("操曹", "曹操", 1.0),
        (" 《曹操》。", "曹操", 1.0),
        ("曹操", "刘备", 0.0),
        ("", "刘备", 0.0),
        ("关羽字云长", "云长", 4 / 7),
        ("好好好", "好", 2 / 4),  # one 好 is wanted, so one counts
    ],
)
def test_by_hand(prediction: str, reference: str, share: float) -> None:
    assert character_f1(prediction, reference) == pytest.approx(share)


@given(st.text("曹操刘备。 ", max_size=8), st.text("曹操刘备。 ", max_size=8))
def test_bounds_and_symmetry(left: str, right: str) -> None:
    assert 0 <= character_f1(left, right) <= 1
    assert character_f1(left, right) == character_f1(right, left)
