"""A prediction and a reference → ROUGE-1, ROUGE-2 and ROUGE-L, as rouge-chinese counts them over jieba words.

The recipe is that of `compute_metrics` in ChatGLM-6B's ptuning/main.py: both texts cut by jieba, joined by blanks,
scored by rouge-chinese with its defaults, the F value times 100. (The script also rounds each row to four decimals;
here nothing is rounded.) The library's sentence splitting is used as it is; n-grams and the longest common
subsequence are counted here, because its table of (i, j) keys is what takes the time. The tests hold the two equal.
"""

import re
from itertools import pairwise
from typing import NamedTuple

from rouge_chinese import Rouge

from eval.words import words

_LIBRARY = Rouge()
_SENTENCE_MARK = re.compile("[。！？?…\n.]")  # without any of these `cut_sent` leaves a text whole


class RougeScores(NamedTuple):
    """F values in per cent, 0 to 100."""

    rouge_1: float
    rouge_2: float
    rouge_l: float


def rouge(prediction: str, reference: str) -> RougeScores:
    """ROUGE F of one pair, in per cent. A text without words scores 0, where rouge-chinese raises ValueError."""
    hypothesis, target = _tokens(prediction), _tokens(reference)
    if not hypothesis or not target:
        return RougeScores(0.0, 0.0, 0.0)
    return RougeScores(
        _overlap(set(hypothesis), set(target)),
        _overlap(set(pairwise(hypothesis)), set(pairwise(target))),
        _f(_longest_common(hypothesis, target), len(hypothesis), len(target)),
    )


def _tokens(text: str) -> list[str]:
    """The words rouge-chinese sees. It keeps a blank line between two sentences as one empty word, so it is kept."""
    spaced = " ".join(words(text))
    sentences = _LIBRARY.cut_sent(spaced) if _SENTENCE_MARK.search(spaced) else [spaced.rstrip()]
    return [word for sentence in sentences if sentence for word in sentence.split() or [""]]


def _overlap(hypothesis: set[object], target: set[object]) -> float:
    return _f(len(hypothesis & target), len(hypothesis), len(target))


def _f(common: int, in_hypothesis: int, in_target: int) -> float:
    """Per cent. The 1e-8 is rouge-chinese's guard against division by zero, kept so that digits agree."""
    precision = common / in_hypothesis if in_hypothesis else 0.0
    recall = common / in_target if in_target else 0.0
    return 100 * (2.0 * ((precision * recall) / (precision + recall + 1e-8)))


def _longest_common(left: list[str], right: list[str]) -> int:
    """Length of the longest common subsequence, in words.

    Bit-parallel: one row of the dynamic-programming table is one Python integer whose zero bits are the steps
    (Hyyrö, "Bit-parallel LCS-length computation revisited", 2004, algorithm 2).
    """
    places: dict[str, int] = {}
    for position, word in enumerate(left):
        places[word] = places.get(word, 0) | 1 << position
    every = (1 << len(left)) - 1
    row = every
    for word in right:
        matches = row & places.get(word, 0)
        row = (row + matches | row - matches) & every
    return len(left) - row.bit_count()
