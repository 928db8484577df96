"""A home folder in, a lake that stays open for many readers at once out: what a page asks while flows write.

Opening a lake takes a second or two on a busy machine, a question to an open one hundredths.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from corpora.errors import BadInput
from warehouse.lake import CATALOG, Lake, reading
from warehouse.query import checked, sentence
from warehouse.views import lend_views

Row = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """The rows of a person's query, as many as were asked for; `more` when there are others."""

    rows: pa.Table
    more: bool
    seconds: float


class Reader:
    """An open lake that nothing can be written to. Every question sees what was committed last."""

    def __init__(self, home: Path) -> None:
        """Raises BadInput when there is no lake at `home`."""
        self.home = Path(home).absolute()
        self._stack = ExitStack()
        self._lake = self._stack.enter_context(reading(self.home))
        lent = "SELECT count(*) FROM duckdb_views() WHERE temporary AND NOT internal"
        self._lends = (self._lake.connection.execute(lent).fetchone() or (0,))[0] > 0  # views that an old lake lacks

    def close(self) -> None:
        """Close the lake."""
        self._stack.close()

    @contextmanager
    def lake(self) -> Iterator[Lake]:
        """The lake with a connection of this thread's own."""
        with self._lake.connection.cursor() as cursor:
            cursor.execute(f"USE {CATALOG}.lake")
            if self._lends:
                lend_views(cursor, CATALOG)
            yield replace(self._lake, connection=cursor)

    def rows(self, sql: str, *values: Any) -> list[Row]:
        """The rows of a query of ours, with its values filled in."""
        with self.lake() as lake:
            found: list[Row] = lake.connection.execute(sql, list(values)).to_arrow_table().to_pylist()
            return found

    def snapshot(self) -> int:
        """The number of the newest snapshot."""
        with self.lake() as lake:
            return lake.snapshot()

    def ask(self, sql: str, limit: int = 1_000, seconds: float = 20.0) -> Answer:
        """The first rows of a person's SELECT. Raises BadInput in one sentence, also when it takes too long."""
        statement, began = checked(sql), time.perf_counter()
        with self.lake() as lake:
            timer = threading.Timer(seconds, lake.connection.interrupt)
            timer.start()
            try:
                reader = lake.connection.execute(statement).to_arrow_reader(limit + 1)
                found = _first(reader, limit + 1)
            except duckdb.InterruptException:
                raise BadInput(f"the query took more than {seconds:g} seconds and was stopped; ask for less") from None
            except (duckdb.Error, pa.ArrowException) as error:
                if time.perf_counter() - began >= seconds:
                    raise BadInput(f"the query took more than {seconds:g} seconds and was stopped") from None
                raise BadInput(sentence(error)) from None
            finally:
                timer.cancel()
        return Answer(found.slice(0, limit), found.num_rows > limit, time.perf_counter() - began)


def _first(reader: pa.RecordBatchReader, limit: int) -> pa.Table:
    batches, rows = [], 0
    for batch in reader:
        batches.append(batch)
        rows += batch.num_rows
        if rows >= limit:
            break
    return pa.Table.from_batches(batches, schema=reader.schema).slice(0, limit)
