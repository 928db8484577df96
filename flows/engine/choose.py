"""The config of an engine in, the engine out, for as long as a block runs."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flows.engine.config import EngineConfig
from warehouse.engine import Engine, Here

LOCAL = EngineConfig()


@contextmanager
def engine(config: EngineConfig = LOCAL) -> Iterator[Engine]:
    """The engine that `config` names. Raises BadInput when Ray is not installed or its cluster is not to be had."""
    if config.kind == "local":
        yield Here(config.workers or 1)
        return
    if place := os.environ.get("PREFECT_HOME"):  # Prefect, when it is imported, makes no folder above it
        Path(place).mkdir(parents=True, exist_ok=True)
    from flows.engine.cluster import on_ray  # takes a second to import

    with on_ray(config) as ray:
        yield ray
