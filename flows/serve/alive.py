"""A run's id in, a lock that the kernel frees with the process that holds it out: so a dead run is told from a living one."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from corpora.errors import BadInput


def state_folder(home: Path) -> Path:
    """Where what serves a home folder keeps its state: beside Prefect's, so that no backup has it."""
    return home / "prefect" / "serve"


def served(home: Path) -> str:
    """The path of the schedule that was served last; empty where none was."""
    noted = state_folder(home) / "schedule"
    return noted.read_text(encoding="utf-8") if noted.is_file() else ""


@contextmanager
def alive(home: Path, run: str) -> Iterator[None]:
    """Whoever asks is told that this run lives, until the block or the process ends."""
    path = _path(home, run)
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a+", encoding="ascii") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        stream.truncate(0)
        stream.write(str(os.getpid()))
        stream.flush()
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def life(home: Path, run: str) -> Literal["lives", "died", "unknown"]:
    """Whether the run lives; "unknown" where it never began in this home folder, or went its way to the end."""
    try:
        with open(_path(home, run), encoding="ascii") as stream:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return "unknown"
    except BlockingIOError:
        return "lives"
    return "died"


def bury(home: Path, run: str) -> None:
    """Nothing is left of the run's lock."""
    _path(home, run).unlink(missing_ok=True)


@contextmanager
def only_one(home: Path) -> Iterator[None]:
    """No other process serves this home folder inside the block. Raises BadInput where one does."""
    path = state_folder(home) / "lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a+", encoding="ascii") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            stream.seek(0)
            raise BadInput(
                f"{home}: process {stream.read() or 'unknown'} serves it already; stop that one, or set HUABEN_HOME to another"
            ) from None
        stream.truncate(0)
        stream.write(str(os.getpid()))
        stream.flush()
        yield


def _path(home: Path, run: str) -> Path:
    return state_folder(home) / "runs" / run
