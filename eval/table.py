"""Scores of one or several models → a table of strings, for the terminal and for Markdown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eval.metrics import HEADLINES, METRICS, Metric
from eval.scores import By, ScoreRow


@dataclass(frozen=True, slots=True)
class Table:
    """Headings and rows, all strings, each row as long as the headings."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def score_table(scores: Sequence[ScoreRow]) -> Table:
    """One model's scores by type: a line per group, a column per main metric that applies anywhere."""
    metrics = applicable(scores)
    rows = [(*_group(row), *(shown(row.scores.get(metric.name), metric) for metric in metrics)) for row in scores]
    return Table(("task", "type", "n", *(_heading(metric) for metric in metrics)), tuple(rows))


def compare_table(models: Mapping[str, Sequence[ScoreRow]]) -> Table:
    """Several models' scores: per group a line for each model and one for the last's difference from the first.

    `models` goes from a model's name to its scores. Groups are the first model's.
    """
    names = list(models)
    metrics = applicable([row for scores in models.values() for row in scores])
    by_group = [{(row.task, row.question_type): row for row in scores} for scores in models.values()]
    rows = []
    for first in models[names[0]]:
        key = (first.task, first.question_type)
        found = [groups.get(key) for groups in by_group]
        for number, (name, row) in enumerate(zip(names, found, strict=True)):
            group = _group(first) if number == 0 else ("", "", "")
            values = [shown(row.scores.get(metric.name) if row else None, metric) for metric in metrics]
            rows.append((*group, name, *values))
        if len(names) > 1:
            changes = [shown_change(difference(first, found[-1], metric), metric) for metric in metrics]
            rows.append(("", "", "", "change", *changes))
    return Table(("task", "type", "n", "model", *(_heading(metric) for metric in metrics)), tuple(rows))


def interval_table(scores: Sequence[ScoreRow], by: By) -> Table:
    """One model's scores by what `scores` was grouped by: a column per headline metric, each with its interval as ±."""
    metrics = headlines(scores)
    rows = [(*_names(row, by), *(with_margin(row, metric) for metric in metrics)) for row in scores]
    return Table((*_named(by), *(_heading(metric) for metric in metrics)), tuple(rows))


def metric_table(scores: Sequence[ScoreRow], by: By) -> Table:
    """The same with every metric: per group a line for each metric that applies to it."""
    rows = []
    for row in scores:
        for number, metric in enumerate(applicable([row], detail=True)):
            *group, n = _names(row, by) if number == 0 else ("",) * len(_named(by))
            rows.append((*group, _heading(metric), metric.about, n, with_margin(row, metric)))
    return Table((*_named(by)[:-1], "metric", "what it is", "n", "mean"), tuple(rows))


def markdown(table: Table) -> str:
    """The table in GitHub's Markdown, numbers to the right."""
    numeric = [all(_is_number(row[column]) for row in table.rows) for column in range(len(table.header))]
    rule = ["---:" if right else "---" for right in numeric]
    lines = [table.header, rule, *([cell.replace("|", "\\|") for cell in row] for row in table.rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def applicable(scores: Sequence[ScoreRow], detail: bool = False) -> list[Metric]:
    """The main metrics (with `detail` all) that have a value in at least one of the rows."""
    return [
        metric
        for metric in METRICS
        if (detail or not metric.detail) and any(row.scores.get(metric.name) is not None for row in scores)
    ]


def headlines(scores: Sequence[ScoreRow]) -> list[Metric]:
    """The few metrics to look at first, in that order, those that have a value in at least one of the rows."""
    found = {metric.name: metric for metric in applicable(scores)}
    return [found[name] for name in HEADLINES if name in found]


def difference(first: ScoreRow, last: ScoreRow | None, metric: Metric) -> float | None:
    """By how much the last is above the first, in the metric's unit; None where either has no value."""
    before, after = first.scores.get(metric.name), last.scores.get(metric.name) if last else None
    return None if before is None or after is None else after - before


def shown(value: float | None, metric: Metric) -> str:
    """A score with one decimal, a ratio with two, “–” for none."""
    return "–" if value is None else f"{value:.{_decimals(metric)}f}"


def shown_change(value: float | None, metric: Metric) -> str:
    """A difference with its sign, rounded as the score is."""
    return "–" if value is None else f"{value:+.{_decimals(metric)}f}"


def with_margin(row: ScoreRow, metric: Metric) -> str:
    """A score and half the width of its 95 % interval: “32.2 ±1.4”; the score alone where there is no interval."""
    margin = row.margin(metric.name)
    value = shown(row.scores.get(metric.name), metric)
    return value if margin is None else f"{value} ±{margin:.{_decimals(metric)}f}"


def _decimals(metric: Metric) -> int:
    return 2 if metric.unit == "×" else 1


def _heading(metric: Metric) -> str:
    return f"{metric.title} {metric.unit}"


def _group(row: ScoreRow) -> tuple[str, str, str]:
    return row.task or "–", row.question_type, str(row.n)


def _named(by: By) -> tuple[str, ...]:
    return {"type": ("task", "type", "n"), "novel": ("novel", "n"), "character": ("novel", "character", "n")}[by]


def _names(row: ScoreRow, by: By) -> tuple[str, ...]:
    if by == "type":
        return _group(row)
    return (*((row.novel or "–",) if by == "novel" else (row.novel or "–", row.character or "–")), str(row.n))


def _is_number(cell: str) -> bool:
    return cell in ("", "–") or cell.lstrip("+-").replace(".", "", 1).isdigit()
