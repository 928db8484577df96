"""A room's plain function in, a Prefect task out: named, retried where waiting can help, loud about where it failed."""

import errno
import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun

from warehouse.turns import WriteConflict

P = ParamSpec("P")
R = TypeVar("R")


def step(function: Callable[P, R], name: str, retries: int = 0) -> Callable[P, R]:
    """`function` as a Prefect task called `name`. An error that leaves it carries the note "`name` failed".

    Retries wait about 1, 2, 4 … seconds and are for failing I/O and for a transaction that lost to another writer's: what
    BadInput reports would be no better the next time, nor would a full disk.
    Nothing is cached by Prefect: the rooms know themselves what is done already.
    """

    @functools.wraps(function)
    def noted(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except BaseException as error:
            error.add_note(f"{name} failed")
            raise

    made: Any = task(
        name=name,
        task_run_name=name.replace("{", "{{").replace("}", "}}"),  # or it would get a random ending
        cache_policy=NO_CACHE,
        retries=retries,
        retry_delay_seconds=[2.0**k for k in range(retries)] or None,
        retry_jitter_factor=0.5 if retries else None,  # or two that met would meet again
        retry_condition_fn=_worth_retrying,
    )(noted)
    return made  # type: ignore[no-any-return]


def _worth_retrying(_task: object, _run: TaskRun, state: State[Any]) -> bool:
    error = state.result(raise_on_failure=False)
    if isinstance(error, OSError):
        return error.errno != errno.ENOSPC
    return isinstance(error, WriteConflict)
