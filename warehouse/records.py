"""The lake in; its records, with where they come from and as people have corrected them, out, not all at once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from warehouse.annotations_apply import Marks, correcting
from warehouse.lake import Lake

_FROM_SOURCE = "JOIN documents USING (document_id) JOIN sources USING (source_id)"
RECORDS = {
    "utterances": f"""SELECT utterances.*, source_id, seed FROM utterances {_FROM_SOURCE}
        ORDER BY seed DESC, source_id, char_start""",
    "questions": f"""SELECT questions.* EXCLUDE (novel), source_id, seed,
        coalesce(nullif(questions.novel, ''), sources.novel) AS novel FROM questions {_FROM_SOURCE}
        ORDER BY seed DESC, source_id, ordinal""",
    "instructions": f"""SELECT instructions.*, source_id, seed, '' AS novel FROM instructions {_FROM_SOURCE}
        ORDER BY seed DESC, source_id, ordinal""",
}
_TOGETHER = 10_000  # rows that are read at a time


@dataclass(frozen=True, slots=True)
class Records:
    """The rows of a table, read anew each time they are gone through, and as `mend` leaves them. Nothing else may be asked of
    the lake meanwhile."""

    lake: Lake
    table: str
    mend: Callable[[dict[str, Any]], dict[str, Any]] | None = None

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for batch in self.lake.connection.execute(RECORDS[self.table]).to_arrow_reader(_TOGETHER):
            rows = batch.to_pylist()
            yield from map(self.mend, rows) if self.mend else rows

    def __len__(self) -> int:
        found = self.lake.connection.execute(f"SELECT count(*) FROM {self.table}").fetchone()
        return int(found[0]) if found else 0

    def mended(self, marks: Marks) -> "Records":
        """The same as people have corrected them."""
        return replace(self, mend=correcting(self.table, self, marks))
