"""What a person says of a row in, rows of the table `annotations` out, and the standing word on every row back.

Nothing is edited in place. A save is some rows that share a time: its verdict, one for each field that is corrected,
and an undo is a save too. Each names what its maker saw, so that nobody overwrites what another has said meanwhile.
What a model chose (warehouse/assist) is a save by `assist:MODEL`; whatever a person says of the row counts before it.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from corpora.errors import BadInput
from corpora.files import stable_id
from warehouse.annotations_waiting import alone, keep, waiting
from warehouse.lake import Lake
from warehouse.tables import replace_rows

FIELDS = {"utterances": ("speaker", "kind", "addressee"), "questions": ("type", "options", "answer")}
VERDICTS = ("accept", "fix", "reject", "up", "down", "written")
ASSIST = "assist:"  # how the annotator is called where a model chose
LONGEST = 20_000  # characters of one value or comment: more is a mistake, not a correction
Row = dict[str, Any]


class Overtaken(BadInput):
    """Something has been said of the row since it was shown; `annotator` says by whom."""

    def __init__(self, annotator: str, what: str) -> None:
        super().__init__(f"{annotator} has annotated this row meanwhile ({what}); look at it again")
        self.annotator = annotator


@dataclass(frozen=True)
class Mark:
    """What a person says of one row. `fixed` holds corrected fields, `shown` all fields as they were on the screen.

    `head` is the annotation that was the row's newest when it was shown, empty for none; `place` finds the row again
    when its text has moved.
    """

    table: str
    record_id: str
    annotator: str
    verdict: str
    fixed: Mapping[str, Any] = field(default_factory=dict)
    comment: str = ""
    shown: Mapping[str, Any] = field(default_factory=dict)
    head: str = ""
    place: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Save:
    """One save that stands. `values` are the fields as its maker left them, those that were only looked at included, and
    `shown` the fields as they were before."""

    table: str
    record_id: str
    annotator: str
    made_at: datetime
    verdict: str
    fixed: Mapping[str, Any]
    values: Mapping[str, Any]
    comment: str
    place: Mapping[str, Any]
    ids: tuple[str, ...]
    shown: Mapping[str, Any] = field(default_factory=dict)

    @property
    def assisted(self) -> bool:
        """Whether a model said so, and not a person."""
        return self.annotator.startswith(ASSIST)


def save(home: Path, connection: duckdb.DuckDBPyConnection, mark: Mark) -> list[Row]:
    """Keep the mark, and give back its rows of the table.

    It waits in the home folder for the next `bring_in`, and counts from now on. `connection` reads the lake. Raises
    Overtaken when the row's newest annotation is not `mark.head`, BadInput when the mark is none.
    """
    check(mark)
    if mark.annotator.strip().startswith(ASSIST):
        raise BadInput(f"a name that begins with {ASSIST} is a model's; take another")
    with alone(home):
        known = annotations_of(home, connection, mark.table, mark.record_id)
        newest = known[-1] if known else None
        if newest and newest["annotation_id"] != mark.head:
            raise Overtaken(newest["annotator"], f"{newest['field']} = {newest['value']}")
        return keep(home, rows_of(mark, after(newest)))


def undo(home: Path, connection: duckdb.DuckDBPyConnection, annotator: str) -> Save | None:
    """Take back the annotator's newest save that stands, by one more row; None when there is none."""
    with alone(home):
        own = [made for made in saves(annotations(home, connection)) if made.annotator == annotator]
        if not own:
            return None
        last = own[-1]
        known = annotations_of(home, connection, last.table, last.record_id)
        head = known[-1]["annotation_id"]
        keep(home, [undo_row(last, annotator, head, after(known[-1]))])
        return last


def annotations(home: Path, connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """Every annotation, by time: those of the lake and those that wait."""
    return _read(home, connection, "true", [])


def annotations_of(home: Path, connection: duckdb.DuckDBPyConnection, table: str, record_id: str) -> list[Row]:
    """The annotations of one row, by time."""
    return _read(home, connection, "table_name = ? AND record_id = ?", [table, record_id])


def saves(rows: Iterable[Mapping[str, Any]]) -> list[Save]:
    """The saves that nobody has undone, by time. `rows` are annotations by time."""
    grouped: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    undone: set[str] = set()
    for row in rows:
        if row["field"] == "undo":
            undone.update(json.loads(row["value"]))
        else:
            key = row["table_name"], row["record_id"], row["annotator"], row["made_at"]
            grouped.setdefault(key, []).append(row)
    return [_made(group) for group in grouped.values() if not undone & {row["annotation_id"] for row in group}]


def newest(made: Iterable[Save]) -> dict[tuple[str, str], Save]:
    """The last word on each row, by table and id: a person's, where there is one, and else a model's."""
    people_last = sorted(made, key=lambda one: not one.assisted)  # and by time, as they come
    return {(one.table, one.record_id): one for one in people_last}


def bring_in(lake: Lake) -> int:
    """Put the saves that wait into the lake, in one transaction; how many rows that were."""
    files = waiting(lake.home)
    rows = [row for found in files.values() for row in found]
    if rows:
        with lake.transaction(f"annotations: {len(rows)}"):
            replace_rows(lake.connection, "annotations", rows)
    for path in files:
        path.unlink(missing_ok=True)
    return len(rows)


def waiting_saves(home: Path) -> int:
    """How many saves are not in the lake yet."""
    return sum(1 for _ in (Path(home) / "annotations").glob("*.json"))


def check(mark: Mark) -> None:
    """Raises BadInput when the mark is none."""
    if not mark.annotator.strip():
        raise BadInput("an annotation needs its annotator; say who you are first")
    if mark.verdict not in VERDICTS:
        raise BadInput(f"{mark.verdict} is no verdict; give one of {', '.join(VERDICTS)}")
    if mark.verdict == "reject" and not mark.comment.strip():
        raise BadInput("a row is rejected with a reason; write one")
    longest = max(len(_json(mark.fixed)), len(mark.comment), len(mark.annotator))
    if longest > LONGEST:
        raise BadInput(f"the annotation has {longest} characters; write {LONGEST} at most")


def rows_of(mark: Mark, at: datetime) -> list[Row]:
    """The mark as rows of the table, made at `at`."""
    seen = _json({"head": mark.head, "shown": dict(mark.shown), "place": dict(mark.place)})
    shared = {"table_name": mark.table, "record_id": mark.record_id}
    rows = []
    for name, value in [("verdict", mark.verdict), *mark.fixed.items()]:
        row = shared | {
            "field": name, "value": _json(value), "comment": mark.comment, "annotator": mark.annotator.strip(),
            "made_at": at, "seen": seen,
        }  # fmt: skip
        rows.append({"annotation_id": _id_of(row), **row})
    return rows


def undo_row(one: Save, annotator: str, head: str, at: datetime) -> Row:
    """The row that takes a save back."""
    row = {
        "annotation_id": "", "table_name": one.table, "record_id": one.record_id, "field": "undo",
        "value": _json(list(one.ids)), "comment": "", "annotator": annotator, "made_at": at, "seen": _json({"head": head}),
    }  # fmt: skip
    return row | {"annotation_id": _id_of(row)}


def _id_of(row: Mapping[str, Any]) -> str:
    return stable_id(
        row["table_name"], row["record_id"], row["field"], row["value"], row["annotator"], row["made_at"].isoformat()
    )


def after(newest: Mapping[str, Any] | None) -> datetime:
    """Now, and later than the newest in any case: two clocks may differ."""
    now = datetime.now(UTC)
    return max(now, newest["made_at"] + timedelta(microseconds=1)) if newest else now


def _made(group: Sequence[Mapping[str, Any]]) -> Save:
    values = {row["field"]: json.loads(row["value"]) for row in group}
    first, verdict = group[0], values.pop("verdict", "fix")
    seen = json.loads(first["seen"]) if first["seen"] else {}
    return Save(
        first["table_name"], first["record_id"], first["annotator"], first["made_at"], verdict, values,
        {**seen.get("shown", {}), **values}, first["comment"], seen.get("place", {}),
        tuple(row["annotation_id"] for row in group), seen.get("shown", {}),
    )  # fmt: skip


def _read(home: Path, connection: duckdb.DuckDBPyConnection, where: str, values: list[str]) -> list[Row]:
    # What waits is read first: brought in between the two, it is then in both rather than in neither.
    still = {row["annotation_id"]: row for rows in waiting(home).values() for row in rows}
    stored = connection.execute(f"SELECT * FROM annotations WHERE {where}", values).to_arrow_table().to_pylist()
    if values:
        still = {key: row for key, row in still.items() if [row["table_name"], row["record_id"]] == values}
    rows = still | {row["annotation_id"]: {"seen": None, **row} for row in stored}  # an older lake has no `seen`
    return sorted(rows.values(), key=lambda row: (row["made_at"], row["annotation_id"]))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
