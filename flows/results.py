"""Lengths, scores and a whole run's report in; the tables a person reads in the terminal out."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from eval.scores import By, ScoreRow
from eval.table import compare_table, interval_table, metric_table, score_table
from flows.assisted import show_assisted
from flows.console import out, say, show_table
from flows.show import show_crawled, show_left_out, show_stored
from train.lengths import LengthRow

if TYPE_CHECKING:  # seconds to import, and only named here
    from eval.assess import Assessment
    from flows.finetune import FinetuneReport
    from flows.pipeline import PipelineReport


def show_run(report: "PipelineReport") -> None:
    """The end of the main job: what came in and became of it, lengths, scores, times, and where everything lies."""
    curated = report.curate
    for crawled in curated.crawled:
        show_crawled(crawled)
    show_left_out(curated.left_out)
    show_stored(curated.stored, curated.documents)
    if curated.assisted:
        show_assisted(curated.assisted)
    if curated.support.supports:
        counted = ", ".join(f"{n:,} {support}" for support, n in curated.support.supports.items())
        say(f"answers by what the novels say: {counted}")
    show_table("Rows by table", ("table", "rows"), list(report.tables.items()))
    show_table("What became of every record", ("task", "fate", "reason", "samples"), curated.fates, numbers_from=3)
    splits = [(task, kind, *counted.values()) for task, kind, counted in curated.splits]
    header = ("task", "type", *(curated.splits[0][2] if curated.splits else ()))
    show_table("Samples by split", header, splits, numbers_from=2)
    show_lengths(report.finetune.lengths, report.limit)
    show_comparison(report.assess)
    out.print("  ".join(f"{name} {value:.1f} s" for name, value in report.seconds.items()))
    if report.done_before:
        out.print("nothing has changed since the last run: no work was done twice and no row was touched")
    out.print(f"      report  {report.page}")
    out.print(f"training set  {curated.set_folder}")
    out.print(f"     adapter  {report.finetune.adapter.folder}")
    out.print(f"   warehouse  {curated.home}  (snapshot {curated.snapshot})")


def show_training(report: "FinetuneReport", limit: int) -> None:
    """What a training came to, and where the adapter lies."""
    show_lengths(report.lengths, limit)
    show_table("Training", ("figure", "value"), list(report.adapter.results.items()))
    if report.adapter.done_before:
        say("this adapter was there already: nothing was trained twice")
    out.print(f"   base  {report.base}")
    out.print(f"adapter  {report.adapter.folder}")


def show_lengths(rows: Sequence[LengthRow], limit: int) -> None:
    """The length table of a training set; the last column is the share of rows over the limit."""
    header = (
        "task",
        "part",
        "unit",
        "count",
        "mean",
        "std",
        "min",
        "25%",
        "50%",
        "75%",
        "90%",
        "99%",
        "max",
        f">{limit}",
    )
    lines = []
    for row in rows:
        values = list(asdict(row).values())
        over = None if row.over_limit is None else f"{100 * row.over_limit:.1f} %"
        lines.append((*values[:3], *(f"{v:,.1f}" if isinstance(v, float) else v for v in values[3:-1]), over))
    show_table("Lengths", header, lines, numbers_from=3)


def show_scores(scores: Sequence[ScoreRow], by: By | None = None, details: bool = False) -> None:
    """The scores of one file of predictions, grouped `by`: the main table by type, unless intervals are asked for."""
    table = score_table(scores)
    if details:
        table = metric_table(scores, by or "type")
    elif by:
        table = interval_table(scores, by)
    show_table("", table.header, table.rows, numbers_from=table.header.index("n"))


def show_comparison(assessed: "Assessment") -> None:
    """The score table of base and adapter."""
    table = compare_table(assessed.scores)
    show_table("Scores on held-out answers", table.header, table.rows, numbers_from=2)
