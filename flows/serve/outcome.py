"""The report of a flow in, what the list of runs, the run's page and the messengers say of it out."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from flows.notify.notice import Notice, rejected, worse
from flows.serve.jobs import Outcome
from flows.tidied import tidied_lines

if TYPE_CHECKING:  # a job that only tidies up needs no torch
    from flows.crawling import CrawlReport
    from flows.curate import CurateReport
    from flows.retrain import RetrainReport
    from warehouse.backup import Backup
    from warehouse.ingest import Stored
    from warehouse.tidy import Tidied

SHOWN = 20  # sources of a table that a crawl could make endless


def of_curate(deployment: str, report: "CurateReport") -> Outcome:
    """What came in, what became of it, and where the training set lies."""
    kept = sum(n for _, fate, _, n in report.fates if fate == "kept")
    left = f"\n{len(report.left_out)} pages gave no document.\n" if report.left_out else ""
    page = "\n".join(
        [
            _came_in(report.stored, report.documents), left,
            "## Fates\n", _table(("task", "fate", "reason", "samples"), report.fates),
            "\n## Splits\n", _table(("task", "type", "samples"), [(t, k, _counted(s)) for t, k, s in report.splits]),
            f"\nTraining set `{report.set_folder.name}` at snapshot {report.snapshot}.",
        ]
    )  # fmt: skip
    line = f"{_stored(report.stored, report.documents)}; {kept:,} samples kept; {report.set_folder.name}"
    return Outcome(line, page, _rejected(deployment, report.stored))


def of_retrain(deployment: str, report: "RetrainReport") -> Outcome:
    """The guarded scores with their change, and whether the adapter was promoted."""
    decision = report.decision
    rows = [
        (
            check.name,
            check.n,
            _number(check.before),
            _number(check.after),
            _change(check.before, check.after),
            check.outcome,
        )
        for check in decision.checks
    ]
    line = f"{report.adapter.folder.name}: " + (
        "promoted"
        if decision.promoted
        else f"not promoted: {decision.why_not}"
        if decision.why_not
        else "is current already"
    )
    page = "\n".join(
        [
            f"# {report.adapter.folder.name}\n", f"{line}.\n", f"## Scores, held against {decision.against}\n",
            _table(("guarded", "rows", "before", "after", "change", ""), rows),
            f"\nThe comparison, whole on the page of the sub-run, is also `{decision.page}` on the machine that trained, for a "
            f"browser there. Training set `{report.set_folder.name}`, base `{report.base}`.",
        ]
    )  # fmt: skip
    return Outcome(line, page, worse(deployment, decision.why_not))


def of_crawl(deployment: str, report: "CrawlReport") -> Outcome:
    """What was fetched and stored."""
    pages = report.crawled.count("page", "link page")
    page = "\n".join(
        [
            f"# Crawl of {report.crawled.name}\n", _table(("fate", "why", "addresses"), report.crawled.fates),
            "", _came_in(report.stored, report.documents),
        ]
    )  # fmt: skip
    line = f"{pages:,} pages, {len(report.crawled.failed):,} failed; {_stored(report.stored, report.documents)}"
    return Outcome(line, page, _rejected(deployment, report.stored))


def of_tidy(made: "Tidied", copied: "tuple[Path, Backup] | None") -> Outcome:
    """What went, and where the backup lies."""
    lines = [(what, number, f"{size:.1f}") for what, number, size in tidied_lines(made)]
    gone = f"{len(made.expired):,} snapshots and {len(made.removed):,} files went"
    backed_up = f"; backup of {len(copied[1].files):,} files in {copied[0].name}" if copied else ""
    return Outcome(gone + backed_up, _table(("what", "number", "MiB"), lines) + (f"\n\n{copied[0]}" if copied else ""))


def _rejected(deployment: str, stored: "Sequence[Stored]") -> list[Notice]:
    worst = sorted((one for one in stored if one.rejected), key=lambda one: -one.rejected)
    where = [f"{one.source_id} ({one.rejected:,})" for one in worst]
    return rejected(deployment, sum(s.records for s in stored), sum(s.rejected for s in stored), where)


def _stored(stored: "Sequence[Stored]", documents: int) -> str:
    if not stored:
        return f"nothing new in {documents:,} documents"
    return f"{sum(s.records for s in stored):,} records from {len(stored):,} of {documents:,} documents"


def _came_in(stored: "Sequence[Stored]", documents: int) -> str:
    rows = [(s.source_id, s.kind, s.records, s.rejected, s.change.inserted, s.change.deleted) for s in stored[:SHOWN]]
    rest = f"\nand {len(stored) - SHOWN:,} more" if stored[SHOWN:] else ""
    table = _table(("source", "kind", "records", "rejected", "new", "gone"), rows) if rows else ""
    return f"## What came in\n\n{_stored(stored, documents)}\n\n{table}{rest}"


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; what stands in a cell cannot break out of it."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(_cell(value) for value in line) + " |" for line in lines)


def _cell(value: object) -> str:
    text = f"{value:,}" if isinstance(value, int) else str(value)
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")


def _counted(splits: dict[str, int]) -> str:
    return ", ".join(f"{n:,} {split}" for split, n in splits.items())


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _change(before: float | None, after: float | None) -> str:
    return "–" if before is None or after is None else f"{after - before:+.2f}"
