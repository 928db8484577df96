"""Values of metrics for many rows → the interval that each metric's mean would fall into were the rows drawn again.

The percentile bootstrap of Efron (1979): rows are drawn with replacement as often as there are rows, and the mean is
taken anew, a thousand times over. One draw serves all metrics, as products of count and value matrices.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_CELLS = 4_000_000  # of the count matrix held at once: 32 MB


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """How often to draw, how wide the interval is, and the seed that makes two runs agree."""

    draws: int = 1000
    level: float = 0.95
    seed: int = 7


def intervals(values: NDArray[np.float64], config: Bootstrap = Bootstrap()) -> NDArray[np.float64]:
    """Low and high end for each column of `values` (rows, metrics), as an array (2, metrics).

    NaN in `values` is a row that the metric does not apply to, and counts neither for nor against; a column with fewer
    than two values has no interval, and NaN stands for its ends.
    """
    rows, metrics = values.shape
    ends = np.full((2, metrics), np.nan)
    known = ~np.isnan(values)
    told = known.sum(axis=0) >= 2
    if not told.any():
        return ends
    both = np.hstack([np.where(known, values, 0.0)[:, told], known[:, told].astype(np.float64)])
    chance = np.random.default_rng(config.seed)
    sums = np.vstack([_counts(chance, draws, rows) @ both for draws in _pieces(config.draws, rows)])
    total, count = np.hsplit(sums, 2)
    # A draw may miss every row that a rare metric applies to; it says nothing of that metric.
    means = np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)
    tail = 50 * (1 - config.level)
    # Six decimals: the last bits of a matrix product differ from machine to machine.
    ends[:, told] = np.round(np.nanpercentile(means, [tail, 100 - tail], axis=0), 6)
    return ends


def _pieces(draws: int, rows: int) -> list[int]:
    """The draws in pieces whose count matrix fits into memory."""
    most = max(1, _CELLS // rows)
    return [min(most, draws - done) for done in range(0, draws, most)]


def _counts(chance: np.random.Generator, draws: int, rows: int) -> NDArray[np.float64]:
    """How often each row was drawn, (draws, rows)."""
    picked = chance.integers(0, rows, size=(draws, rows)) + rows * np.arange(draws)[:, None]
    return np.bincount(picked.ravel(), minlength=draws * rows).reshape(draws, rows).astype(np.float64)
