"""A query's rows in; a table for people, or CSV, JSON lines or Parquet for programs, out."""

import csv
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from corpora.errors import BadInput
from corpora.files import write_whole
from flows.console import out, show_table

SHOWN = 200  # rows of a query that the terminal shows


def write_rows(batches: Iterator[pa.RecordBatch], form: str, output: Path | None) -> None:
    """A query's rows as a table, CSV, JSON lines or Parquet, on standard output or in a file."""
    if form == "table" and output is None:
        _show_rows(batches)
    elif form == "parquet":
        if output is None:
            raise BadInput("Parquet is no text for a terminal; name a file with -o FILE.parquet")
        first = next(batches)
        with write_whole(output) as part, pq.ParquetWriter(part, first.schema, compression="zstd") as writer:
            for batch in chain([first], batches):
                writer.write_batch(batch)
    else:
        with text_output(output) as stream:
            first = next(batches)
            writer = csv.writer(stream)
            if form != "jsonl":
                writer.writerow(first.schema.names)
            for batch in batches:
                for row in batch.to_pylist():
                    if form == "jsonl":
                        stream.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")
                    else:
                        writer.writerow(row.values())


@contextmanager
def text_output(path: Path | None) -> Iterator[IO[str]]:
    """Standard output, or a UTF-8 file that appears whole when the block ends."""
    if path is None:
        yield sys.stdout
        return
    with write_whole(path) as part, open(part, "w", encoding="utf-8", newline="\n") as stream:
        yield stream


def _show_rows(batches: Iterator[pa.RecordBatch]) -> None:
    first = next(batches)
    rows: list[dict[str, Any]] = []
    total = 0
    for batch in batches:
        total += batch.num_rows
        rows += batch.to_pylist()[: max(SHOWN - len(rows), 0)]
    numbers = [pa.types.is_integer(f.type) or pa.types.is_floating(f.type) for f in first.schema]
    left = next((i for i in range(len(numbers)) if all(numbers[i:])), len(numbers))
    show_table("", first.schema.names, (tuple(row.values()) for row in rows), numbers_from=left)
    note = f"; the first {SHOWN} are shown, all of them with --format csv" if total > SHOWN else ""
    out.print(f"{total:,} row{'s' if total != 1 else ''}{note}")
