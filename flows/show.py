"""What rooms and flows gave in; tables, lines and files for people and programs out."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from extractors.cast_table import PersonRow
from extractors.extract import Record
from extractors.records import Reject
from flows.console import out, say, show_table
from flows.rows import text_output
from warehouse.ingest import Stored
from warehouse.manifest import read_manifest


def show_stored(stored: Sequence[Stored], documents: int) -> None:
    """What an ingest put into the warehouse."""
    if stored:
        rows = [
            (s.source_id, s.kind, s.records, s.rejected, s.change.inserted, s.change.updated, s.change.deleted)
            for s in stored
        ]
        show_table("", ("source", "kind", "records", "rejected", "new", "changed", "gone"), rows, numbers_from=2)
    if len(stored) < documents:
        say(f"{documents - len(stored)} of {documents} files are as they were: nothing to do for them")


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


def show_cast(people: Sequence[PersonRow]) -> None:
    """Who is who in a novel, whoever speaks most first."""
    header = ("name", "other names", "utterances", "mentions", "first chapter", "last chapter")
    rows = [
        (p.name, "、".join(p.other_names), p.utterances, p.mentions, p.first_chapter, p.last_chapter) for p in people
    ]
    show_table("", header, rows, numbers_from=2)
    out.print(f"{len(people):,} people")
