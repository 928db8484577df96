"""One prediction → the value of every metric; the one place where a metric is added.

A further metric is a file with a pure function, a line in SCORERS here that says what it is called and gives its value
in the metric's unit (None where it does not apply), and its sentence in docs/metrics.md. Tables, intervals and the
report take it from there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from eval.bleu import bleu_4
from eval.exact import blanks_right, exact_match, letters_right
from eval.overlap import character_f1
from eval.persona import persona_leaks
from eval.predictions import Prediction
from eval.repetition import longest_loop, repeated_4grams
from eval.rouge import rouge

Unit = Literal["%", "×", "chars"]
Values = Mapping[str, float | None]
Scorer = Callable[[Prediction], tuple[float | None, ...]]


@dataclass(frozen=True, slots=True)
class Metric:
    """A column of the score table: its key, its headings, its unit and which way is better."""

    name: str
    title: str
    chinese: str
    unit: Unit
    better: Literal["higher", "lower", "near 1"]
    about: str  # one line for a reader
    detail: bool = False  # shown where somebody asks for all metrics, not in the main table


def _exact(one: Prediction) -> tuple[float | None, ...]:
    return (_percent(exact_match(one.prediction, one.reference, one.question_type, one.prompt)),)


def _letters(one: Prediction) -> tuple[float | None, ...]:
    return (_percent(letters_right(one.prediction, one.reference, one.question_type, one.prompt)),)


def _blanks(one: Prediction) -> tuple[float | None, ...]:
    if one.question_type != "fill_blank":
        return (None,)
    right = blanks_right(one.prediction, one.reference)
    return (_percent(sum(right) / len(right)),)


def _truth(one: Prediction) -> tuple[float | None, ...]:
    return _exact(one) if one.question_type == "true_false" else (None,)


def _loop(one: Prediction) -> tuple[float | None, ...]:
    return (float(longest_loop(one.prediction)),)


def _length(one: Prediction) -> tuple[float | None, ...]:
    return (len(one.prediction) / len(one.target) if one.target else None,)


def _persona(one: Prediction) -> tuple[float | None, ...]:
    if one.task != "roleplay" and one.question_type not in ("single_turn", "multi_turn"):
        return (None,) * 4
    leaks = persona_leaks(one.prediction, one.character)
    return tuple(_percent(found) for found in (any(leaks), *leaks))


def _percent(share: float | None) -> float | None:
    return None if share is None else 100.0 * share


# In the order of the tables' columns.
SCORERS: tuple[tuple[tuple[Metric, ...], Scorer], ...] = (
    (
        (
            Metric("rouge_1", "ROUGE-1", "单词重合", "%", "higher", "jieba words shared with the answer, F"),
            Metric("rouge_2", "ROUGE-2", "双词重合", "%", "higher", "pairs of jieba words shared with the answer, F"),
            Metric("rouge_l", "ROUGE-L", "最长公共序列", "%", "higher", "longest common subsequence of jieba words, F"),
        ),
        lambda one: rouge(one.prediction, one.target),
    ),
    (
        (Metric("bleu_4", "BLEU-4", "四字组精度", "%", "higher", "1- to 4-grams of characters, smoothed by method 3"),),
        lambda one: (bleu_4(one.prediction, one.target),),
    ),
    (
        (
            Metric(
                "char_f1", "Char F1", "字重合", "%", "higher", "characters shared with the answer, whatever order", True
            ),
        ),
        lambda one: (_percent(character_f1(one.prediction, one.target)),),
    ),
    (
        (Metric("exact", "Exact", "完全答对", "%", "higher", "choice, true/false and fill-in wholly right"),),
        _exact,
    ),
    (
        (Metric("letters", "Letters", "选项字母", "%", "higher", "choice: letters picked and right, of either", True),),
        _letters,
    ),
    (
        (Metric("true_false", "True/false", "判断正误", "%", "higher", "true/false questions judged rightly", True),),
        _truth,
    ),
    (
        (Metric("blanks", "Blanks", "逐空正确", "%", "higher", "fill-in: blanks filled rightly, by question", True),),
        _blanks,
    ),
    (
        (Metric("length_ratio", "Length", "长度比", "×", "near 1", "characters written over characters wanted"),),
        _length,
    ),
    (
        (Metric("repetition", "Repeats", "复读", "%", "lower", "4-grams of characters that stood before"),),
        lambda one: (_percent(repeated_4grams(one.prediction)),),
    ),
    (
        (
            Metric(
                "loop", "Loop", "原地打转", "chars", "lower", "longest stretch that says one piece over and over", True
            ),
        ),
        _loop,
    ),
    (
        (Metric("finished", "Finished", "自行收尾", "%", "higher", "ended with EOS; the rest ran into the limit"),),
        lambda one: (_percent(one.finished),),
    ),
    (
        (Metric("empty", "Empty", "空答", "%", "lower", "nothing but white space"),),
        lambda one: (_percent(not one.prediction.strip()),),
    ),
    (
        (
            Metric("leaks", "Leaks", "出戏", "%", "lower", "role-play: any of the three faults below", True),
            Metric("narrator", "Narrator", "说书人腔", "%", "lower", "role-play: speaks as the narrator", True),
            Metric(
                "third_person", "3rd person", "自称第三人", "%", "lower", "role-play: tells of itself by name", True
            ),
            Metric("assistant", "Assistant", "助手腔", "%", "lower", "role-play: phrases of a modern assistant", True),
        ),
        _persona,
    ),
)
METRICS: tuple[Metric, ...] = tuple(metric for metrics, _ in SCORERS for metric in metrics)
# What somebody looks at first, in that order: tiles of the report, columns where intervals take up room.
HEADLINES = ("exact", "rouge_l", "bleu_4", "repetition", "finished")


def measure(one: Prediction) -> Values:
    """The value of every metric for one prediction; wording against the answer it was to write, word for word,
    exactness against the canonical reference."""
    values: dict[str, float | None] = {}
    for metrics, score in SCORERS:
        values.update(zip((metric.name for metric in metrics), score(one), strict=True))
    return values
