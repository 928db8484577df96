"""The warehouse itself: a DuckLake with its catalog in SQLite and its rows in Parquet, under one home folder.

$HUABEN_HOME/catalog.sqlite   the catalog: snapshots, tables, which Parquet files hold what
$HUABEN_HOME/data/            the Parquet files
$HUABEN_HOME/sets/            exported training sets
$HUABEN_HOME/lock             held while somebody writes
$HUABEN_HOME/tmp/             what DuckDB spills while a query runs
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb

from corpora.errors import BadInput
from warehouse.extensions import load_extension
from warehouse.schema import add_statements, create_statements
from warehouse.views import lend_views, make_views

CATALOG = "huaben"


class WriteConflict(Exception):
    """A transaction lost to another writer's; nothing of it was written, and it can be tried again."""


_LIST_SNAPSHOTS = f'list them with: huaben sql "FROM {CATALOG}.snapshots()"'


@dataclass(frozen=True)
class Lake:
    """An open warehouse. Unqualified table names in `connection` mean the lake's tables."""

    home: Path
    connection: duckdb.DuckDBPyConnection

    @contextmanager
    def transaction(self, message: str) -> Iterator[duckdb.DuckDBPyConnection]:
        """One snapshot, labelled `message`, for all that the block writes; nothing of it if the block fails.

        Raises WriteConflict when another writer was first.
        """
        self.connection.execute("BEGIN")
        try:
            yield self.connection
            self.connection.execute(f"CALL {CATALOG}.set_commit_message('huaben', ?)", [message])
            self.connection.execute("COMMIT")
        except BaseException as error:
            self.connection.interrupt()  # a query that Ctrl-C broke off would go on, and the rollback wait for it
            with suppress(duckdb.TransactionException):  # a failed COMMIT has rolled back already
                self.connection.execute("ROLLBACK")
            if isinstance(error, duckdb.TransactionException):
                raise WriteConflict(str(error)) from error
            raise

    def snapshot(self) -> int:
        """The number of the newest snapshot."""
        row = self.connection.execute(f"SELECT max(snapshot_id) FROM {CATALOG}.snapshots()").fetchone()
        return int(row[0]) if row else 0

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
            touched = {str(item) for items in changes.values() for item in items}
            if (at is None or number <= at) and (table_id in touched or name in touched):
                newest = number
        return newest


def _attach(connection: duckdb.DuckDBPyConnection, home: Path, options: str) -> None:
    for name in ("sqlite_scanner", "ducklake"):
        load_extension(connection, name)
    catalog, data = (str(path).replace("'", "''") for path in (home / "catalog.sqlite", home / "data"))
    # OVERRIDE: the data folder is beside the catalog wherever the home folder is moved to.
    try:
        connection.execute(
            f"ATTACH 'ducklake:sqlite:{catalog}' AS {CATALOG} (DATA_PATH '{data}/', OVERRIDE_DATA_PATH true{options})"
        )
    except duckdb.Error as error:
        if "No snapshot found" in str(error):
            raise
        raise BadInput(
            f"{home / 'catalog.sqlite'} cannot be opened: {str(error).splitlines()[0]}; "
            "free the disk if it is full, else restore the file from a backup"
        ) from None


@contextmanager
def writing(home: Path, memory: str = "1500MB") -> Iterator[Lake]:
    """The lake at `home`, opened for one writer; made, with all its tables, when it is not there yet, and given
    the tables, columns and views that an earlier version did not know.

    `memory` bounds what DuckDB itself holds. Raises BadInput when somebody else is writing or the folder
    cannot be written.
    """
    home = Path(home).absolute()
    try:
        (home / "data").mkdir(parents=True, exist_ok=True)
        lock = open(home / "lock", "a+", encoding="ascii")  # noqa: SIM115 (held until the block ends)
    except OSError as error:
        raise BadInput(f"{home} cannot be written ({error.strerror}); set HUABEN_HOME to a folder of yours") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            raise BadInput(
                f"{home}: another huaben (process {holder}) is writing; wait until it ends, then try again"
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        connection = duckdb.connect(config={"memory_limit": memory, "temp_directory": str(home / "tmp")})
        with _closing(connection):
            _open_catalog(connection, home)
            yield Lake(home, connection)


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


def _open_catalog(connection: duckdb.DuckDBPyConnection, home: Path) -> None:
    _attach(connection, home, "")
    # What a full disk or a killed writer left behind; nobody else writes while the lock is held.
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
    home = Path(home).absolute()
    if not (home / "catalog.sqlite").is_file():
        raise BadInput(f"{home} holds no warehouse yet; make one with: huaben run")
    if at is not None and at < 0:
        raise BadInput(f"{home}: there is no snapshot {at}; {_LIST_SNAPSHOTS}")
    connection = duckdb.connect(config={"temp_directory": str(home / "tmp")})
    with _closing(connection):
        try:
            _attach(connection, home, ", READ_ONLY" + ("" if at is None else f", SNAPSHOT_VERSION {int(at)}"))
            connection.execute(f"USE {CATALOG}.lake")
        except duckdb.Error:
            if at is None:
                raise BadInput(f"{home} holds no warehouse yet; make one with: huaben run") from None
            raise BadInput(f"{home}: there is no snapshot {at}; {_LIST_SNAPSHOTS}") from None
        lend_views(connection, CATALOG)
        data = str(home / "data").replace("'", "''")
        connection.execute(f"SET allowed_directories = ['{data}/']")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        yield Lake(home, connection)
