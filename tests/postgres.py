"""The PostgreSQL that HUABEN_TEST_POSTGRES names in, homes that share a catalog of their own in it out."""

import json
import os
from pathlib import Path

import duckdb
import pytest

from corpora.files import stable_id
from warehouse.extensions import load_extension


def connection_string() -> str:
    """The connection string, or a skip that says how to name one."""
    named = os.environ.get("HUABEN_TEST_POSTGRES", "")
    if not named:
        pytest.skip(
            "HUABEN_TEST_POSTGRES names no PostgreSQL; give a connection string such as: host=/tmp dbname=huaben"
        )
    return named


def shared_homes(folder: Path, number: int) -> list[Path]:
    """So many home folders, whose warehouses are one: a fresh schema in PostgreSQL, and one data folder."""
    catalog, schema = f"postgres:{connection_string()}", f"test_{stable_id(os.getpid(), folder)}"
    homes = [folder / f"home{k}" for k in range(number)]
    for home in homes:
        home.mkdir(parents=True)
        (home / "huaben.toml").write_text(
            f'[warehouse]\ncatalog = {json.dumps(catalog)}\nschema = "{schema}"\ndata = "../data"\nwait = 30\n',
            encoding="utf-8",
        )
    return homes


def drop_schema(home: Path) -> None:
    """Away with the catalog of that home."""
    from warehouse.place import place_of

    place = place_of(home)
    with duckdb.connect() as connection:
        load_extension(connection, "postgres_scanner")
        connection.execute(f"ATTACH '{place.postgres}' AS pg (TYPE postgres)")
        connection.execute(f"CALL postgres_execute('pg', 'DROP SCHEMA IF EXISTS {place.schema} CASCADE')")
