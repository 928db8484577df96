"""A function and independent inputs in, its results out, in order: where they are worked out is the engine's affair.

No result depends on the engine. `Here` is this machine; flows/engine has the one that spreads over several.
"""

import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from itertools import chain, islice
from multiprocessing import get_context
from typing import Protocol, TypeVar

from warehouse.signatures.meeting import Meeting, Met

A = TypeVar("A")
B = TypeVar("B")


class Engine(Protocol):
    """What works out independent results."""

    def map(self, function: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
        """`function` of each item, in the order of the items. The function must be one of a module's own names."""

    def meet(self, meeting: Meeting) -> Iterator[Met] | None:
        """What meets in each range of the keys in `meeting.part`, the ranges ascending; None to leave it to DuckDB."""


@dataclass(frozen=True)
class Here:
    """This machine: one process, or as many as there are workers, this one among them."""

    workers: int = 1

    def map(self, function: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
        """`function` of each item, in order; up to two items for each worker are under way or wait at a time."""
        rest = iter(items)
        few = list(islice(rest, 2)) if self.workers > 1 else []
        if len(few) < 2:  # a process of its own takes longer to start than most items take
            yield from map(function, chain(few, rest))
            return
        waiting: deque[Future[B]] = deque()
        # Spawned: a process that is forked off one with threads (DuckDB's, Arrow's) may hang on their locks.
        with ProcessPoolExecutor(
            self.workers - 1, get_context("spawn"), initializer=_leave_interrupts_to_the_parent
        ) as pool:
            try:
                for item in chain(few, rest):
                    # This process is at work while the others start, and whenever they have enough to do.
                    enough = sum(not future.done() for future in waiting) >= self.workers
                    waiting.append(_done(function, item) if enough else pool.submit(function, item))
                    while waiting and (len(waiting) > 2 * self.workers or waiting[0].done()):
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:
                pool.shutdown(wait=False, cancel_futures=True)

    def meet(self, meeting: Meeting) -> None:
        """Nothing: DuckDB reads the keys range by range, within its limits."""


HERE = Here()


def _done(function: Callable[[A], B], item: A) -> Future[B]:
    """The result, or the error that is raised when its turn has come, after those of the items before."""
    future: Future[B] = Future()
    try:
        future.set_result(function(item))
    except Exception as error:
        future.set_exception(error)
    return future


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
