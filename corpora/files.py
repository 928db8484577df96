"""Whole files and folders or none: write beside the target and rename, and hash what is there."""

import fcntl
import glob
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def write_whole(path: Path) -> Iterator[Path]:
    """A temporary path in the target's folder, renamed to `path` when the block ends without an error.

    On any error the temporary file is removed and `path` keeps what it held. The folder is made if absent. A target
    that is no regular file (/dev/null, a pipe) is written to as it is: a rename would put a file in its place.
    """
    path = Path(path)
    if path.exists() and not path.is_file() and not path.is_dir():
        yield path
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    os.close(handle)
    beside = Path(name)
    try:
        yield beside
        with open(beside, "rb+") as written:
            os.fsync(written.fileno())
        os.chmod(beside, 0o644)  # mkstemp's 0600 would hide the file from other readers
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def folder_beside(target: Path) -> Iterator[Path]:
    """An empty folder beside `target` to work in, removed when the block ends, unless it has been renamed.

    What was left there for the same target by those that were killed is removed first: a living one holds a lock on its
    folder.
    """
    target = Path(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    for left in target.parent.glob(f".{glob.escape(target.name)}.*.part"):
        if left.is_dir() and (lock := _lock(left)) is not None:
            shutil.rmtree(left, ignore_errors=True)
            os.close(lock)
    beside = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part"))
    lock = _lock(beside)
    try:
        yield beside
    finally:
        shutil.rmtree(beside, ignore_errors=True)
        if lock is not None:
            os.close(lock)


@contextmanager
def write_folder(target: Path) -> Iterator[Path]:
    """An empty folder beside `target`, renamed to `target` when the block ends without an error.

    On any error, Ctrl-C included, the new folder is removed and `target` keeps what it held. A folder that already
    stands at `target` is replaced. What killed writers left is removed as by `folder_beside`.
    """
    target = Path(target)
    with folder_beside(target) as beside:
        aside = beside.with_suffix(".old")
        try:
            yield beside
            # mkdtemp's 0700 and safetensors' 0600 would hide them from others.
            for path in (beside, *beside.rglob("*")):
                path.chmod(0o755 if path.is_dir() else 0o644)
            if target.exists():
                os.replace(target, aside)
            os.replace(beside, target)
        finally:
            if aside.exists() and not target.exists():  # interrupted between the two renames
                os.replace(aside, target)
            shutil.rmtree(aside, ignore_errors=True)


def _lock(folder: Path) -> int | None:
    """A descriptor that holds the folder's lock until it is closed or its process ends; None where that cannot be had."""
    try:
        opened = os.open(folder, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # another's, or the disk knows no locks
        os.close(opened)
        return None
    return opened


def make_newest(path: Path, others: Iterable[Path]) -> None:
    """Give the file a later time than any of the others has, which it lacks where the clock was set back since they were
    written: so that the newest by time is the one that was made last."""
    newest = max((other.stat().st_mtime_ns for other in others if other != path), default=0)
    if path.stat().st_mtime_ns <= newest:
        os.utime(path, ns=(newest + 1_000_000,) * 2)  # a millisecond, which every kind of disk can tell


def sha256_file(path: Path) -> str:
    """The file's SHA-256 in hex, read a MiB at a time."""
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def stable_id(*parts: object) -> str:
    """16 hex digits that name a thing by its parts, the same on every run and machine.

    64 bits: among a million rows the chance of any clash is about 3e-8.
    """
    joined = "\x1f".join(str(part) for part in parts)
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()[:16]
