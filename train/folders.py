"""Whole folders or none: build beside the target and rename when everything is in it."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError

from warehouse.kit import BadInput

UNWRITABLE = {
    errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EEXIST,
}  # fmt: skip


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """An empty folder beside `target`, renamed to `target` when the block ends without an error.

    On any error, Ctrl-C included, the new folder is removed and `target` keeps what it held. A folder that
    already stands at `target` is replaced. Raises BadInput when the place is full or may not be written to.
    """
    target = Path(target)
    try:
        yield from _built(target)
    except SafetensorError as error:  # what safetensors makes of an OSError
        if "os error" not in str(error).lower():
            raise
        raise BadInput(_unwritable(target, str(error))) from error
    except OSError as error:
        if error.errno not in UNWRITABLE:
            raise
        raise BadInput(_unwritable(target, error.strerror or str(error))) from error


def _built(target: Path) -> Iterator[Path]:
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part"))
    aside = beside.with_suffix(".old")
    try:
        yield beside
        for path in (beside, *beside.rglob("*")):  # mkdtemp's 0700 and safetensors' 0600 would hide them from others
            path.chmod(0o755 if path.is_dir() else 0o644)
        if target.exists():
            os.replace(target, aside)
        os.replace(beside, target)
    finally:
        if aside.exists() and not target.exists():  # interrupted between the two renames
            os.replace(aside, target)
        shutil.rmtree(beside, ignore_errors=True)
        shutil.rmtree(aside, ignore_errors=True)


def _unwritable(target: Path, reason: str) -> str:
    return f"{target}: cannot be written ({reason}); free some space or name another place; nothing was left behind"
