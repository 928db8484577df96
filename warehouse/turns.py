"""A home folder or a shared catalog in, one writer at a time out: waits with back-off and jitter, and retries what lost."""

import fcntl
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ParamSpec, TypeVar

import duckdb

from corpora.errors import BadInput
from corpora.files import stable_id
from warehouse.extensions import load_extension
from warehouse.place import Place, cannot_open

P = ParamSpec("P")
R = TypeVar("R")


class WriteConflict(Exception):
    """A transaction lost to another writer's; nothing of it was written, and it can be tried again."""


def pauses(first: float = 0.05, longest: float = 0.5) -> Iterator[float]:
    """Seconds to wait before each further attempt, without end: twice as long each time, up to `longest`, each drawn
    from the upper half, so that two who met do not meet again."""
    while True:
        yield first * random.uniform(0.5, 1.0)
        first = min(2 * first, longest)


def retried(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """What `function` gives, tried up to six times as long as another writer was first. Raises the last WriteConflict."""
    for pause, _ in zip(pauses(0.2, 5.0), range(5), strict=False):
        try:
            return function(*args, **kwargs)
        except WriteConflict:
            time.sleep(pause)
    return function(*args, **kwargs)


@contextmanager
def home_turn(home: Path, wait: float) -> Iterator[None]:
    """The home folder, for one writer at a time; the kernel ends a turn when its process dies.

    Raises BadInput when somebody else still writes after `wait` seconds, or the folder cannot be written.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock = open(home / "lock", "a+", encoding="ascii")  # noqa: SIM115 (held until the block ends)
    except OSError as error:
        raise BadInput(f"{home} cannot be written ({error.strerror}); set HUABEN_HOME to a folder of yours") from None
    with lock:
        _wait_for(lambda: _locked(lock.fileno()), wait, lambda: f"{home}: another huaben (process {_holder(home)})")
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


@contextmanager
def catalog_turn(place: Place) -> Iterator[None]:
    """A shared catalog, for one transaction at a time, over all machines; nothing to wait for where it is a home's own.

    An advisory lock of PostgreSQL, on a connection of its own: the server ends the turn when the process dies.
    Raises WriteConflict when it is still taken after the place's `wait`.
    """
    if not place.shared:
        yield
        return
    connection = duckdb.connect()
    try:
        load_extension(connection, "postgres_scanner")
        target = place.postgres.replace("'", "''")
        try:
            connection.execute(f"ATTACH '{target}' AS turns (TYPE postgres)")
        except duckdb.Error as error:
            raise cannot_open(place, error) from None
        key = int(stable_id("turn", place.schema)[:15], 16)  # 60 bits, PostgreSQL takes 63
        ask = f"FROM postgres_query('turns', 'SELECT pg_try_advisory_xact_lock({key})')"
        connection.execute("BEGIN")  # its end, or the connection's, ends the turn

        def taken() -> bool:
            row = connection.execute(ask).fetchone()
            return bool(row and row[0])

        try:
            _wait_for(taken, place.wait, lambda: f"{place.shown}: another machine")
        except BadInput as error:
            raise WriteConflict(str(error)) from None
        yield
    finally:
        connection.close()


def writer(home: Path) -> str:
    """The process that writes to the home folder now, empty when none does. The kernel frees the lock of a dead one."""
    try:
        with open(home / "lock", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except BlockingIOError:
        return _holder(home)
    return ""


def _wait_for(taken: Callable[[], bool], wait: float, who: Callable[[], str]) -> None:
    end, told = time.monotonic() + wait, False
    for pause in pauses():
        if taken():
            return
        left = end - time.monotonic()
        if left <= 0:
            raise BadInput(f"{who()} is writing; wait until it ends, then try again")
        if pause > 0.2 and not told and sys.stderr.isatty():
            print(f"{who()} is writing; waiting for up to {wait:.0f} s", file=sys.stderr)
            told = True
        time.sleep(min(pause, left))


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(home: Path) -> str:
    return (home / "lock").read_text(encoding="ascii").strip() or "unknown"
