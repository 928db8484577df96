"""What the warehouse holds → one HTML page that needs nothing else to be read: sources, fates, types, lengths, people."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from eval.charts import length_chart
from eval.flow_chart import NARROW, WIDE, Link, Node, flow_chart
from eval.labels import LABELS
from warehouse.holdings import Holdings
from warehouse.kit import write_whole

_SPLITS = ("seed", "train", "valid", "test")
_REASONS = 8  # shown each; the rest together
_COLOURS = {"kept": "var(--series-3)", "merged": "var(--series-5)", "rejected": "var(--series-2)"}
_LABELS = LABELS | {
    "utterances": "话语", "conversations": "对话", "questions": "题目", "instructions": "指令", "kept": "保留",
    "merged": "合并", "rejected": "拒绝",
}  # fmt: skip
_KINDS = {"novel": "小说", "quiz": "题库", "instruct": "指令"}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why samples are not kept, with the mark by which the narrow diagram names it."""

    mark: str
    fate: str
    why: str
    samples: int


def write_overview(path: Path, held: Holdings) -> None:
    """Writes the page whole; the same holdings give the same bytes. All text of the warehouse is escaped."""
    page = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    page.filters["label"] = lambda name: _LABELS.get(name, name)
    reasons = reasons_of(held.fates)
    html = page.from_string(_part("overview.html")).render(
        held=held,
        css=Markup(_part("report.css") + _part("overview.css")),
        records=sum(row["records"] for row in held.intake),
        kept=sum(row["kept"] for row in held.splits),
        flows=[(name, Markup(_flow(held.fates, reasons, name))) for name in ("wide", "narrow")] if held.fates else [],
        reasons=reasons,
        charts=_charts(held),
        novels=[(novel, list(rows)) for novel, rows in groupby(held.speakers, key=lambda row: row["novel"])],
        most=max((row["lines"] for row in held.talks), default=1),
        splits=_SPLITS,
        kinds=_KINDS,
    )
    with write_whole(path) as beside:
        beside.write_text(html, encoding="utf-8", newline="\n")


def reasons_of(fates: Sequence[Mapping[str, Any]]) -> list[Reason]:
    """Why samples are not kept, most first; past the eighth all in one."""
    counted: Counter[tuple[str, str]] = Counter()
    for row in fates:
        if row["fate"] != "kept":
            counted[(row["fate"], row["why"])] += row["samples"]
    ranked = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    shown = ranked[:_REASONS] if len(ranked) > _REASONS + 1 else ranked
    made = [Reason(chr(ord("a") + n), fate, why, samples) for n, ((fate, why), samples) in enumerate(shown)]
    if len(ranked) > len(shown):
        rest = sum(samples for _, samples in ranked[len(shown) :])
        made.append(Reason(chr(ord("a") + len(shown)), "rejected", f"{len(ranked) - len(shown)} other reasons", rest))
    return made


def _flow(fates: Sequence[Mapping[str, Any]], reasons: Sequence[Reason], shape: str) -> str:
    """Records → fates → splits, or the reason why not."""
    wide = shape == "wide"
    known = {(reason.fate, reason.why): reason for reason in reasons}
    into: Counter[tuple[str, str]] = Counter()
    out: Counter[tuple[str, str]] = Counter()
    for row in fates:
        into[(_records_of(row), row["fate"])] += row["samples"]
        reason = known.get((row["fate"], row["why"]), reasons[-1] if reasons else None)
        end = f"split {row['split']}" if row["fate"] == "kept" else f"why {reason.mark if reason else ''}"
        out[(row["fate"], end)] += row["samples"]
    sums: Counter[str] = Counter()
    for (start, end), n in (*into.items(), *out.items()):
        sums[end] += n
        if (start, end) in into:
            sums[start] += n
    tables = ("utterances", "conversations", "questions", "instructions")

    def text(key: str, name: str) -> str:
        return f"{_LABELS.get(name, name)} {name} {sums[key]:,}" if wide else f"{_LABELS.get(name, name)} {sums[key]:,}"

    nodes = [Node(name, 0, text(name, name), "var(--series-1)") for name in tables]
    nodes += [Node(fate, 1, text(fate, fate), colour) for fate, colour in _COLOURS.items()]
    nodes += [Node(f"split {name}", 2, text(f"split {name}", name), _COLOURS["kept"]) for name in _SPLITS]
    for fate in ("merged", "rejected"):
        for reason in (reason for reason in reasons if reason.fate == fate):
            short = f"{reason.mark} {reason.samples:,}"
            told = reason.why if len(reason.why) <= 38 else f"{reason.why[:37]}…"
            nodes.append(Node(f"why {reason.mark}", 2, f"{short} {told}" if wide else short, _COLOURS[fate]))
    colour_of = {f"why {reason.mark}": _COLOURS[reason.fate] for reason in reasons}
    links = [Link(start, end, n, _COLOURS[end]) for (start, end), n in into.items()]
    links += [Link(start, end, n, colour_of.get(end, _COLOURS["kept"])) for (start, end), n in out.items()]
    title = "What became of every record" + ("" if wide else ", narrow")
    return flow_chart(nodes, links, title, WIDE if wide else NARROW)


def _records_of(row: Mapping[str, Any]) -> str:
    if row["task"] == "roleplay":
        return "conversations" if row["question_type"] == "multi_turn" else "utterances"
    return "questions" if row["task"] == "quiz" else "instructions"


def _charts(held: Holdings) -> list[tuple[str, Markup]]:
    measured = (("prompt", held.prompt_lengths), ("answer", held.answer_lengths))
    return [(part, Markup(length_chart(by_task, f"Histogram of {part}s"))) for part, by_task in measured if by_task]


def _part(name: str) -> str:
    return files("eval").joinpath(name).read_text(encoding="utf-8")
