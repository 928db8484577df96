"""A home folder, its huaben.toml and the environment in; where the catalog and the rows lie out.

    [warehouse]
    catalog = "postgres:host=db dbname=huaben user=huaben"   # by default catalog.sqlite in the home folder
    data = "/srv/huaben/data"                                # a folder that every machine reaches, or s3://bucket/folder

How a bucket is reached stands under [s3], see warehouse/storage.py. $HUABEN_CATALOG and $HUABEN_DATA come before the file.
A password belongs in ~/.pgpass or $PGPASSWORD, not in here.
"""

import os
import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from corpora.errors import BadInput
from corpora.settings import read_toml, settings
from warehouse.endpoints.config import EndpointConfig
from warehouse.storage import DataFolder, S3Config, data_folder, hide


@dataclass(frozen=True)
class WarehouseConfig:
    """Where the warehouse is. An empty `catalog` is SQLite in the home folder, an empty `data` its folder data/.

    `schema` holds the catalog's tables in PostgreSQL. `wait`: seconds for which a writer waits for its turn.
    """

    catalog: str = ""
    schema: str = "huaben"
    data: str = ""
    wait: float = 60.0

    def __post_init__(self) -> None:
        if self.catalog and not self.catalog.startswith(("postgres:", "postgresql:")):
            raise ValueError(f"catalog = {hide(self.catalog)!r} is none that is known; begin it with postgres:")
        if self.catalog and not self.data:
            raise ValueError("a catalog in PostgreSQL needs data, a folder that every machine reaches; add it")
        if "://" in self.data and not self.catalog:
            raise ValueError("data in a bucket needs a catalog in PostgreSQL; add catalog")
        if not re.fullmatch(r"[a-z_][a-z0-9_]*", self.schema):
            raise ValueError(f"schema = {self.schema!r} is no plain name; use small letters, digits and _")


@dataclass(frozen=True)
class HomeConfig:
    """What huaben.toml in a home folder may hold."""

    warehouse: WarehouseConfig = field(default_factory=WarehouseConfig)
    s3: S3Config = field(default_factory=S3Config)
    endpoints: dict[str, EndpointConfig] = field(
        default_factory=dict
    )  # models elsewhere, by the name they are called by


@dataclass(frozen=True)
class Place:
    """Where one home's warehouse lies. `postgres` is a connection string of libpq, empty for SQLite."""

    home: Path
    postgres: str
    schema: str
    data: DataFolder
    wait: float

    @property
    def shared(self) -> bool:
        """Whether other machines may write to it at the same time."""
        return bool(self.postgres)

    @property
    def sqlite(self) -> Path:
        """The catalog's file, where it is one."""
        return self.home / "catalog.sqlite"

    @property
    def shown(self) -> str:
        """What to call the catalog in a message."""
        return f"postgres:{hide(self.postgres)}" if self.shared else str(self.sqlite)


def place_of(home: Path) -> Place:
    """Where the warehouse of `home` lies. Raises BadInput when huaben.toml or the environment is wrong."""
    home = Path(home).absolute()
    told = home_config(home)
    config = told.warehouse
    named = {"catalog": os.environ.get("HUABEN_CATALOG"), "data": os.environ.get("HUABEN_DATA")}
    try:
        config = replace(config, **{key: value for key, value in named.items() if value})  # type: ignore[arg-type]
    except ValueError as error:
        raise BadInput(f"$HUABEN_CATALOG, $HUABEN_DATA: {error}") from None
    try:
        data = data_folder(home, config.data or "data", told.s3)
    except ValueError as error:
        raise BadInput(f"{'$HUABEN_DATA' if named['data'] else home / 'huaben.toml'}: {error}") from None
    # postgres:host=… is our way to name it, postgresql://… is libpq's own and left whole.
    postgres = config.catalog if "://" in config.catalog else config.catalog.partition(":")[2]
    return Place(home, postgres, config.schema, data, config.wait)


def home_config(home: Path) -> HomeConfig:
    """What the home folder's huaben.toml says, where there is one. Raises BadInput when it is wrong."""
    path = Path(home) / "huaben.toml"
    return settings(HomeConfig, read_toml(path), str(path)) if path.is_file() else HomeConfig()


def cannot_open(place: Place, error: Exception) -> BadInput:
    """The one sentence for a catalog that DuckDB refuses to open."""
    remedy = "free the disk if it is full, else restore the file from a backup"
    if place.shared:
        remedy = "see that the server runs and lets you in"
    return BadInput(f"{place.shown} cannot be opened: {hide(str(error)).splitlines()[0]}; {remedy}")
