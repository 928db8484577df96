"""Predictions → one line of scores per task, per question type and for all.

A further metric is one file and one line in SCORERS: a function from a prediction to its value or values, None where
it does not apply. Scores of a group are the means over the predictions it applies to.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from eval.bleu import bleu_4
from eval.exact import exact_match
from eval.predictions import Prediction
from eval.rouge import rouge

Values = Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Metric:
    """A column of the score table: its key, its headings, its unit and which way is better."""

    name: str
    title: str
    chinese: str
    unit: Literal["%", "×"]
    better: Literal["higher", "lower", "near 1"]


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """Scores of one group of predictions; `task` or `question_type` is "all" where the group spans several.

    `scores` goes from a metric's name to its mean, in per cent (0 to 100) or as a plain ratio by the metric's unit;
    None where the metric applies to no prediction of the group.
    """

    task: str
    question_type: str
    n: int
    scores: Values = field(default_factory=dict)


def _rouge(one: Prediction) -> tuple[float | None, ...]:
    return rouge(one.prediction, one.target)


def _bleu(one: Prediction) -> tuple[float | None, ...]:
    return (bleu_4(one.prediction, one.target),)


def _exact(one: Prediction) -> tuple[float | None, ...]:
    right = exact_match(one.prediction, one.reference, one.question_type, one.prompt)
    return (None if right is None else 100.0 * right,)


def _length(one: Prediction) -> tuple[float | None, ...]:
    return (len(one.prediction) / len(one.target) if one.target else None,)


def _finished(one: Prediction) -> tuple[float | None, ...]:
    return (None if one.finished is None else 100.0 * one.finished,)


def _empty(one: Prediction) -> tuple[float | None, ...]:
    return (100.0 * (not one.prediction.strip()),)


_ROUGES = (
    Metric("rouge_1", "ROUGE-1", "单词重合", "%", "higher"),
    Metric("rouge_2", "ROUGE-2", "双词重合", "%", "higher"),
    Metric("rouge_l", "ROUGE-L", "最长公共序列", "%", "higher"),
)
SCORERS: tuple[tuple[tuple[Metric, ...], Callable[[Prediction], tuple[float | None, ...]]], ...] = (
    (_ROUGES, _rouge),
    ((Metric("bleu_4", "BLEU-4", "四字组精度", "%", "higher"),), _bleu),
    ((Metric("exact", "Exact", "完全答对", "%", "higher"),), _exact),
    ((Metric("length_ratio", "Length", "长度比", "×", "near 1"),), _length),
    ((Metric("finished", "Finished", "自行收尾", "%", "higher"),), _finished),
    ((Metric("empty", "Empty", "空答", "%", "lower"),), _empty),
)
METRICS: tuple[Metric, ...] = tuple(metric for metrics, _ in SCORERS for metric in metrics)


def measure(one: Prediction) -> Values:
    """The value of every metric for one prediction; ROUGE and BLEU against the answer it was to write, word for word,
    exact match against the canonical reference."""
    values: dict[str, float | None] = {}
    for metrics, score in SCORERS:
        values.update(zip((metric.name for metric in metrics), score(one), strict=True))
    return values


def score_predictions(rows: Iterable[Prediction]) -> list[ScoreRow]:
    """Scores for all predictions first, then per task, then per question type within it.

    Groups keep the order in which they first occur. A task has a line of its own where it has several types and is
    not the only task: otherwise that line would repeat another.
    """
    predictions = list(rows)
    return summarise(predictions, [measure(one) for one in predictions])


def summarise(predictions: Sequence[Prediction], values: Sequence[Values]) -> list[ScoreRow]:
    """The same from values already measured, one mapping per prediction."""
    groups: dict[tuple[str, str], list[Values]] = {("all", "all"): list(values)} if values else {}
    tasks: dict[str, list[str]] = {}
    for one in predictions:
        types = tasks.setdefault(one.task, [])
        if one.question_type not in types:
            types.append(one.question_type)
    for task, types in tasks.items():
        if len(types) > 1 and len(tasks) > 1:
            groups[task, "all"] = []
        groups.update({(task, kind): [] for kind in types})
    for one, measured in zip(predictions, values, strict=True):
        for key in ((one.task, "all"), (one.task, one.question_type)):
            if key in groups:
                groups[key].append(measured)
    return [_row(task, kind, found) for (task, kind), found in groups.items()]


def _row(task: str, question_type: str, found: Sequence[Values]) -> ScoreRow:
    scores: dict[str, float | None] = {}
    for metric in METRICS:
        known = [value for values in found if (value := values[metric.name]) is not None]
        scores[metric.name] = sum(known) / len(known) if known else None
    return ScoreRow(task, question_type, len(found), scores)
