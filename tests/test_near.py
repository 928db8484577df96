"""Near-duplicates: every pair that is found is one, nearly every one is found, and short texts are handled exactly."""

import random
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.near import NearConfig, NearPair, jaccard, near_pairs, shingle_hashes
from warehouse.normalise import normalise

CONFIG = NearConfig()
chinese = st.text("天下大势分久必合合久必分", min_size=0, max_size=14)


def edits(a: str, b: str) -> int:
    """Levenshtein distance, the textbook way."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row, before = [i], row
        for j, y in enumerate(b, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (x != y)))
    return row[-1]


def found(texts: list[str], config: NearConfig = CONFIG) -> set[tuple[int, int]]:
    return {(pair.left, pair.right) for pair in near_pairs(texts, config)}


def by_brute_force(texts: list[str], config: NearConfig, margin: float = 0.0) -> set[tuple[int, int]]:
    """Pairs as the docstring of near_pairs defines them, `margin` above the threshold for those that MinHash finds."""
    pairs = set()
    sets = [{text[k : k + config.shingle] for k in range(len(text) - config.shingle + 1)} for text in texts]
    for i, j in combinations(range(len(texts)), 2):
        a, b = texts[i], texts[j]
        short = all(config.one_edit_from <= len(text) < config.one_edit_to for text in (a, b))
        close = short and abs(len(a) - len(b)) < 2 and 1 - 1 / max(len(a), len(b)) >= config.threshold
        union = len(sets[i] | sets[j]) or 1
        if len(sets[i] & sets[j]) / union >= config.threshold + margin or (close and edits(a, b) == 1):
            pairs.add((i, j))
    return pairs


def test_two_sentences_one_character_apart_meet() -> None:
    texts = [normalise(text) for text in ("吾乃常山赵子龙也！", "吾乃常山趙子虎也。", "燕人张翼德在此。")]
    assert list(near_pairs(texts, CONFIG)) == [NearPair(0, 1, 1 - 1 / 8)]


@pytest.mark.parametrize("length", [5, 6, 12, 25, 26, 27, 31, 39, 40, 60, 180])
def test_one_edit_meets_at_every_length(length: int) -> None:
    letters = random.Random(length)
    for _ in range(40):
        text = "".join(chr(0x4E00 + letters.randrange(3000)) for _ in range(length))
        k = letters.randrange(length)
        for other in (text[:k] + "甪" + text[k + 1 :], text[:k] + "甪" + text[k:]):
            assert found([text, other]) == {(0, 1)}, (text, other)


def test_texts_of_one_to_four_characters_are_near_only_themselves() -> None:
    assert found(["是", "然", "是也", "然也", "不是也", "不然也", "如之奈何", "如之若何", ""]) == set()


@given(st.lists(chinese, unique=True, max_size=12))
@settings(max_examples=150, deadline=None)
def test_short_texts_against_brute_force(texts: list[str]) -> None:
    pairs = found(texts)
    assert pairs <= by_brute_force(texts, CONFIG)
    assert pairs >= by_brute_force(texts, CONFIG, margin=0.1)


@pytest.mark.parametrize("threshold", [0.4, 0.7, 0.9])
def test_long_texts_against_brute_force(threshold: float) -> None:
    letters = random.Random(7)
    texts: list[str] = []
    for _ in range(100):
        text = [chr(0x4E00 + letters.randrange(500)) for _ in range(letters.randrange(20, 200))]
        texts.append("".join(text))
        for _ in range(2):
            for _ in range(letters.randrange(1, 5)):
                text[letters.randrange(len(text))] = chr(0x4E00 + letters.randrange(500))
            texts.append("".join(text))
    texts = list(dict.fromkeys(texts))
    config = NearConfig(threshold=threshold)
    pairs, sure = found(texts, config), by_brute_force(texts, config, margin=0.05)
    assert pairs <= by_brute_force(texts, config)  # precision 1: every pair is verified
    assert len(sure) > 10 and len(sure & pairs) >= 0.99 * len(sure)


@given(st.lists(st.text(max_size=9), max_size=6), st.integers(1, 5))
def test_shingle_hashes_against_sets(texts: list[str], size: int) -> None:
    hashes, offsets = shingle_hashes(texts, size)
    assert len(offsets) == len(texts) + 1 and offsets[0] == 0 and offsets[-1] == len(hashes)
    known: dict[str, int] = {}
    for text, start, end in zip(texts, offsets[:-1].tolist(), offsets[1:].tolist(), strict=True):
        shingles = [text[k : k + size] for k in range(len(text) - size + 1)]
        assert len(shingles) == end - start
        for shingle, value in zip(shingles, hashes[start:end].tolist(), strict=True):
            assert known.setdefault(shingle, value) == value
    assert len(set(known.values())) == len(known)


def test_jaccard_by_hand() -> None:
    # 天下大 下大势 大势分 势分久 against 天下大 下大势 大势合 势合久: two of six
    assert jaccard("天下大势分久", "天下大势合久", 3) == 2 / 6
    assert (jaccard("是", "是", 4), jaccard("如之奈何", "如之奈何", 4)) == (0.0, 1.0)


def test_shingle_hashes_of_the_docstring() -> None:
    hashes, offsets = shingle_hashes(["天下大势", "是"], 2)
    assert (len(hashes), offsets.tolist(), hashes.dtype) == (3, [0, 3, 3], np.dtype("uint64"))


def test_many_texts_of_one_pattern_take_no_time_that_grows_with_their_square() -> None:
    texts = [f"请问这个{chr(0x4E00 + i)}字怎么写" for i in range(3000)]
    pairs = found(texts)
    assert len(pairs) < 3 * len(texts)
    assert {right for _, right in pairs} == set(range(1, len(texts)))  # and each is tied to another all the same


def test_the_bands_follow_the_threshold() -> None:
    assert NearConfig().bands() == (22, 5)
    for threshold in (0.3, 0.5, 0.7, 0.8, 0.95, 1.0):
        bands, rows = NearConfig(threshold=threshold).bands()
        assert bands * rows <= 110
        assert 1 - (1 - min(threshold + 0.05, 1.0) ** rows) ** bands >= 0.995


@pytest.mark.parametrize("wrong", [{"threshold": 0.0}, {"threshold": 1.1}, {"shingle": 0}, {"permutations": 0}])
def test_what_a_config_may_not_say(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        NearConfig(**wrong)
