"""The config of an engine in, the engine out, for as long as a block runs."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from flows.engine.config import EngineConfig
from warehouse.engine import Engine, Here

A = TypeVar("A")
B = TypeVar("B")
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


@dataclass(frozen=True)
class Lent:
    """`map` by an engine that is there only while it is asked for something. To be made in the flow whose tasks they are."""

    config: EngineConfig
    context: Context = field(default_factory=copy_context)

    def __call__(self, function: Callable[[A], B], items: Iterable[A], /) -> Iterator[B]:
        """`function` of each item, in order. On local one after the other, in this process. Raises BadInput as `engine`."""
        if self.config.kind == "local":
            yield from map(function, items)
            return
        stack = ExitStack()
        there = self.context.run(stack.enter_context, engine(self.config))
        try:
            yield from there.map(function, items)
        finally:
            self.context.run(stack.close)
