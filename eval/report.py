"""Scores, predictions, lengths and losses of one run → one HTML page that needs nothing else to be read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from eval.charts import length_chart, loss_chart
from eval.examples import pick_examples
from eval.length_values import LengthValues
from eval.losses import LossCurve
from eval.predictions import Prediction
from eval.scores import Metric, ScoreRow
from eval.table import applicable, difference, shown, shown_change
from train.lengths import LengthRow
from warehouse.kit import write_whole

# The two marks that a reader looks for first come first; the others follow in the table.
_HEADLINES = ("exact", "rouge_l", "bleu_4", "finished")
_STEADY = {"%": 0.05, "×": 0.005}  # a change that rounds to nothing is no change

LABELS = {
    "all": "全部", "roleplay": "角色扮演", "quiz": "问答题", "instruct": "指令", "single_choice": "单选",
    "multiple_choice": "多选", "true_false": "判断", "fill_blank": "填空", "short_answer": "简答",
    "single_turn": "单轮", "instruction": "单轮指令", "conversation": "多轮对话", "seed": "种子", "train": "训练",
    "valid": "验证", "test": "测试", "prompt": "提示", "answer": "回答", "both": "合计", "characters": "字",
    "tokens": "词元",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ModelResult:
    """What one model made of the held-out rows."""

    name: str  # short: base, adapter
    chinese: str  # short: 基座, 适配器
    detail: str  # which one: the base's name, the adapter's folder and method
    scores: Sequence[ScoreRow]
    predictions: Sequence[Prediction]


@dataclass(frozen=True, slots=True)
class ReportData:
    """Everything the page shows. The first model is what the last is held against."""

    title: str
    models: Sequence[ModelResult]
    notes: Sequence[str] = ()  # what a reader must know first, a sentence each
    facts: Mapping[str, str] = field(default_factory=dict)  # snapshot, training set, base … as label → value
    seconds: Mapping[str, float] = field(default_factory=dict)  # by step, in their order
    table_rows: Mapping[str, int] = field(default_factory=dict)  # warehouse table → rows
    split_rows: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  # split → task → rows
    length_rows: Sequence[LengthRow] = ()
    length_values: LengthValues = field(default_factory=dict)
    length_limit: int | None = None  # tokens of prompt and answer together
    losses: LossCurve = field(default_factory=LossCurve)
    config: str = ""  # the configuration as it was written
    examples: int = 12


def write_report(path: Path, data: ReportData) -> None:
    """Writes the page whole. All text from rows and configuration is escaped; nothing is fetched when it is opened."""
    page = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    page.filters.update(label=label, seconds=seconds)
    html = page.from_string(_part("report.html")).render(
        data=data,
        css=Markup(_part("report.css")),
        metrics=_metrics(data),
        headlines=_headlines(data),
        score_groups=_score_groups(data),
        tasks=list(dict.fromkeys(task for split in data.split_rows.values() for task in split)),
        length_charts=_length_charts(data),
        loss_chart=Markup(loss_chart(data.losses, "Loss by step")) if _has_losses(data.losses) else "",
        examples=pick_examples({model.name: model.predictions for model in data.models}, data.examples),
        shown=shown,
    )
    with write_whole(path) as beside:
        beside.write_text(html, encoding="utf-8", newline="\n")


def label(name: str) -> str:
    """The Chinese word for a task, type, split or measure, else the name itself."""
    return LABELS.get(name, name)


def seconds(value: float) -> str:
    """A duration for reading: 4.2 s, 3 min 05 s."""
    if value < 60:
        return f"{value:.1f} s"
    return f"{int(value) // 60} min {int(value) % 60:02d} s"


@dataclass(frozen=True, slots=True)
class Cell:
    """One metric of one group: each model's value and the last's change against the first."""

    metric: Metric
    values: tuple[str, ...]
    shares: tuple[float, ...]  # 0 to 100, for bars
    change: str
    verdict: str  # better, worse, same, or empty where there is nothing to compare


def _cell(metric: Metric, rows: Sequence[ScoreRow | None]) -> Cell:
    found = [row.scores.get(metric.name) if row else None for row in rows]
    change = difference(rows[0], rows[-1], metric) if rows[0] and len(rows) > 1 else None
    shares = tuple(min(100.0, (value or 0.0) * (1 if metric.unit == "%" else 100)) for value in found)
    verdict = _verdict(metric, found[0], found[-1]) if change is not None else ""
    shown_as = shown_change(change, metric) if change is not None else ""
    return Cell(metric, tuple(shown(value, metric) for value in found), shares, shown_as, verdict)


def _verdict(metric: Metric, before: float | None, after: float | None) -> str:
    assert before is not None and after is not None
    if abs(after - before) < _STEADY[metric.unit]:
        return "same"
    if metric.better == "near 1":
        return "better" if abs(after - 1) < abs(before - 1) else "worse"
    return "better" if (after > before) == (metric.better == "higher") else "worse"


def _metrics(data: ReportData) -> list[Metric]:
    return applicable([row for model in data.models for row in model.scores])


def _score_groups(data: ReportData) -> list[tuple[ScoreRow, list[Cell]]]:
    by_group = [{(row.task, row.question_type): row for row in model.scores} for model in data.models]
    metrics = _metrics(data)
    groups = []
    for first in data.models[0].scores:
        rows = [found.get((first.task, first.question_type)) for found in by_group]
        groups.append((first, [_cell(metric, rows) for metric in metrics]))
    return groups


def _headlines(data: ReportData) -> list[Cell]:
    groups = _score_groups(data)
    by_name = {cell.metric.name: cell for cell in groups[0][1]} if groups else {}
    return [by_name[name] for name in _HEADLINES if name in by_name]


def _length_charts(data: ReportData) -> list[tuple[str, str, Markup]]:
    charts = []
    for measure, by_task in data.length_values.items():
        part, _, unit = measure.partition(" ")
        charts.append((part, unit, Markup(length_chart(by_task, f"Histogram of {measure}"))))
    return charts


def _has_losses(losses: LossCurve) -> bool:
    return bool(losses.train or losses.valid)


def _part(name: str) -> str:
    return files("eval").joinpath(name).read_text(encoding="utf-8")
