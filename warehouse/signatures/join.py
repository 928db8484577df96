"""The rows and keys of a new part in, its first rows, pairs and ties out: what is new against all that is known.

Everything that grows with the number of rows is in Parquet files or in DuckDB, which spills beyond its memory limit; the
keys are joined range by range, as many at a time as fit.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

from corpora.progress import track
from warehouse.engine import HERE, Engine
from warehouse.signatures.config import NearConfig
from warehouse.signatures.meeting import Meeting, Met, meet
from warehouse.signatures.shingles import U64
from warehouse.signatures.sorted_keys import writing_keys
from warehouse.signatures.store import Limits, make_view
from warehouse.signatures.ties import Tie, tie_rows
from warehouse.signatures.verify import BATCH, similarities

_BYTES_A_KEY = 64  # key and row from DuckDB and as arrays, sorted, and marked


def join_part(
    connection: duckdb.DuckDBPyConnection,
    part: Path,
    olds: list[Path],
    base: int,
    config: NearConfig,
    limits: Limits,
    engine: Engine = HERE,
) -> None:
    """Write firsts, pairs, ties and sorted keys into `part`, whose rows are numbered from `base`, after those of `olds`.

    The views old_rows, old_firsts and old_ties must be there; new_rows and the tables copies (row,
    first) and ties of the new rows are there afterwards.
    """
    for name in ("rows", "keys"):
        make_view(connection, f"new_{name}", name, [part])
    connection.execute(
        "CREATE TABLE firsts AS SELECT high, low, coalesce(o.first, n.first) AS first "
        "FROM (SELECT high, low, min(row) AS first FROM new_rows GROUP BY ALL) n LEFT JOIN old_firsts o USING (high, low)"
    )
    connection.execute(
        "CREATE TABLE copies AS SELECT row, first FROM new_rows JOIN firsts USING (high, low) WHERE row <> first"
    )
    _write(connection, f"FROM firsts WHERE first >= {base} ORDER BY first", part / "firsts.parquet")
    connection.execute("CREATE TABLE candidates (left_row BIGINT, right_row BIGINT)")
    copies = np.sort(connection.execute("SELECT row FROM copies").fetchnumpy()["row"])
    meeting = Meeting(part.absolute(), tuple(old.absolute() for old in olds), base, copies, config.largest_bucket)
    _propose(connection, meeting, limits, engine)
    for file in part.glob("keys-*.parquet"):
        file.unlink()  # they are in order now
    connection.execute("CREATE TABLE pairs (left_row BIGINT, right_row BIGINT, similarity DOUBLE)")
    _verify(connection, config)
    named = "left_row AS left, right_row AS right, similarity"
    _write(connection, f"SELECT {named} FROM pairs ORDER BY right_row, left_row", part / "pairs.parquet")
    connection.execute("CREATE TABLE ties (row BIGINT, cluster BIGINT, kept BOOLEAN, duplicate_of BIGINT)")
    _tie(connection, base)
    _write(connection, "FROM ties ORDER BY row", part / "ties.parquet")
    for name in ("firsts", "candidates", "proposed", "pairs"):
        connection.execute(f"DROP TABLE {name}")  # room for what comes next


def _write(connection: duckdb.DuckDBPyConnection, query: str, file: Path) -> None:
    connection.execute(f"COPY ({query}) TO '{str(file).replace(chr(39), chr(39) * 2)}' (FORMAT parquet)")


def _insert(connection: duckdb.DuckDBPyConnection, table: str, columns: dict[str, npt.NDArray[Any]]) -> None:
    connection.register("incoming", columns)
    connection.execute(f"INSERT INTO {table} FROM incoming")  # arrays: a pyarrow table would bring pandas along
    connection.unregister("incoming")


def _propose(connection: duckdb.DuckDBPyConnection, meeting: Meeting, limits: Limits, engine: Engine) -> None:
    """Fill `candidates` with the pairs of new rows with any others that have a key in common; keep the new keys sorted."""
    with writing_keys(meeting.part) as append:
        for met in engine.meet(meeting) or _in_turn(connection, meeting, limits):
            append(met.keys, met.rows)
            for left, right in met.pairs:
                _insert(connection, "candidates", {"left_row": left, "right_row": right})


def _in_turn(connection: duckdb.DuckDBPyConnection, meeting: Meeting, limits: Limits) -> Iterator[Met]:
    """What meets in each range of the keys, as many keys at a time as fit."""
    (entries,) = connection.execute("SELECT count(*) FROM new_keys").fetchone() or (0,)
    ranges = -(-entries * _BYTES_A_KEY // (limits.memory << 20))
    for k in track(range(ranges), "meet", unit="ranges of keys"):
        within = f"key BETWEEN {k * (1 << 64) // ranges} AND {(k + 1) * (1 << 64) // ranges - 1}"
        found = connection.execute(f"SELECT key, row FROM new_keys WHERE {within}").fetchnumpy()
        keys: U64 = np.asarray(found.pop("key"), dtype=np.uint64)
        yield meet(meeting, keys, np.asarray(found.pop("row"), dtype=np.int64))


def _verify(connection: duckdb.DuckDBPyConnection, config: NearConfig) -> None:
    """Fill `pairs` with the candidates that are near-duplicates."""
    connection.execute("CREATE TABLE proposed AS SELECT DISTINCT left_row, right_row FROM candidates")
    connection.execute(
        "CREATE TABLE texts AS SELECT row, text FROM (SELECT row, text FROM old_rows UNION ALL SELECT row, text FROM new_rows) "
        "WHERE row IN (SELECT left_row FROM proposed UNION SELECT right_row FROM proposed)"
    )
    (total,) = connection.execute("SELECT count(*) FROM proposed").fetchone() or (0,)
    pairs = connection.cursor().execute(
        "SELECT left_row, right_row, l.text AS one, r.text AS other FROM proposed "
        "JOIN texts l ON l.row = left_row JOIN texts r ON r.row = right_row"
    )
    for batch in track(pairs.to_arrow_reader(BATCH), "compare", total=-(-total // BATCH), unit="batches"):
        alike = similarities(batch["one"].to_pylist(), batch["other"].to_pylist(), config)
        near = np.flatnonzero(alike)
        ends = {name: np.array(batch[name].to_pylist(), np.int64)[near] for name in ("left_row", "right_row")}
        if len(near):
            _insert(connection, "pairs", {**ends, "similarity": alike[near]})
    connection.execute("DROP TABLE texts")


def _tie(connection: duckdb.DuckDBPyConnection, base: int) -> None:
    named = connection.execute("SELECT left_row AS row FROM pairs UNION SELECT right_row FROM pairs ORDER BY row")
    rows: list[int] = named.fetchnumpy()["row"].tolist()  # type: ignore[assignment]  # int64 is never a Categorical
    known = connection.execute(
        "SELECT row, cluster, duplicate_of FROM old_ties WHERE row IN (SELECT left_row FROM pairs)"
    )
    settled = {row: Tie(row, row) for row in rows if row < base}
    settled |= {row: Tie(row, cluster, duplicate_of) for row, cluster, duplicate_of in known.fetchall()}
    ties = tie_rows(_in_order(connection), rows, settled)
    table = {
        "row": np.array([tie.row for tie in ties], np.int64),
        "cluster": np.array([tie.cluster for tie in ties], np.int64),
        "kept": np.array([tie.duplicate_of is None for tie in ties], np.bool_),
        "duplicate_of": np.array([-1 if tie.duplicate_of is None else tie.duplicate_of for tie in ties], np.int64),
    }
    _insert(connection, "ties", table)
    connection.execute("UPDATE ties SET duplicate_of = NULL WHERE kept")


def _in_order(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[int, int]]:
    found = connection.cursor().execute("SELECT right_row, left_row FROM pairs ORDER BY ALL")
    while some := found.fetchmany(10_000):
        yield from some
