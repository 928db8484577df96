"""Independent inputs in, results in order out, each worked out as a Prefect task on a Ray cluster.

What a machine that is lost was at is done again on another (Ray tries three times more), and so is what it had in memory.
"""

import pickle
import socket
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect_ray import RayTaskRunner

from corpora.errors import BadInput
from flows.engine.shuffle import meetings
from warehouse.fingerprint import code_fingerprint
from warehouse.signatures.meeting import Meeting, Met

A = TypeVar("A")
B = TypeVar("B")
_ROOMS = ("corpora", "extractors", "warehouse", "train")


@dataclass(frozen=True)
class OnRay:
    """A Ray cluster."""

    runner: RayTaskRunner[Any]  # started
    workers: int  # tasks under way at a time
    # Tasks are the flow's own: those of a step would take its inputs along, an open lake among them.
    context: Context = field(default_factory=copy_context)

    def map(self, function: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
        """`function` of each item, in order, each a Prefect task. Raises what the function raises.

        Raises BadInput when a worker runs other code than this machine: its rows would pass for ours.
        """
        code = code_fingerprint(*_ROOMS)
        named = function.func if isinstance(function, partial) else function
        made: Any = task(name=named.__name__.strip("_"), cache_policy=NO_CACHE)(_work)
        waiting: deque[Any] = deque()
        for item in items:
            # As bytes: Prefect would otherwise walk through every record in search of its own futures.
            call = {"call": pickle.dumps((function, item)), "code": code}
            waiting.append(self.context.run(self.runner.submit, made, call))
            if len(waiting) >= self.workers:
                yield pickle.loads(waiting.popleft().result())
        while waiting:
            yield pickle.loads(waiting.popleft().result())

    def meet(self, meeting: Meeting) -> Iterator[Met]:
        """What meets in each range of the keys, shuffled by Ray Data."""
        return meetings(meeting)


def _work(call: bytes, code: str) -> bytes:
    if code_fingerprint(*_ROOMS) != code:
        raise BadInput(
            f"engine ray: the worker on {socket.gethostname()} runs other code than this machine; install one version "
            "of huaben on all machines of the cluster"
        )
    function, item = pickle.loads(call)
    return pickle.dumps(function(item))
