"""Predictions → one line of scores, with intervals, per task and question type, per novel, or per character.

Scores of a group are the means over the predictions that a metric applies to. Which metrics there are is said in
eval/metrics.py.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from eval.bootstrap import Bootstrap, intervals
from eval.metrics import METRICS, Values, measure
from eval.predictions import Prediction

By = Literal["type", "novel", "character"]


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """Scores of one group of predictions; `task`, `question_type`, `novel` or `character` is "all" where the group
    spans several.

    `scores` goes from a metric's name to its mean, in the metric's unit (per cent from 0 to 100); `low` and `high` to
    the ends of its 95 % interval. None where the metric applies to no prediction of the group, or to too few for an
    interval.
    """

    task: str
    question_type: str
    n: int
    scores: Values = field(default_factory=dict)
    low: Values = field(default_factory=dict)
    high: Values = field(default_factory=dict)
    novel: str = "all"
    character: str = "all"

    def margin(self, name: str) -> float | None:
        """Half the width of the metric's interval, for “± …”; None where it has none."""
        low, high = self.low.get(name), self.high.get(name)
        return None if low is None or high is None else (high - low) / 2


def score_predictions(rows: Iterable[Prediction], by: By = "type") -> list[ScoreRow]:
    """Scores for all predictions first, then by what was asked for.

    By type: per task, and per question type within it, in the order in which they first occur. A task has a line of its
    own where it has several types and is not the only task: otherwise that line would repeat another. By novel or
    character (told apart by novel): those with most rows first; rows without one come last, so that none is left out.
    """
    predictions = list(rows)
    return summarise(predictions, [measure(one) for one in predictions], by)


def summarise(
    predictions: Sequence[Prediction], values: Sequence[Values], by: By = "type", bootstrap: Bootstrap | None = None
) -> list[ScoreRow]:
    """The same from values already measured, one mapping per prediction."""
    if not predictions:
        return []
    table = np.array([[row[metric.name] for metric in METRICS] for row in values], dtype=np.float64)  # None is NaN
    return [_row(key, table[places], bootstrap or Bootstrap()) for key, places in grouped(predictions, by).items()]


Key = tuple[str, str, str, str]  # task, question type, novel, character
ALL: Key = ("all", "all", "all", "all")


def grouped(predictions: Sequence[Prediction], by: By = "type") -> dict[Key, list[int]]:
    """Positions of the predictions of each group, in the order of `score_predictions`; all together come first."""
    return _by_type(predictions) if by == "type" else _by_name(predictions, by)


def _by_type(predictions: Sequence[Prediction]) -> dict[Key, list[int]]:
    groups: dict[Key, list[int]] = {ALL: list(range(len(predictions)))}
    tasks: dict[str, list[str]] = {}
    for one in predictions:
        types = tasks.setdefault(one.task, [])
        if one.question_type not in types:
            types.append(one.question_type)
    for task, types in tasks.items():
        if len(types) > 1 and len(tasks) > 1:
            groups[task, "all", "all", "all"] = []
        groups.update({(task, kind, "all", "all"): [] for kind in types})
    for place, one in enumerate(predictions):
        for kind in ("all", one.question_type):
            if (key := (one.task, kind, "all", "all")) in groups and key != ALL:
                groups[key].append(place)
    return groups


def _by_name(predictions: Sequence[Prediction], by: By) -> dict[Key, list[int]]:
    groups: dict[Key, list[int]] = {}
    for place, one in enumerate(predictions):
        novel, character = (one.novel, "all") if by == "novel" else (one.character and one.novel, one.character)
        groups.setdefault(("all", "all", novel, character), []).append(place)
    nameless = ("all", "all", "", "all" if by == "novel" else "")
    ordered = sorted(groups, key=lambda key: (key == nameless, -len(groups[key]), key))
    return {ALL: list(range(len(predictions))), **{key: groups[key] for key in ordered}}


def _row(key: Key, values: np.ndarray, bootstrap: Bootstrap) -> ScoreRow:
    """The scores of one group from its part of the table, (rows, metrics)."""
    low, high = intervals(values, bootstrap)
    scores: dict[str, float | None] = {}
    for metric, column in zip(METRICS, values.T, strict=True):
        known = [float(value) for value in column if not np.isnan(value)]
        scores[metric.name] = sum(known) / len(known) if known else None
    task, question_type, novel, character = key
    return ScoreRow(task, question_type, len(values), scores, _named(low), _named(high), novel, character)


def _named(ends: np.ndarray) -> Values:
    return {metric.name: None if np.isnan(end) else float(end) for metric, end in zip(METRICS, ends, strict=True)}
