"""Comparisons and promotions in; what a person reads of them in the terminal out."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from eval.compare import Comparison, change_table, probe_lines, type_table, verdict
from eval.promotion import Check
from flows.console import out, say, show_table

if TYPE_CHECKING:  # seconds to import, and only named here
    from flows.promote import Decision
    from flows.retrain import RetrainReport


def show_compared(found: Comparison, page: Path, details: bool) -> None:
    """Which models, the tables, a sentence on each difference, and where the page lies."""
    for one in found.models:
        out.print(f"{one.name:>8}  {one.detail}", markup=False)
    table = change_table(found)
    rows = table.rows if details else [row for row in table.rows if row[0] == "all"]
    show_table("Every row" if details else "All rows", table.header, rows, numbers_from=3)
    if not details:
        short = type_table(found)
        title = f"{found.models[-1].name}, and its change from {found.models[-2].name}"
        show_table(title, short.header, short.rows, numbers_from=2)
    general = probe_lines(found)
    if general.rows:
        show_table("General questions, before and after", general.header, general.rows, numbers_from=3)
    if found.left_out:
        say(f"{found.left_out} rows are left out: not all models were asked them in the same words")
    for other in range(len(found.models) - 1):
        out.print(verdict(found, other), markup=False)
    out.print(f"report  {page}", markup=False)


def show_decision(made: "Decision") -> None:
    """The guarded metrics, what was decided and why, and where the comparison lies."""
    header = ("guarded", "n", "before", "after", "95 % of the change", "")
    show_table(f"Against {made.against}", header, [_line(check) for check in made.checks])
    name = made.evaluation.adapter.detail
    if made.promoted:
        forced = ", by force" if made.promoted.forced else ""
        out.print(f"{name} is the current adapter now{forced}", markup=False)
    elif made.before and made.before.adapter_sha256 == made.evaluation.adapter.adapter_sha256:
        out.print(f"{name} is the current adapter already", markup=False)
    elif not made.why_not:
        out.print(f"{name} could be promoted: nothing guarded got worse", markup=False)
    if made.why_not:
        say(f"{'' if made.promoted else 'not promoted: '}{made.why_not}")
    out.print(f"report  {made.page}", markup=False)


def show_retrained(report: "RetrainReport") -> None:
    """What was trained on, what came out, and what was decided."""
    for line in report.changed:
        say(f"training set: {line}")
    out.print(f"training set  {report.set_folder}", markup=False)
    out.print(f"        base  {report.base}", markup=False)
    known = "  (there already: nothing was trained twice)" if report.adapter.done_before else ""
    out.print(f"     adapter  {report.adapter.folder}{known}", markup=False)
    if report.same_weights:
        out.print("its weights are byte for byte those of the adapter that was trained again")
    show_decision(report.decision)


def _line(check: Check) -> Sequence[object]:
    ends = "–" if check.low is None else f"{check.low:+.2f} to {check.high:+.2f}"
    return (check.name, check.n, check.before, check.after, ends, check.outcome)
