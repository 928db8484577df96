"""Scores of one or several models → a table of strings, for the terminal and for Markdown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eval.scores import METRICS, Metric, ScoreRow


@dataclass(frozen=True, slots=True)
class Table:
    """Headings and rows, all strings, each row as long as the headings."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def score_table(scores: Sequence[ScoreRow]) -> Table:
    """One model's scores: a line per group, a column per metric that applies anywhere."""
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


def markdown(table: Table) -> str:
    """The table in GitHub's Markdown, numbers to the right."""
    numeric = [all(_is_number(row[column]) for row in table.rows) for column in range(len(table.header))]
    rule = ["---:" if right else "---" for right in numeric]
    lines = [table.header, rule, *([cell.replace("|", "\\|") for cell in row] for row in table.rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def applicable(scores: Sequence[ScoreRow]) -> list[Metric]:
    """The metrics that have a value in at least one of the rows."""
    return [metric for metric in METRICS if any(row.scores.get(metric.name) is not None for row in scores)]


def difference(first: ScoreRow, last: ScoreRow | None, metric: Metric) -> float | None:
    """By how much the last is above the first, in the metric's unit; None where either has no value."""
    before, after = first.scores.get(metric.name), last.scores.get(metric.name) if last else None
    return None if before is None or after is None else after - before


def shown(value: float | None, metric: Metric) -> str:
    """A score with one decimal, a ratio with two, “–” for none."""
    return "–" if value is None else f"{value:.{1 if metric.unit == '%' else 2}f}"


def shown_change(value: float | None, metric: Metric) -> str:
    """A difference with its sign, rounded as the score is."""
    return "–" if value is None else f"{value:+.{1 if metric.unit == '%' else 2}f}"


def _heading(metric: Metric) -> str:
    return f"{metric.title} {metric.unit}"


def _group(row: ScoreRow) -> tuple[str, str, str]:
    return row.task or "–", row.question_type, str(row.n)


def _is_number(cell: str) -> bool:
    return cell in ("", "–") or cell.lstrip("+-").replace(".", "", 1).isdigit()
