"""Two models' answers to the same rows → by how much each metric changed, and whether chance alone could have done it.

Paired bootstrap: a row's value with one model is taken from its value with the other, and the differences are drawn again
(Efron, 1979; for comparing systems Koehn, 2004). Rows that are hard for both no longer blur what differs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from eval.bootstrap import Bootstrap, intervals
from eval.metrics import METRICS, Metric, Values, measure
from eval.predictions import Prediction
from eval.scores import By, Key, grouped
from warehouse.kit import BadInput

Verdict = Literal["better", "worse", "same"]


@dataclass(frozen=True, slots=True)
class Change:
    """One metric's change over the `n` rows that it applies to with both models, in the metric's unit.

    `low` and `high` are the ends of the 95 % interval of `change`; None for fewer than two rows. `verdict` is "better" or
    "worse" where the whole interval is, else "same": chance alone could have done it. Of a ratio, rows must also have come
    nearer to 1, or gone farther from it.
    """

    n: int
    before: float
    after: float
    change: float
    low: float | None
    high: float | None
    verdict: Verdict


Changes = Mapping[str, Change]  # by the metric's name; metrics that apply to no row are not in it


def shared_rows(models: Mapping[str, Sequence[Prediction]]) -> tuple[dict[str, list[Prediction]], int]:
    """The predictions for the rows that all models were asked in the same words, and how many other rows there were.

    Rows are known by their sample id, in a file without ids by their place. Order is that of the first model. Raises
    BadInput where nothing is shared.
    """
    by_key = {name: {_key(one, place): one for place, one in enumerate(own)} for name, own in models.items()}
    first, *others = by_key.values()
    kept = [key for key, one in first.items() if all(_same_question(one, own.get(key)) for own in others)]
    if not kept:
        raise BadInput(
            f"{', '.join(models)}: no row was asked of all of them; compare evaluations of one training set's rows"
        )
    every = {key for own in by_key.values() for key in own}
    return {name: [own[key] for key in kept] for name, own in by_key.items()}, len(every) - len(kept)


def measured(predictions: Sequence[Prediction]) -> list[Values]:
    """The value of every metric for each prediction."""
    return [measure(one) for one in predictions]


def paired(
    rows: Sequence[Prediction],
    before: Sequence[Values],
    after: Sequence[Values],
    by: By = "type",
    bootstrap: Bootstrap | None = None,
) -> dict[Key, Changes]:
    """The changes in each group of rows, the groups being those of `eval.scores`. Both models' values go by `rows`."""
    first, last = _table(before), _table(after)
    draws = bootstrap or Bootstrap()
    return {key: _changes(first[places], last[places], draws) for key, places in grouped(rows, by).items()}


def paired_change(
    before: NDArray[np.float64], after: NDArray[np.float64], better: str, bootstrap: Bootstrap | None = None
) -> Change | None:
    """The change of one column of values, NaN where they do not apply; None where there is no row with both.

    `better`: "higher", "lower", or "near 1".
    """
    both = ~np.isnan(before) & ~np.isnan(after)
    if not both.any():
        return None
    first, last = before[both], after[both]
    ends = intervals(
        np.stack([last - first, _worth(last, better) - _worth(first, better)], axis=1), bootstrap or Bootstrap()
    )
    return _change(first, last, ends[:, 0], ends[:, 1])


def _changes(first: NDArray[np.float64], last: NDArray[np.float64], bootstrap: Bootstrap) -> Changes:
    apply = ~np.isnan(first) & ~np.isnan(last)  # (rows, metrics)
    first, last = np.where(apply, first, np.nan), np.where(apply, last, np.nan)
    gains = [_worth(last[:, at], m.better) - _worth(first[:, at], m.better) for at, m in enumerate(METRICS)]
    ends = intervals(np.hstack([last - first, np.stack(gains, axis=1)]), bootstrap)
    plain, worth = np.hsplit(ends, 2)
    return {
        metric.name: _change(first[apply[:, at], at], last[apply[:, at], at], plain[:, at], worth[:, at])
        for at, metric in enumerate(METRICS)
        if apply[:, at].any()
    }


def _change(
    first: NDArray[np.float64], last: NDArray[np.float64], ends: NDArray[np.float64], worth: NDArray[np.float64]
) -> Change:
    """`ends` of the change as it is shown, and of what it is worth, which decides."""
    before, after = float(first.mean()), float(last.mean())
    low, high = (None if np.isnan(end) else float(end) for end in ends)
    moved = ends[0] > 0 or ends[1] < 0  # a ratio must have moved itself, and not only its rows come nearer to 1
    verdict: Verdict = "better" if moved and worth[0] > 0 else "worse" if moved and worth[1] < 0 else "same"
    return Change(len(first), before, after, after - before, low, high, verdict)


def _worth(values: NDArray[np.float64], better: str) -> NDArray[np.float64]:
    """Values of which more is better: a ratio's is how near it comes to 1, row by row."""
    return {"higher": values, "lower": -values}.get(better, -np.abs(values - 1))


def _table(values: Sequence[Values]) -> NDArray[np.float64]:
    names = [metric.name for metric in METRICS]
    return np.array([[row[name] for name in names] for row in values], dtype=np.float64).reshape(-1, len(names))


def _key(one: Prediction, place: int) -> str:
    return one.sample_id or f"row {place + 1}"


def _same_question(one: Prediction, other: Prediction | None) -> bool:
    return other is not None and (one.prompt, one.reference, one.answer) == (
        other.prompt,
        other.reference,
        other.answer,
    )


def metric_named(name: str) -> Metric:
    """The metric of that name. Raises BadInput, with the names there are."""
    for metric in METRICS:
        if metric.name == name:
            return metric
    raise BadInput(f"{name!r} is no metric; the metrics are {', '.join(metric.name for metric in METRICS)}")
