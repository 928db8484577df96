"""Independent inputs in, results in order out, each worked out as a Prefect task on a Ray cluster.

What a machine that is lost was at is done again on another (Ray tries three times more), and so is what it had in memory.
"""

import pickle
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect_ray import RayTaskRunner

from flows.engine.work import code_of_rooms, packed, parts, work
from warehouse.signatures.meeting import Meeting, Met

A = TypeVar("A")
B = TypeVar("B")


@dataclass(frozen=True)
class OnRay:
    """A Ray cluster."""

    runner: RayTaskRunner[Any]  # started
    workers: int  # tasks under way at a time
    # Tasks are the flow's own: those of a step would take its inputs along, an open lake among them.
    context: Context = field(default_factory=copy_context)

    def map(self, function: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
        """`function` of each item, in order, each a Prefect task but for small ones among many. Raises what the function raises.

        Raises BadInput when a worker runs other code than this machine: its rows would pass for ours.
        """
        code = code_of_rooms()
        named = function.func if isinstance(function, partial) else function
        made: Any = task(name=named.__name__.strip("_"), cache_policy=NO_CACHE)(work)
        waiting: deque[Any] = deque()
        for part in parts(items, self.workers):
            call = {"call": packed(function, part), "code": code}
            waiting.append(self.context.run(self.runner.submit, made, call))
            if len(waiting) >= self.workers:
                yield from pickle.loads(waiting.popleft().result())
        while waiting:
            yield from pickle.loads(waiting.popleft().result())

    def meet(self, meeting: Meeting) -> Iterator[Met]:
        """What meets in each range of the keys, shuffled by Ray Data."""
        from flows.engine.shuffle import meetings  # takes a second to import, and most runs have nothing to shuffle

        return meetings(meeting)
