"""Two training sets or snapshots in, the rows that were added, removed or changed from one to the other out."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpora.errors import BadInput
from warehouse.lake import reading
from warehouse.manifest import verify
from warehouse.training_set import COLUMNS

# What a row can differ in, and the column that holds it.
_FIELDS = {
    "split": "split", "prompt": "messages", "answer": "answer", "reference": "reference", "type": "question_type",
    "character": "character", "novel": "novel", "source": "source_id", "cluster": "cluster_id",
}  # fmt: skip
_SPLITS = "list_position(['seed', 'train', 'valid', 'test'], split)"
_CHANGES = f"""
SELECT
  CASE WHEN a.sample_id IS NULL THEN 'added' WHEN b.sample_id IS NULL THEN 'removed' ELSE 'changed' END AS change,
  sample_id,
  coalesce(b.task, a.task) AS task,
  coalesce(b.question_type, a.question_type) AS question_type,
  coalesce(b.split, a.split) AS split,
  coalesce(b.novel, a.novel) AS novel,
  coalesce(b.character, a.character) AS character,
  CASE WHEN a.sample_id IS NULL OR b.sample_id IS NULL THEN [] ELSE list_filter([
    {", ".join(f"CASE WHEN a.{column} IS DISTINCT FROM b.{column} THEN '{name}' END" for name, column in _FIELDS.items())}
  ], lambda name: name IS NOT NULL) END AS what,
  CASE WHEN b.sample_id IS NULL THEN coalesce(gone.why, '') ELSE '' END AS why,
  a.split AS split_before, b.split AS split_after,
  a.messages AS messages_before, b.messages AS messages_after,
  a.answer AS answer_before, b.answer AS answer_after
FROM a FULL JOIN b USING (sample_id) LEFT JOIN gone USING (sample_id)
WHERE a.sample_id IS NULL OR b.sample_id IS NULL
   OR {" OR ".join(f"a.{column} IS DISTINCT FROM b.{column}" for column in _FIELDS.values())}
ORDER BY change, task, sample_id
"""


@dataclass(frozen=True)
class Diff:
    """From one state to another. `rows` holds the rows of both and `changes` a row for each that differs, with its
    answer, prompt and split before and after, what changed, and why a removed one is not kept, where a snapshot tells.

    `counts`: (task, split, added, removed, changed), a moved row under the split where it now is. `fields`: how many
    rows changed in each respect; `moves`: (split before, split after, rows).
    """

    names: tuple[str, str]
    rows: tuple[int, int]
    counts: list[tuple[str, str, int, int, int]]
    fields: dict[str, int]
    moves: list[tuple[str, str, int]]
    changes: pa.Table

    def count(self, change: str) -> int:
        """How many rows were `added`, `removed` or `changed`."""
        return int(pc.sum(pc.equal(self.changes["change"], change)).as_py() or 0)

    def batches(self) -> list[pa.RecordBatch]:
        """The changes in batches, after an empty one that tells their columns."""
        schema = self.changes.schema
        empty = pa.record_batch([pa.array([], field.type) for field in schema], schema=schema)
        return [empty, *self.changes.to_batches(10_000)]

    def examples(self, change: str, limit: int) -> Sequence[dict[str, object]]:
        """The first rows with that change, in the order of task and id, in turns between the tasks."""
        of_change = self.changes.filter(pc.equal(self.changes["change"], change))
        tasks = sorted(set(of_change["task"].to_pylist()))
        each = [of_change.filter(pc.equal(of_change["task"], task)).slice(0, limit).to_pylist() for task in tasks]
        turns = [rows[n] for n in range(limit) for rows in each if n < len(rows)]
        return turns[:limit]


def diff(home: Path, before: str, after: str) -> Diff:
    """What changed from `before` to `after`: each a folder or a name under `home`/sets, or the number of a snapshot.

    A row is known by its sample id, which goes by where its record stands and what it says: an utterance that reads
    otherwise is one row removed and another added. Raises BadInput when there is no such set or snapshot.
    """
    with duckdb.connect() as connection:
        told = [_rows_of(home, name) for name in (before, after)]
        for name, (rows, _) in zip("ab", told, strict=True):
            connection.register(name, rows)
        connection.register("gone", told[1][1])
        changes = connection.execute(_CHANGES).to_arrow_table()
        counts = connection.execute(
            "SELECT task, split, count(*) FILTER (change = 'added'), count(*) FILTER (change = 'removed'), "
            f"count(*) FILTER (change = 'changed') FROM changes GROUP BY task, split ORDER BY task, {_SPLITS}"
        ).fetchall()
        fields = connection.execute(
            "SELECT field, count(*) FROM (SELECT unnest(what) AS field FROM changes) GROUP BY 1"
        ).fetchall()
        moves = connection.execute(
            "SELECT split_before, split_after, count(*) FROM changes WHERE list_contains(what, 'split') "
            "GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2"
        ).fetchall()
    counted = dict(fields)
    return Diff(
        (before, after), (told[0][0].num_rows, told[1][0].num_rows), counts,
        {name: counted[name] for name in _FIELDS if name in counted}, moves, changes,
    )  # fmt: skip


def _rows_of(home: Path, name: str) -> tuple[pa.Table, pa.Table]:
    """The kept rows with their split, and the rest with why they are not kept (of a training set nothing is known)."""
    folder = _folder_of(home, name)
    if folder is None:
        with reading(home, int(name)) as lake:
            columns = ", ".join((*COLUMNS, "split"))
            kept = f"SELECT {columns} FROM samples WHERE fate = 'kept'"
            gone = "SELECT sample_id, fate || ': ' || reason AS why FROM samples WHERE fate <> 'kept'"
            run = lake.connection.execute
            return run(kept).to_arrow_table(), run(gone).to_arrow_table()
    parts = [
        part.append_column("split", pa.array([split] * part.num_rows, pa.string()))
        for split in verify(folder).rows
        for part in [pq.read_table(folder / f"{split}.parquet", columns=list(COLUMNS))]
    ]
    return pa.concat_tables(parts), pa.table({"sample_id": pa.array([], pa.string()), "why": pa.array([], pa.string())})


def _folder_of(home: Path, name: str) -> Path | None:
    """The folder of the training set of that name; none for the number of a snapshot."""
    sets = home / "sets"
    for folder in (Path(name), sets / name):
        if (folder / "manifest.json").is_file():
            return folder
    if name.isdecimal():
        return None
    found = sorted(path.parent.name for path in sets.glob("*/manifest.json"))
    same = [folder for folder in found if folder.rpartition("-")[0] == name]
    if len(same) == 1:
        return sets / same[0]
    if same:
        raise BadInput(f"{len(same)} training sets are named {name}: {', '.join(same)}; give one of these")
    known = f"the sets are {', '.join(found)}" if found else "there are no sets yet"
    raise BadInput(f"{name} is no training set and no snapshot; {known}; snapshots are numbers, see docs/warehouse.md")
