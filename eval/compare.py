"""Models' answers to the same rows → what differs: tables with paired intervals, a page, Markdown and a chart.

    huaben compare EVAL [EVAL …]

FOLDER/report.html   one page, as the report of a run: tiles, tables, charts, the probe, answers side by side
FOLDER/report.md     the same in short, for a pull request or a flow's artifact
FOLDER/changes.svg   the chart of report.md
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from eval.charts import change_chart, standing_alone
from eval.evaluations import Answered
from eval.examples import pick_examples
from eval.metrics import HEADLINES, METRICS, Metric
from eval.paired import Change, Changes, measured, paired, shared_rows
from eval.predictions import Prediction
from eval.probed import ProbeLine, probe_table
from eval.report import ModelResult, ReportData, shown_changes, write_report
from eval.scores import ALL, Key, grouped, score_predictions
from eval.table import Table, markdown, shown, shown_change
from warehouse.kit import write_whole


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two models or more over the rows that all of them answered; the last is held against each other one.

    `changes` and `probes` have one entry for each model but the last.
    """

    models: Sequence[Answered]  # with the shared rows alone
    changes: Sequence[Mapping[Key, Changes]]
    probes: Sequence[Sequence[ProbeLine]]
    left_out: int  # rows that not all of them were asked in the same words
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """How many rows all models answered."""
        return len(self.models[0].predictions)


def compare(models: Sequence[Answered]) -> Comparison:
    """What differs. Raises BadInput where the models share no row."""
    rows, left_out = shared_rows({one.name: one.predictions for one in models})
    values = {name: measured(own) for name, own in rows.items()}
    *others, last = models
    return Comparison(
        models=[
            Answered(one.name, one.chinese, one.detail, rows[one.name], one.probe, one.adapter_sha256) for one in models
        ],
        changes=[paired(rows[last.name], values[one.name], values[last.name]) for one in others],
        probes=[probe_table(one.probe, last.probe) if one.probe and last.probe else [] for one in others],
        left_out=left_out,
    )


def verdict(found: Comparison, other: int) -> str:
    """One sentence: what of the main metrics is better and worse beyond chance than with that model."""
    total = found.changes[other][ALL]
    told = {name: _listed(total, name) for name in ("better", "worse")}
    words = [f"{name}: {', '.join(shown)}" for name, shown in told.items() if shown] or [
        "no metric differs beyond chance"
    ]
    for line in found.probes[other]:
        if (line.language, line.measure) == ("all", "loss"):
            forgotten = ", something was forgotten" if line.change.verdict == "worse" else ""
            words.append(f"general questions: loss {line.change.change:+.2f}{forgotten}")
    names = f"{found.models[-1].name} against {found.models[other].name}"
    return f"{names}, {found.rows} rows: {'; '.join(words)}."


def verdict_in_chinese(found: Comparison, other: int) -> str:
    """The same sentence in Chinese."""
    total = found.changes[other][ALL]
    told = {word: _listed(total, name) for word, name in (("变好", "better"), ("变坏", "worse"))}
    words = [f"{word}：{'、'.join(shown)}" for word, shown in told.items() if shown] or ["各项都看不出差别"]
    for line in found.probes[other]:
        if (line.language, line.measure) == ("all", "loss"):
            forgotten = "，有所遗忘" if line.change.verdict == "worse" else ""
            words.append(f"常识题损失 {line.change.change:+.2f}{forgotten}")
    return f"{found.models[-1].chinese}对{found.models[other].chinese}，{found.rows} 条：{'；'.join(words)}。"


def change_table(found: Comparison) -> Table:
    """Per task and type a line for each main metric that applies: every model's value, and each paired difference."""
    *others, last = found.models
    header = ("task", "type", "metric", "n", *(one.name for one in found.models))
    rows: list[tuple[str, ...]] = []
    for key in found.changes[0]:
        for metric in (metric for metric in METRICS if not metric.detail):
            own = [changes[key].get(metric.name) for changes in found.changes]
            if own[0] is not None:
                values = [shown(change.before if change else None, metric) for change in own]
                told = [_told(change, metric) for change in own]
                place = (key[0] or "–", key[1], f"{metric.title} {metric.unit}", str(own[0].n))
                rows.append((*place, *values, shown(own[0].after, metric), *told))
    return Table((*header, *(f"{last.name} − {one.name}" for one in others)), tuple(rows))


def type_table(found: Comparison, intervals: bool = False) -> Table:
    """Per task and type the headline metrics of the last model, and behind each its change from the model before it, with
    its interval if that is wanted."""
    changes, rows = found.changes[-1], []
    metrics = [metric for metric in METRICS if metric.name in HEADLINES and metric.name in changes[ALL]]
    sizes = grouped(found.models[-1].predictions)
    for key, own in changes.items():
        cells = []
        for metric in metrics:
            one = own.get(metric.name)
            told = _told(one, metric) if intervals or one is None else shown_change(one.change, metric) + _mark(one)
            cells.append(f"{shown(one.after, metric)} ({told})" if one else "–")
        rows.append((key[0] or "–", key[1], str(len(sizes[key])), *cells))
    return Table(("task", "type", "n", *(f"{metric.title} {metric.unit}" for metric in metrics)), tuple(rows))


def probe_lines(found: Comparison) -> Table:
    """The general probe before and after, against each model that was probed."""
    rows = []
    for one, lines in zip(found.models[:-1], found.probes, strict=True):
        for line in lines:
            change, unit = line.change, "nats a character" if line.measure == "loss" else "% right"
            told = f"{change.change:+.2f}" + _ends(change, "+.2f") + _mark(change)
            values = (f"{change.before:.2f}", f"{change.after:.2f}")
            rows.append((one.name, line.language, unit, str(change.n), *values, told))
    return Table(("against", "language", "measure", "n", "before", "after", "change"), tuple(rows))


def comparison_markdown(found: Comparison, chart: str = "", examples: int = 4) -> str:
    """The comparison in Markdown: a sentence for each other model first, then tables, the chart's file, a few answers."""
    names = " · ".join(f"**{one.name}** {one.detail}" for one in found.models)
    parts = [f"# {found.models[-1].detail}\n", f"{names}\n"]
    parts += [f"- {verdict(found, other)}" for other in range(len(found.models) - 1)]
    if found.left_out:
        parts.append(f"- {found.left_out} rows are left out: not all models were asked them in the same words.")
    totals = Table(change_table(found).header, tuple(row for row in change_table(found).rows if row[0] == "all"))
    parts += ["\n## All rows\n", markdown(totals)]
    parts += ["Differences are paired; in brackets their 95 % interval. ▲ better and ▼ worse beyond it.\n"]
    if chart:
        parts += [f"![Changes]({chart})\n"]
    if any(found.probes):
        parts += ["## General questions, before and after\n", markdown(probe_lines(found))]
    parts += ["## By task and type\n", markdown(type_table(found, intervals=True))]
    parts += ["## Answers\n", *_examples({one.name: one.predictions for one in found.models}, examples)]
    return "\n".join(parts)


def write_comparison(folder: Path, found: Comparison) -> Path:
    """Writes page, Markdown and chart into the folder, each whole; gives back the page's path."""
    last = found.changes[-1][ALL]
    texts = {
        "changes.svg": standing_alone(change_chart(shown_changes(last), "Changes")),
        "report.md": comparison_markdown(found, "changes.svg"),
    }
    for name, text in texts.items():
        with write_whole(folder / name) as part:
            part.write_text(text, encoding="utf-8", newline="\n")
    write_report(folder / "report.html", page_data(found))
    return folder / "report.html"


def page_data(found: Comparison) -> ReportData:
    """What the page shows, as the report of a run does."""
    others = range(len(found.models) - 1)
    left = f"{found.left_out} rows are left out: not all models were asked them in the same words."
    return ReportData(
        title=found.models[-1].detail,
        models=[
            ModelResult(one.name, one.chinese, one.detail, score_predictions(one.predictions), one.predictions)
            for one in found.models
        ],
        notes=[f"{verdict_in_chinese(found, other)} {verdict(found, other)}" for other in others]
        + [left] * bool(found.left_out),
        facts=found.facts,
        probe={one.name: one.probe for one in found.models if one.probe},
    )


def _listed(changes: Changes, wanted: str) -> list[str]:
    return [
        f"{metric.title} {shown_change(changes[metric.name].change, metric)}"
        for metric in METRICS
        if not metric.detail and metric.name in changes and changes[metric.name].verdict == wanted
    ]


def _told(change: Change | None, metric: Metric) -> str:
    if change is None:
        return "–"
    return shown_change(change.change, metric) + _ends(change, "+.2f" if metric.unit == "×" else "+.1f") + _mark(change)


def _ends(change: Change, form: str) -> str:
    return "" if change.low is None or change.high is None else f" [{change.low:{form}}, {change.high:{form}}]"


def _mark(change: Change) -> str:
    return {"better": " ▲", "worse": " ▼", "same": ""}[change.verdict]


def _examples(models: Mapping[str, Sequence[Prediction]], count: int) -> list[str]:
    """A few rows of which the last two models' answers differ; any, where none does."""
    before, after = list(models)[-2:]
    pairs = zip(models[before], models[after], strict=True)
    differ = {one.sample_id for one, two in pairs if one.prediction != two.prediction}
    shown = {name: [one for one in own if one.sample_id in differ] for name, own in models.items()}
    lines = []
    for example in pick_examples(shown if differ else models, count):
        row = example.row
        lines += [f"**{row.task} {row.question_type}** `{row.sample_id}`\n", _quoted(row.prompt)]
        lines.append(f"- reference: {_short(row.target)}")
        *others, last = models
        for name in (*others, last):
            sign = "**" if name == last else "~~"
            told = "".join(f"{sign}{text}{sign}" if own else text for text, own in _lined(example.pieces[name]))
            lines.append(f"- {name}: {told or '(empty)'}")
        lines.append("")
    return lines


def _lined(pieces: Sequence[tuple[str, bool]]) -> list[tuple[str, bool]]:
    """The pieces without what Markdown would read as its own, marks only round what is not blank."""
    plain = [("".join(f"\\{c}" if c in "*_~`|<>[]#\\" else c for c in " ".join(t.split("\n"))), o) for t, o in pieces]
    return [(text, own and text == text.strip() and bool(text)) for text, own in plain]


def _quoted(text: str) -> str:
    return "".join(f"> {_short(line)}\n" for line in text.splitlines())


def _short(text: str, most: int = 200) -> str:
    (line, _), *_ = _lined([(text, False)]) or [("", False)]
    return line if len(line) <= most else f"{line[: most - 1]}…"
