"""Options change places, answers follow, and questions that speak of their options stay as they are."""

import string
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.rows.options import shuffled

FOUR = dict(zip("ABCD", ["刘备", "关羽", "张飞", "赵云"], strict=True))


@given(
    st.lists(st.text("甲乙丙丁戊己庚辛", min_size=1, max_size=4), min_size=1, max_size=8),
    st.integers(0, 255),
    st.integers(0, 5),
)
def test_the_same_words_under_the_same_letters_and_the_answer_is_the_same_words(
    texts: list[str], chosen: int, seed: int
) -> None:
    options = dict(zip(string.ascii_uppercase, texts, strict=False))
    answer = "".join(letter for k, letter in enumerate(options) if chosen >> k & 1)
    drawn, letters = shuffled("何人", options, answer, seed)
    assert list(drawn) == sorted(drawn) == list(options)
    assert Counter(drawn.values()) == Counter(texts)
    assert Counter(drawn[letter] for letter in letters) == Counter(options[letter] for letter in answer)
    assert letters == "".join(sorted(letters))
    assert shuffled("何人", options, answer, seed) == (drawn, letters)


def test_every_place_is_as_likely_and_the_printed_order_does_not_matter() -> None:
    places: Counter[str] = Counter()
    for k in range(800):
        drawn, letters = shuffled(f"第{k}问", FOUR, "B", 7)
        assert (drawn, letters) == shuffled(
            f"第{k}问", dict(zip("ABCD", ["关羽", "赵云", "刘备", "张飞"], strict=True)), "A", 7
        )
        places[letters] += 1
    assert all(160 <= places[letter] <= 240 for letter in "ABCD")
    assert {shuffled("谁？", FOUR, "B", seed)[1] for seed in range(40)} == set("ABCD")


@pytest.mark.parametrize(
    ("stem", "change", "answer"),
    [
        ("谁？", {"D": "以上都对"}, "D"),
        ("谁？", {"D": "A和B"}, "D"),
        ("谁？", {"D": "A、C"}, "D"),
        ("谁？", {"D": "前三项都不对"}, "D"),
        ("谁？", {"D": "两者皆是"}, "D"),
        ("谁？", {"D": "全错"}, "A"),
        ("谁？", {"D": "两手都是"}, "A"),
        ("谁？", {"D": ""}, "A"),
        ("下列对B项的理解，正确的是", {}, "A"),
        ("谁？", {}, "AE"),
        ("谁？", {}, "E"),
    ],
)
def test_what_stays_as_it_is(stem: str, change: dict[str, str], answer: str) -> None:
    for seed in range(5):
        assert shuffled(stem, FOUR | change, answer, seed) == (FOUR | change, answer)


@pytest.mark.parametrize("text", ["都没有断", "DNA", "维生素B1", "左思的《三都赋》", "一九八三年"])
def test_options_that_only_look_like_it_are_shuffled(text: str) -> None:
    options = FOUR | {"D": text}
    assert any(shuffled("谁？", options, "D", seed) != (options, "D") for seed in range(9))
