"""Scores, predictions, lengths and losses of one run → one HTML page that needs nothing else to be read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from eval.breakdown import Cell, all_metrics, break_down, pair_all, score_groups
from eval.charts import change_chart, length_chart, loss_chart
from eval.examples import pick_examples, turned_examples
from eval.labels import LABELS
from eval.length_values import LengthValues
from eval.losses import LossCurve
from eval.metrics import HEADLINES, METRICS
from eval.paired import Change, shared_rows
from eval.predictions import Prediction
from eval.probed import Probed, ProbeLine, probe_table
from eval.scores import ALL, ScoreRow
from eval.table import applicable
from train.lengths import LengthRow
from warehouse.kit import write_whole


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
    probe: Probed = field(default_factory=dict)  # general questions, by model
    config: str = ""  # the configuration as it was written
    examples: int = 12


def write_report(path: Path, data: ReportData) -> None:
    """Writes the page whole. All text from rows and configuration is escaped; nothing is fetched when it is opened."""
    page = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    page.filters.update(label=label, seconds=seconds)
    scores = [model.scores for model in data.models]
    metrics = applicable([row for rows in scores for row in rows])
    by_name = {model.name: model.predictions for model in data.models}
    rows = shared_rows(by_name)[0] if len(by_name) > 1 else by_name
    changes = pair_all(list(rows.values())) if len(rows) > 1 else ()
    groups = score_groups(scores, metrics, changes)
    won, lost = turned_examples(rows) if len(rows) > 1 else ([], [])
    html = page.from_string(_part("report.html")).render(
        data=data,
        css=Markup(_part("report.css")),
        metrics=metrics,
        headlines=_headlines(groups),
        score_groups=groups,
        breakdowns=break_down(list(rows.values())),
        all_metrics=all_metrics(scores, changes),
        change_charts=[
            (other, Markup(change_chart(shown_changes(own), f"Changes against {other.name}")))
            for other, own in zip(data.models, (found[ALL] for found in changes), strict=False)
        ],
        probe_lines=probe_lines(data),
        turned=[(kind, shown) for kind, shown in (("won", won), ("lost", lost)) if shown],
        tasks=list(dict.fromkeys(task for split in data.split_rows.values() for task in split)),
        length_charts=_length_charts(data),
        loss_chart=Markup(loss_chart(data.losses, "Loss by step")) if _has_losses(data.losses) else "",
        examples=pick_examples(rows, data.examples),
    )
    with write_whole(path) as beside:
        beside.write_text(html, encoding="utf-8", newline="\n")


def shown_changes(changes: Mapping[str, Change]) -> list[tuple[str, Change]]:
    """Each main metric that is told in per cent, with its change; lengths and loops have units of their own."""
    return [
        (f"{metric.chinese} {metric.title}", changes[metric.name])
        for metric in METRICS
        if metric.unit == "%" and not metric.detail and metric.name in changes
    ]


def probe_lines(data: ReportData) -> list[tuple[ModelResult, list[ProbeLine]]]:
    """The probe's table for the last model against each of the others that was probed."""
    last = data.probe.get(data.models[-1].name)
    others = [model for model in data.models[:-1] if model.name in data.probe]
    return [(model, probe_table(data.probe[model.name], last)) for model in others] if last else []


def label(name: str) -> str:
    """The Chinese word for a task, type, split or measure, else the name itself."""
    return LABELS.get(name, name)


def seconds(value: float) -> str:
    """A duration for reading: 4.2 s, 3 min 05 s."""
    if value < 60:
        return f"{value:.1f} s"
    return f"{int(value) // 60} min {int(value) % 60:02d} s"


def _headlines(groups: Sequence[tuple[ScoreRow, Sequence[Cell]]]) -> list[Cell]:
    by_name = {cell.metric.name: cell for cell in groups[0][1]} if groups else {}
    return [by_name[name] for name in HEADLINES if name in by_name]


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
