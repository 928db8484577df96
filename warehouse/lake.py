"""The warehouse itself: a DuckLake with its catalog in SQLite and its rows in Parquet, under one home folder.

$HUABEN_HOME/catalog.sqlite   the catalog: snapshots, tables, which Parquet files hold what
$HUABEN_HOME/data/            the Parquet files
$HUABEN_HOME/parquet.sha256   the hash that each of them had when it was written
$HUABEN_HOME/sets/            exported training sets
$HUABEN_HOME/lock             held while somebody writes
$HUABEN_HOME/near/            signatures and pairs of near-duplicates by text, so that what is known is not compared again
$HUABEN_HOME/tmp/             what DuckDB spills while a query runs
$HUABEN_HOME/huaben.toml      where catalog and Parquet files lie instead, for several machines; see warehouse/place.py
"""

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb

from corpora.errors import BadInput
from warehouse.extensions import load_extension
from warehouse.parquet_files import named_files, note_hashes
from warehouse.place import Place, cannot_open, place_of
from warehouse.schema import add_statements, create_statements
from warehouse.turns import WriteConflict, catalog_turn, home_turn
from warehouse.views import lend_views, make_views

CATALOG = "huaben"
LakeError = duckdb.Error  # what a query of a lake raises
# Changes of a snapshot that put rows elsewhere, and leave every table as it was.
_TIDYING = ("compact", "merge", "rewrite", "flush")

_LIST_SNAPSHOTS = f'list them with: huaben sql "FROM {CATALOG}.snapshots()"'


@dataclass(frozen=True)
class Lake:
    """An open warehouse. Unqualified table names in `connection` mean the lake's tables."""

    home: Path
    connection: duckdb.DuckDBPyConnection
    place: Place

    @property
    def metadata(self) -> str:
        """What stands before the names of the catalog's own tables in a query of them."""
        return f"__ducklake_metadata_{CATALOG}." + (f"{self.place.schema}." if self.place.shared else "")

    @contextmanager
    def transaction(
        self, message: str, since: int | None = None, tables: Sequence[str] = ()
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        """One snapshot, labelled `message`, for all that the block writes; nothing of it if the block fails.

        Raises WriteConflict when another writer was first: also, with `since`, when one of the `tables` has changed
        after that snapshot, from which the rows to be written were worked out.
        """
        with catalog_turn(self.place), self._whole(message):
            for table in tables if since is not None and self.snapshot() > since else ():
                if self.table_snapshot(table) > (since or 0):
                    raise WriteConflict(f"another writer changed {table} after snapshot {since}")
            yield self.connection

    @contextmanager
    def _whole(self, message: str) -> Iterator[None]:
        self.connection.execute("BEGIN")
        try:
            yield
            self.connection.execute(f"CALL {CATALOG}.set_commit_message('huaben', ?)", [message])
            self.connection.execute("COMMIT")
        except BaseException as error:
            self.connection.interrupt()  # a query that Ctrl-C broke off would go on, and the rollback wait for it
            with suppress(duckdb.TransactionException):  # a failed COMMIT has rolled back already
                self.connection.execute("ROLLBACK")
            if isinstance(error, duckdb.TransactionException):
                raise WriteConflict(str(error)) from error
            if self.place.data.remote and isinstance(error, duckdb.IOException):  # after DuckDB's own tries
                raise self.place.data.refused(error) from None
            raise

    def snapshot(self) -> int:
        """The number of the newest snapshot."""
        row = self.connection.execute(f"SELECT max(snapshot_id) FROM {CATALOG}.snapshots()").fetchone()
        return int(row[0]) if row else 0

    def newest_time(self) -> datetime:
        """When the newest snapshot was made, with its time zone."""
        rows = self.connection.execute(f"SELECT max(snapshot_time) FROM {CATALOG}.snapshots()").fetchall()
        return rows[0][0]  # type: ignore[no-any-return]  # a lake has a first snapshot

    def table_snapshot(self, table: str, at: int | None = None) -> int:
        """The newest snapshot, not after `at`, that changed the table's rows: reading it there gives the same rows.

        Raises BadInput when there is no snapshot `at`.
        """
        known = self.connection.execute(
            f"SELECT snapshot_id, changes FROM {CATALOG}.snapshots() WHERE snapshot_id > 0 ORDER BY 1"  # 0 has no tables
        ).fetchall()
        numbers = [number for number, _ in known]
        if at is not None and at not in numbers:
            raise BadInput(f"snapshot {at} does not exist; the lake has {numbers[0]} to {numbers[-1]}")
        found = self.connection.execute(
            f"SELECT table_id FROM ducklake_table_info('{CATALOG}') WHERE table_name = ?", [table]
        ).fetchone()
        name, table_id = f"lake.{table}", str(found[0]) if found else ""
        newest = 0
        for number, changes in known:
            touched = touched_by(changes)
            if (at is None or number <= at) and (table_id in touched or name in touched):
                newest = number
        return newest


def touched_by(changes: dict[str, list[str]]) -> set[str]:
    """The ids and names of what a snapshot changed, as its entry in the list of snapshots tells it."""
    return {str(item) for kind, items in changes.items() if not kind.startswith(_TIDYING) for item in items}


def _attach(connection: duckdb.DuckDBPyConnection, place: Place, options: str) -> None:
    for name in ("postgres_scanner" if place.shared else "sqlite_scanner", "ducklake"):
        load_extension(connection, name)
    if place.shared:
        catalog, options = f"postgres:{place.postgres}", f", METADATA_SCHEMA '{place.schema}'{options}"
    else:
        catalog = f"sqlite:{place.sqlite}"
        # With a write-ahead log a long query does not keep a writer from its commit, nor does a writer that was killed in
        # the middle of one keep readers out.
        options += "" if "READ_ONLY" in options else ", META_JOURNAL_MODE 'WAL'"
    place.data.open_for(connection)
    catalog, data = (str(text).replace("'", "''") for text in (catalog, place.data))
    # OVERRIDE: the data folder is beside the catalog wherever the home folder is moved to.
    try:
        connection.execute(
            f"ATTACH 'ducklake:{catalog}' AS {CATALOG} (DATA_PATH '{data}/', OVERRIDE_DATA_PATH true{options})"
        )
    except duckdb.Error as error:
        if "No snapshot found" in str(error):
            raise
        raise cannot_open(place, error) from None


@contextmanager
def writing(home: Path, memory: str = "1500MB", wait: float | None = None) -> Iterator[Lake]:
    """The lake at `home`, opened for one writer; made, with all its tables, when it is not there yet, and given
    the tables, columns and views that an earlier version did not know.

    `memory` bounds what DuckDB itself holds. Raises BadInput when somebody else still writes after `wait` seconds (by
    default the home's setting) or the folder cannot be written.
    """
    place = place_of(home)
    with home_turn(place.home, place.wait if wait is None else wait):
        if catalog_gone(place):  # a new one would name none of them, and they would be removed
            raise BadInput(
                f"{place.sqlite}: the catalog is gone, and {place.data} still holds what it named; bring back a backup "
                "with: huaben restore DIR, or remove the home folder"
            )
        try:
            place.data.make()
        except OSError as error:
            raise BadInput(f"{place.data} cannot be written ({error.strerror}); set HUABEN_HOME or data") from None
        connection = duckdb.connect(config={"memory_limit": memory, "temp_directory": str(place.home / "tmp")})
        with _closing(connection):
            with catalog_turn(place):  # two machines may meet a catalog that is not there yet
                _open_catalog(connection, place)
            lake = Lake(place.home, connection, place)
            before = named_files(lake, {}) if place.shared else ()
            yield lake
            note_hashes(lake, before)


def catalog_gone(place: Place) -> bool:
    """Whether there are Parquet files in the home folder, and no catalog that names them."""
    if place.shared or (place.sqlite.is_file() and place.sqlite.stat().st_size):
        return False
    return bool(place.data.files())


@contextmanager
def _closing(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Close the connection at the end, at once and as KeyboardInterrupt after Ctrl-C, which DuckDB reports as a
    RuntimeError while its query goes on."""
    try:
        yield
    except RuntimeError as error:
        if isinstance(error.__context__, KeyboardInterrupt):
            raise KeyboardInterrupt from error
        raise
    finally:
        connection.interrupt()
        connection.close()


def _open_catalog(connection: duckdb.DuckDBPyConnection, place: Place) -> None:
    _attach(connection, place, "")
    if not place.shared:
        # What a full disk or a killed writer left behind; nobody else writes while the home is ours. In a shared
        # folder it may be what another machine is about to name: warehouse/tidy.py looks at its age there.
        connection.execute(f"CALL ducklake_delete_orphaned_files('{CATALOG}', cleanup_all => true)")
    connection.execute(f"BEGIN; CREATE SCHEMA IF NOT EXISTS {CATALOG}.lake; USE {CATALOG}.lake")
    found = connection.execute(
        "SELECT table_name, list(column_name) FROM duckdb_columns() WHERE database_name = ? AND schema_name = 'lake' "
        "GROUP BY table_name",
        [CATALOG],
    ).fetchall()
    present: dict[str, list[str]] = dict(found)  # a lake of an earlier version lacks what was added since
    for statement in create_statements(present) + add_statements(present):
        connection.execute(statement)
    make_views(connection, CATALOG)
    connection.execute("COMMIT")


@contextmanager
def reading(home: Path, at: int | None = None) -> Iterator[Lake]:
    """The lake at `home`, opened so that nothing can be written, and no file outside its data folder read.

    With `at`, all tables are as they were at that snapshot. Raises BadInput when there is no lake, or no
    snapshot `at`.
    """
    place = place_of(home)
    if not place.shared and not place.sqlite.is_file():
        raise BadInput(f"{place.home} holds no warehouse yet; make one with: huaben run")
    if at is not None and at < 0:
        raise BadInput(f"{place.home}: there is no snapshot {at}; {_LIST_SNAPSHOTS}")
    spill = place.home / "tmp" if os.access(place.home, os.W_OK) else Path(tempfile.gettempdir()) / "huaben"
    connection = duckdb.connect(config={"temp_directory": str(spill)})
    with _closing(connection), _readable(place) as readable:
        try:
            _attach(connection, readable, ", READ_ONLY" + ("" if at is None else f", SNAPSHOT_VERSION {int(at)}"))
            connection.execute(f"USE {CATALOG}.lake")
        except duckdb.Error:
            if at is None:
                raise BadInput(f"{place.home} holds no warehouse yet; make one with: huaben run") from None
            raise BadInput(f"{place.home}: there is no snapshot {at}; {_LIST_SNAPSHOTS}") from None
        lend_views(connection, CATALOG)
        data = str(place.data).replace("'", "''")
        connection.execute(f"SET allowed_directories = ['{data}/']")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        yield Lake(place.home, connection, place)


@contextmanager
def _readable(place: Place) -> Iterator[Place]:
    """The place, with a copy of the catalog where the home folder is on a read-only disk or another's: even to read,
    SQLite makes a file beside a catalog with a write-ahead log, unless a writer has."""
    beside = place.sqlite.with_name(f"{place.sqlite.name}-shm")
    if place.shared or beside.exists() or os.access(place.home, os.W_OK):
        yield place
        return
    with tempfile.TemporaryDirectory(prefix="huaben-") as folder:
        for path in place.home.glob(f"{place.sqlite.name}*"):
            shutil.copyfile(path, Path(folder) / path.name)
        yield replace(place, home=Path(folder))
