"""Several models' scores and predictions → the rows of the report's tables, each cell with change and verdict."""

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

from eval.metrics import Metric, measure
from eval.predictions import Prediction
from eval.scores import By, ScoreRow, summarise
from eval.table import applicable, difference, headlines, shown, shown_change

_STEADY = {"%": 0.05, "×": 0.005, "chars": 0.05}  # a change that rounds to nothing is no change
_FULL = {"%": 100.0, "×": 1.0, "chars": 100.0}  # where a bar is full


@dataclass(frozen=True, slots=True)
class Cell:
    """One metric of one group: each model's value and the last's change against the first."""

    metric: Metric
    values: tuple[str, ...]
    margins: tuple[str, ...]  # half the width of each 95 % interval, as “±1.4”; empty where there is none
    shares: tuple[float, ...]  # 0 to 100, for bars
    change: str
    verdict: str  # better, worse, same, or empty where there is nothing to compare


def score_groups(models: Sequence[Sequence[ScoreRow]], metrics: Sequence[Metric]) -> list[tuple[ScoreRow, list[Cell]]]:
    """Per group of the first model's scores a cell for each metric, every model in it."""
    by_group = [{_key(row): row for row in scores} for scores in models]
    groups = []
    for first in models[0]:
        rows = [found.get(_key(first)) for found in by_group]
        groups.append((first, [_cell(metric, rows) for metric in metrics]))
    return groups


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Headline metrics by novel or by character, the groups with most rows alone."""

    by: By
    metrics: list[Metric]
    groups: list[tuple[ScoreRow, list[Cell]]]
    left_out: int  # groups with fewer rows


def break_down(models: Sequence[Sequence[Prediction]], most: int = 12) -> list[Breakdown]:
    """By novel and by character, each where the first model's predictions have at least two that are named."""
    values = [[measure(one) for one in predictions] for predictions in models]
    found: list[Breakdown] = []
    for by in _NAMES:
        rows = Counter(_NAMES[by](one) for one in models[0])
        rows.pop(None, None)
        kept = {name for name, _ in rows.most_common(most)}
        scores = []
        for predictions, measured in zip(models, values, strict=True):
            here = [place for place, one in enumerate(predictions) if _NAMES[by](one) in kept]
            groups = summarise([predictions[place] for place in here], [measured[place] for place in here], by)
            scores.append(groups[1:])  # the first is of all together
        if len(kept) > 1:
            metrics = headlines([row for groups in scores for row in groups])
            found.append(Breakdown(by, metrics, score_groups(scores, metrics), len(rows) - len(kept)))
    return found


def all_metrics(models: Sequence[Sequence[ScoreRow]]) -> list[Cell]:
    """Every metric over all rows, in which any model has a value."""
    totals = [scores[:1] for scores in models]
    return [
        cell
        for _, cells in score_groups(totals, applicable([row for rows in totals for row in rows], detail=True))
        for cell in cells
    ]


# What a prediction is counted under; None where it has no name.
_NAMES: Mapping[By, Callable[[Prediction], Hashable]] = {
    "novel": lambda one: one.novel or None,
    "character": lambda one: (one.novel, one.character) if one.character else None,
}


def _cell(metric: Metric, rows: Sequence[ScoreRow | None]) -> Cell:
    found = [row.scores.get(metric.name) if row else None for row in rows]
    margins = [row.margin(metric.name) if row else None for row in rows]
    change = difference(rows[0], rows[-1], metric) if rows[0] and len(rows) > 1 else None
    return Cell(
        metric,
        values=tuple(shown(value, metric) for value in found),
        margins=tuple("" if margin is None else f"±{shown(margin, metric)}" for margin in margins),
        shares=tuple(min(100.0, 100.0 * (value or 0.0) / _FULL[metric.unit]) for value in found),
        change=shown_change(change, metric) if change is not None else "",
        verdict=_verdict(metric, found[0], found[-1]) if change is not None else "",
    )


def _verdict(metric: Metric, before: float | None, after: float | None) -> str:
    assert before is not None and after is not None
    if abs(after - before) < _STEADY[metric.unit]:
        return "same"
    if metric.better == "near 1":
        return "better" if abs(after - 1) < abs(before - 1) else "worse"
    return "better" if (after > before) == (metric.better == "higher") else "worse"


def _key(row: ScoreRow) -> tuple[str, ...]:
    return row.task, row.question_type, row.novel, row.character
