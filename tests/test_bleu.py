"""eval/bleu.py: nltk's own numbers over characters, smoothed by method 3, without a warning."""

import math
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu
from test_rouge import random_pairs

from eval.bleu import bleu_4

METHOD_3 = SmoothingFunction().method3


def by_library(prediction: str, reference: str) -> float:
    return 100 * sentence_bleu([list(reference)], list(prediction), smoothing_function=METHOD_3)


def test_equals_the_library_on_random_pairs() -> None:
    pairs = random_pairs(500)
    assert sum(by_library(*pair) > 10 for pair in pairs) > 50  # the pairs are not all apart
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for prediction, reference in pairs:
            assert bleu_4(prediction, reference) == pytest.approx(by_library(prediction, reference), abs=1e-9)


@settings(max_examples=300, deadline=None)
@given(st.text("曹操曰。", max_size=9), st.text("曹操曰。", max_size=9))
def test_equals_the_library_on_short_texts(prediction: str, reference: str) -> None:
    assert bleu_4(prediction, reference) == pytest.approx(by_library(prediction, reference), abs=1e-9)


def test_by_hand() -> None:
    assert bleu_4("", "曹操") == 0.0
    assert bleu_4("曹操", "") == 0.0
    assert bleu_4("刘备", "曹操") == 0.0
    assert bleu_4("桃园三结义", "桃园三结义") == pytest.approx(100.0)
    # Two right characters: 1- and 2-grams 1, 3- and 4-grams smoothed to 1/2 and 1/4.
    assert bleu_4("正确", "正确") == pytest.approx(100 * (1 / 8) ** 0.25)
    # One of two characters, half as long as the reference: brevity e^(1 - 4/2), 1-grams 1/2, then 1/2, 1/4, 1/8.
    assert bleu_4("曹备", "曹操孟德") == pytest.approx(100 * math.exp(-1) * (1 / 2 * 1 / 2 * 1 / 4 * 1 / 8) ** 0.25)
