"""A JSON lines file in; for each row its cluster, and whether it is kept, out as Parquet. Needs no warehouse."""

import tempfile
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from corpora.errors import BadInput
from corpora.files import write_whole
from corpora.progress import track
from corpora.settings import settings
from warehouse.dedup_rows import RowSource, sign_file
from warehouse.engine import Engine, Here
from warehouse.signatures.config import NearConfig
from warehouse.signatures.join import join_part
from warehouse.signatures.store import Limits, SignatureStore, open_store

NO_LIMITS = Limits()

# A row is a copy of what its text, first seen in another row, is a copy of, else of that row; most rows are neither
# copied nor like others, and keep their own id for a cluster.
_NAME = """
    CREATE TABLE fates AS
        SELECT copies.row, coalesce(cluster, first) AS cluster, coalesce(duplicate_of, first) AS duplicate_of
        FROM copies LEFT JOIN (FROM old_ties UNION ALL FROM ties) known ON known.row = first
        UNION ALL SELECT row, cluster, duplicate_of FROM ties;
    CREATE TABLE ids AS
        SELECT row, id FROM (SELECT row, id FROM old_rows UNION ALL SELECT row, id FROM new_rows)
        WHERE row IN (SELECT cluster FROM fates UNION SELECT duplicate_of FROM fates WHERE duplicate_of IS NOT NULL);
    CREATE TABLE named AS
        SELECT fates.row, c.id AS cluster_id, d.id AS duplicate_of
        FROM fates JOIN ids c ON c.row = cluster LEFT JOIN ids d ON d.row = fates.duplicate_of;
    DROP TABLE fates; DROP TABLE ids"""
_ROWS = """
    SELECT id, coalesce(cluster_id, id) AS cluster_id, duplicate_of IS NULL AS kept, duplicate_of
    FROM (FROM new_rows WHERE row BETWEEN {} AND {}) LEFT JOIN named USING (row) ORDER BY row"""
_SCHEMA = pa.schema(
    [("id", pa.string()), ("cluster_id", pa.string()), ("kept", pa.bool_()), ("duplicate_of", pa.string())]
)
_SLICE = 500_000  # rows that are put in order and written at a time


def dedup_file(
    file: Path,
    text: str,
    id_column: str,
    threshold: float,
    output: Path,
    store: Path | None = None,
    limits: Limits = NO_LIMITS,
    engine: Engine | None = None,
) -> tuple[int, int]:
    """Write `id, cluster_id, kept, duplicate_of` for each row, in order; returns the numbers of rows and of kept ones.

    A cluster is all that hangs together by near-duplicates, named after its first row; a row is a duplicate when it is
    itself like a row that is kept. With `store`, a folder that is made when it is not there, the rows are compared with
    those of earlier files too, of which no cluster changes, and are added to them. `engine` does what `limits.workers`
    processes do otherwise. Raises BadInput on a missing or
    broken file, naming the line, on a column that a row does not have, and on an id that several rows have.
    """
    config = settings(NearConfig, {"threshold": threshold}, "--threshold")
    if store and not id_column:
        raise BadInput(f"{file}: line numbers are no ids across files; name a column with --id to use --store")
    source = RowSource(file, text, id_column)
    if store:
        return _dedup(source, open_store(store, config), output, limits, engine)
    beside = next(
        folder for folder in output.absolute().parents if folder.is_dir()
    )  # room for the output is room for this
    with tempfile.TemporaryDirectory(dir=beside, prefix=".dedup.") as folder:
        return _dedup(source, SignatureStore(Path(folder), config), output, limits, engine)


def _dedup(
    source: RowSource, store: SignatureStore, output: Path, limits: Limits, engine: Engine | None
) -> tuple[int, int]:
    engine = engine or Here(limits.processes())
    with store.alone(), store.adding() as part:
        base = store.next_row()
        lines = sign_file(source, part, base, store.config, engine)
        (part / "part.json").write_text(f'{{"next_row": {base + lines + 1}}}', encoding="utf-8")
        with store.connection(limits) as connection:
            join_part(connection, part, store.parts(), base, store.config, limits, engine)
            if source.id_column:
                _check_ids(connection, source)
            connection.execute(_NAME)
            with write_whole(output) as whole, pq.ParquetWriter(whole, _SCHEMA, compression="zstd") as writer:
                for first in track(range(base, base + lines + 1, _SLICE), "write", unit="slices"):
                    # Written out: for a parameter DuckDB imports pandas, which takes longer than the rest of this.
                    rows_here = connection.execute(_ROWS.format(first, first + _SLICE - 1))
                    writer.write_table(pa.Table.from_batches(rows_here.to_arrow_table().to_batches(), _SCHEMA))
            rows, kept = connection.execute(
                "SELECT count(*), count(*) - (SELECT count(*) FROM copies) - (SELECT count(*) FROM ties WHERE NOT kept) "
                "FROM new_rows"
            ).fetchone() or (0, 0)
    return rows, kept


def _check_ids(connection: duckdb.DuckDBPyConnection, source: RowSource) -> None:
    twice = connection.execute("SELECT id FROM new_rows GROUP BY id HAVING count(*) > 1 LIMIT 1").fetchone()
    if twice:
        raise BadInput(
            f"{source.file}: column {source.id_column!r} gives one id to several rows ({twice[0]}); choose another with --id"
        )
    known = connection.execute("SELECT id FROM new_rows SEMI JOIN old_rows USING (id) ORDER BY id LIMIT 1").fetchone()
    if known:
        raise BadInput(f"{source.file}: {known[0]} is in the store already; give only rows that are new")
