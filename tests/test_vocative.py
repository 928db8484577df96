"""Words of address at the head of what is said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.vocative import Vocative, Vocatives

CALLS = Vocatives(["沈砚秋", "砚秋", "石岱", "操"])
NAME = Vocative("砚秋", True)


@pytest.mark.parametrize(
    "words, found",
    [
        ("砚秋，天晚了。", NAME),
        ("好砚秋，饶了我罢。", NAME),
        ("砚秋休走！", NAME),
        ("罢了，砚秋，回去罢。", NAME),
        ("哥哥说的是。", Vocative("哥哥", False, "male")),
        ("嫂嫂请坐。", Vocative("嫂嫂", False, "female")),
        ("师父呵，路远。", Vocative("师父", False, "male")),
        ("小的们，开门！", Vocative("小的们", False, "", True)),
    ],
)
def test_called(words: str, found: Vocative) -> None:
    assert CALLS.find(words) == found


@pytest.mark.parametrize(
    "words", ["砚秋", "砚秋、石岱，各引一军。", "砚秋之言差矣。", "砚秋莫非要走？", "哥哥昨日来过。", "操，何人？", ""]
)
def test_spoken_of(words: str) -> None:
    assert CALLS.find(words) is None


@given(st.text(alphabet="“好呀砚秋石岱哥哥，。！、们小的", max_size=16))
def test_what_is_found_stands_near_the_head(words: str) -> None:
    found = CALLS.find(words)
    assert found is None or 0 <= words.index(found.words) <= 12
