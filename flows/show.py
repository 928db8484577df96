"""What rooms and flows gave in; tables, lines and files for people and programs out."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from corpora.crawl.documents import LeftOut
from corpora.crawl.run import Crawled
from extractors.cast_table import PersonRow
from extractors.extract import Record
from extractors.records import Reject
from flows.console import out, say, show_table
from flows.rows import text_output
from warehouse.exports.export import Export
from warehouse.ingest import Stored
from warehouse.manifest import read_manifest
from warehouse.tables import Change

SHOWN = 40  # rows of a table that a crawl could make endless


def show_stored(stored: Sequence[Stored], documents: int) -> None:
    """What an ingest put into the warehouse."""
    if stored:
        rows = [
            (s.source_id, s.kind, s.records, s.rejected, s.change.inserted, s.change.updated, s.change.deleted)
            for s in stored[:SHOWN]
        ]
        rest = stored[SHOWN:]
        if rest:
            touched = sum((s.change for s in rest), Change())
            rows.append(
                (f"and {len(rest):,} more", "", sum(s.records for s in rest), sum(s.rejected for s in rest),
                 touched.inserted, touched.updated, touched.deleted)
            )  # fmt: skip
        show_table("", ("source", "kind", "records", "rejected", "new", "changed", "gone"), rows, numbers_from=2)
    if len(stored) < documents:
        say(f"{documents - len(stored)} of {documents} files are as they were: nothing to do for them")


def show_crawled(crawled: Crawled) -> None:
    """What became of every address that a crawl came to."""
    title = f"Crawl of {crawled.name}" + (", gone on with" if crawled.resumed else "")
    show_table(title, ("fate", "why", "addresses"), crawled.fates, numbers_from=2)
    if crawled.failed:
        show_table("Addresses that failed", ("address", "why"), crawled.failed[:SHOWN], numbers_from=2)
    if len(crawled.failed) > SHOWN:
        say(f"and {len(crawled.failed) - SHOWN:,} more addresses; crawl again to try them again")
    pages = crawled.count("page", "link page")
    say(f"{pages:,} pages, {crawled.requests:,} requests, {crawled.bytes / 2**20:.1f} MiB in {crawled.seconds:.1f} s")


def show_left_out(pages: Sequence[LeftOut]) -> None:
    """Pages that gave no document."""
    if pages:
        show_table("Pages left out", ("page", "why"), [(p.url, p.reason) for p in pages[:SHOWN]], numbers_from=2)
    if len(pages) > SHOWN:
        say(f"and {len(pages) - SHOWN:,} more pages")


def write_records(records: Iterable[Record], output: Path | None, rejects: Path | None = None) -> None:
    """Extracted records as JSON lines, rejected ones in a file of their own if one is named."""
    kept: list[dict[str, Any]] = []
    left_out: list[dict[str, Any]] = []
    for record in records:
        (left_out if isinstance(record, Reject) else kept).append(asdict(record))
    with text_output(output) as stream:
        stream.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in kept)
    if rejects:
        with text_output(rejects) as stream:
            stream.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in left_out)
    say(f"{len(kept):,} extracted, {len(left_out):,} left out" + (f" → {output}" if output else ""))


def show_set(folder: Path) -> None:
    """A training set's rows by split, and where it lies."""
    manifest = read_manifest(folder)
    show_table("", tuple(manifest.rows), [tuple(manifest.rows.values())], numbers_from=0)
    out.print(f"training set {folder} (snapshot {manifest.snapshot})")


def show_export(report: Export, folder: Path) -> None:
    """An export's rows by file, the rows left out or folded with the reason, and where it lies."""
    show_table("", ("file", "rows"), report.rows.items())
    noted = [("left out", n.split, n.reason, n.rows) for n in report.left_out]
    noted += [("folded", n.split, n.reason, n.rows) for n in report.folded]
    if noted:
        show_table("Rows that do not fit as they are", ("", "split", "why", "rows"), noted, numbers_from=3)
    out.print(f"{report.format} export of {report.training_set} → {folder}")


def show_cast(people: Sequence[PersonRow]) -> None:
    """Who is who in a novel, whoever speaks most first."""
    header = ("name", "other names", "utterances", "mentions", "first chapter", "last chapter")
    rows = [
        (p.name, "、".join(p.other_names), p.utterances, p.mentions, p.first_chapter, p.last_chapter) for p in people
    ]
    show_table("", header, rows, numbers_from=2)
    out.print(f"{len(people):,} people")
