"""Records in, a file out, a few at a time: JSON lines, one JSON array, CSV or Parquet."""

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from warehouse.exports.row import Record

Put = Callable[[Sequence[Record]], None]
Writer = Callable[[Path], AbstractContextManager[Put]]


@contextmanager
def json_lines(path: Path) -> Iterator[Put]:
    """One object a line, UTF-8."""
    with open(path, "w", encoding="utf-8", newline="\n") as stream:
        yield lambda records: stream.writelines(json.dumps(r, ensure_ascii=False) + "\n" for r in records)


@contextmanager
def json_array(path: Path) -> Iterator[Put]:
    """One array, an object a line."""
    with open(path, "w", encoding="utf-8", newline="\n") as stream:
        before = "[\n"

        def put(records: Sequence[Record]) -> None:
            nonlocal before
            for record in records:
                stream.write(before + json.dumps(record, ensure_ascii=False))
                before = ",\n"

        yield put
        stream.write("\n]\n" if before == ",\n" else "[]\n")


def csv_table(columns: Sequence[str]) -> Writer:
    """A writer of CSV as RFC 4180 has it: UTF-8, a line of headings, CRLF."""

    @contextmanager
    def write(path: Path) -> Iterator[Put]:
        with open(path, "w", encoding="utf-8", newline="") as stream:
            table = csv.DictWriter(stream, columns)
            table.writeheader()
            yield table.writerows

    return write


def parquet_table(columns: Sequence[str]) -> Writer:
    """A writer of Parquet; `messages` is a list of {role, content}, every other column text."""

    @contextmanager
    def write(path: Path) -> Iterator[Put]:
        import pyarrow as pa  # here, since `huaben --help` lists the formats and need not wait for it
        import pyarrow.parquet as pq

        turns = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
        schema = pa.schema([(name, turns if name == "messages" else pa.string()) for name in columns])
        with pq.ParquetWriter(path, schema, compression="zstd") as table:
            yield lambda records: table.write_table(pa.Table.from_pylist(list(records), schema=schema))

    return write
