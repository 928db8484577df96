"""Several models' scores and predictions → the rows of the report's tables, each cell with change and verdict."""

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

from eval.metrics import Metric, Values
from eval.paired import Change, Changes, measured, paired
from eval.predictions import Prediction
from eval.scores import By, Key, ScoreRow, summarise
from eval.table import applicable, difference, headlines, shown, shown_change

_STEADY = {"%": 0.05, "×": 0.005, "chars": 0.05}  # a change that rounds to nothing is no change
_FULL = {"%": 100.0, "×": 1.0, "chars": 100.0}  # where a bar is full


@dataclass(frozen=True, slots=True)
class Shift:
    """How far the last model's metric is from another's."""

    change: str
    interval: str  # of 95 %, paired: “[+1.2, +4.9]”; empty where there is none
    verdict: str  # better or worse where the interval has no zero in it, else same


@dataclass(frozen=True, slots=True)
class Cell:
    """One metric of one group: each model's value and the last's change against the first, and against each other one."""

    metric: Metric
    values: tuple[str, ...]
    margins: tuple[str, ...]  # half the width of each 95 % interval, as “±1.4”; empty where there is none
    shares: tuple[float, ...]  # 0 to 100, for bars
    change: str
    verdict: str  # better, worse, same, or empty where there is nothing to compare
    shifts: tuple[Shift, ...] = ()  # the last model against each of the others, where rows were paired


Paired = Sequence[Mapping[Key, Changes]]  # one for each model but the last, whose changes against it they are


def score_groups(
    models: Sequence[Sequence[ScoreRow]], metrics: Sequence[Metric], changes: Paired = ()
) -> list[tuple[ScoreRow, list[Cell]]]:
    """Per group of the first model's scores a cell for each metric, every model in it.

    With `changes` a change is better or worse only where its interval says so.
    """
    by_group = [{_key(row): row for row in scores} for scores in models]
    groups = []
    for first in models[0]:
        rows = [found.get(_key(first)) for found in by_group]
        own = [found.get(_key(first), {}) for found in changes]
        groups.append((first, [_cell(metric, rows, own) for metric in metrics]))
    return groups


def pair_all(models: Sequence[Sequence[Prediction]], by: By = "type") -> Paired:
    """The last model's changes against each of the others; the same rows in the same order are given for each."""
    values = [measured(predictions) for predictions in models]
    return _pairs(models[0], values, by)


def _pairs(rows: Sequence[Prediction], values: Sequence[Sequence[Values]], by: By) -> Paired:
    return [paired(rows, own, values[-1], by) for own in values[:-1]]


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Headline metrics by novel or by character, the groups with most rows alone."""

    by: By
    metrics: list[Metric]
    groups: list[tuple[ScoreRow, list[Cell]]]
    left_out: int  # groups with fewer rows


def break_down(models: Sequence[Sequence[Prediction]], most: int = 12) -> list[Breakdown]:
    """By novel and by character, each where the first model's predictions have at least two that are named."""
    values = [measured(predictions) for predictions in models]
    found: list[Breakdown] = []
    for by in _NAMES:
        rows = Counter(_NAMES[by](one) for one in models[0])
        rows.pop(None, None)
        kept = {name for name, _ in rows.most_common(most)}
        if len(kept) < 2:
            continue
        here = [place for place, one in enumerate(models[0]) if _NAMES[by](one) in kept]
        chosen = [[predictions[place] for place in here] for predictions in models]
        own = [[measures[place] for place in here] for measures in values]
        # The first group is of all together.
        scores = [summarise(rows_, values_, by)[1:] for rows_, values_ in zip(chosen, own, strict=True)]
        metrics = headlines([row for groups in scores for row in groups])
        groups = score_groups(scores, metrics, _pairs(chosen[0], own, by))
        found.append(Breakdown(by, metrics, groups, len(rows) - len(kept)))
    return found


def all_metrics(models: Sequence[Sequence[ScoreRow]], changes: Paired = ()) -> list[Cell]:
    """Every metric over all rows, in which any model has a value."""
    totals = [scores[:1] for scores in models]
    metrics = applicable([row for rows in totals for row in rows], detail=True)
    return [cell for _, cells in score_groups(totals, metrics, changes) for cell in cells]


# What a prediction is counted under; None where it has no name.
_NAMES: Mapping[By, Callable[[Prediction], Hashable]] = {
    "novel": lambda one: one.novel or None,
    "character": lambda one: (one.novel, one.character) if one.character else None,
}


def _cell(metric: Metric, rows: Sequence[ScoreRow | None], changes: Sequence[Changes]) -> Cell:
    found = [row.scores.get(metric.name) if row else None for row in rows]
    margins = [row.margin(metric.name) if row else None for row in rows]
    change = difference(rows[0], rows[-1], metric) if rows[0] and len(rows) > 1 else None
    shifts = tuple(_shift(metric, own.get(metric.name)) for own in changes)
    verdict = _verdict(metric, found[0], found[-1]) if change is not None else ""
    return Cell(
        metric,
        values=tuple(shown(value, metric) for value in found),
        margins=tuple("" if margin is None else f"±{shown(margin, metric)}" for margin in margins),
        shares=tuple(min(100.0, 100.0 * (value or 0.0) / _FULL[metric.unit]) for value in found),
        change=shown_change(change, metric) if change is not None else "",
        verdict=shifts[0].verdict if shifts and change is not None else verdict,
        shifts=shifts,
    )


def _shift(metric: Metric, change: Change | None) -> Shift:
    if change is None:
        return Shift("", "", "")
    ends = () if change.low is None or change.high is None else (change.low, change.high)
    interval = f"[{', '.join(shown_change(end, metric) for end in ends)}]" if ends else ""
    return Shift(shown_change(change.change, metric), interval, change.verdict)


def _verdict(metric: Metric, before: float | None, after: float | None) -> str:
    assert before is not None and after is not None
    if abs(after - before) < _STEADY[metric.unit]:
        return "same"
    if metric.better == "near 1":
        return "better" if abs(after - 1) < abs(before - 1) else "worse"
    return "better" if (after > before) == (metric.better == "higher") else "worse"


def _key(row: ScoreRow) -> Key:
    return row.task, row.question_type, row.novel, row.character
