"""A catalog in PostgreSQL in, a dump of it and the names of its files out; and a dump in, a catalog out."""

import subprocess
from pathlib import Path

import duckdb

from corpora.errors import BadInput
from warehouse.extensions import load_extension
from warehouse.place import Place, hide


def dump_catalog(place: Place, target: Path) -> tuple[int, set[str]]:
    """The newest snapshot in the dump, and the names of the files that any snapshot in it names.

    pg_dump sees the catalog as the connection does that lists the files. Raises BadInput when it cannot be run.
    """
    connection = duckdb.connect()
    try:
        load_extension(connection, "postgres_scanner")
        connection.execute(f"ATTACH '{_quoted(place.postgres)}' AS pg (TYPE postgres, READ_ONLY)")
        connection.execute("BEGIN")

        def ask(sql: str) -> list[tuple[object, ...]]:
            return connection.execute(f"FROM postgres_query('pg', '{_quoted(sql)}')").fetchall()

        exported = ask("SELECT pg_export_snapshot()")[0][0]
        tables = [f"{place.schema}.ducklake_{kind}_file" for kind in ("data", "delete")]
        names = {str(name) for table in tables for (name,) in ask(f"SELECT path FROM {table}")}
        snapshot = ask(f"SELECT max(snapshot_id) FROM {place.schema}.ducklake_snapshot")[0][0]
        _run_postgres("pg_dump", place.postgres, "--no-owner", "--no-privileges", f"--schema={place.schema}",
                      f"--snapshot={exported}", f"--file={target}")  # fmt: skip
    finally:
        connection.close()
    return int(str(snapshot)), names


def load_dump(place: Place, dump: Path) -> None:
    """Make the catalog's schema as it was dumped. Raises BadInput when it is there already, or psql cannot be run."""
    _run_postgres("psql", place.postgres, "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", f"--file={dump}")


def drop_catalog(place: Place) -> None:
    """Away with the catalog's schema. Raises BadInput when psql cannot be run."""
    _run_postgres("psql", place.postgres, "--quiet", f"--command=DROP SCHEMA {place.schema} CASCADE")


def _run_postgres(program: str, postgres: str, *options: str) -> None:
    try:
        done = subprocess.run(
            [program, "--no-password", f"--dbname={postgres}", *options], capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise BadInput(f"{program} is not installed; install PostgreSQL's client, such as postgresql-client") from None
    if done.returncode:
        lines = [line for line in hide(done.stderr).splitlines() if line.strip()]
        raise BadInput(f"{program} failed ({lines[0] if lines else done.returncode}); see that the server lets you in")


def _quoted(text: str) -> str:
    return text.replace("'", "''")
