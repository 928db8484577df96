"""A query's rows in; a table for people, or CSV, JSON lines or Parquet for programs, out."""

import csv
import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from corpora.errors import BadInput
from corpora.files import write_whole
from flows.console import out, show_table

SHOWN = 200  # rows of a query that are shown as a table
PAGED = 5_000  # of them on a terminal, where a table that is higher than the screen is paged


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
                        stream.write(json.dumps(row, ensure_ascii=False, default=_plain) + "\n")
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
    shown = PAGED if sys.stdout.isatty() else SHOWN
    for batch in batches:
        total += batch.num_rows
        rows += batch.to_pylist()[: max(shown - len(rows), 0)]
    numbers = [
        pa.types.is_integer(f.type) or pa.types.is_floating(f.type) or pa.types.is_decimal(f.type) for f in first.schema
    ]
    left = next((i for i in range(len(numbers)) if all(numbers[i:])), len(numbers))
    show_table("", first.schema.names, (_values(row) for row in rows), numbers_from=left, paged=_is_long(rows))
    note = f"; the first {shown:,} are shown, all of them with --format csv" if total > shown else ""
    out.print(f"{total:,} row{'s' if total != 1 else ''}{note}")


def _values(row: dict[str, Any]) -> tuple[object, ...]:
    return tuple(_plain(value) if isinstance(value, Decimal) else value for value in row.values())


def _plain(value: object) -> object:
    """A value that JSON has no word for: a sum of integers, which DuckDB makes a decimal, as a number; else as text."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return str(value)


def _is_long(rows: list[dict[str, Any]]) -> bool:
    """Whether a table is higher than the terminal; its cells are taken to need a line each, or as many as they have."""
    if not sys.stdout.isatty():
        return False
    lines = sum(max((str(value).count("\n") + 1 for value in row.values()), default=1) for row in rows)
    return lines + 5 > shutil.get_terminal_size().lines
