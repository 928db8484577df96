"""Whole folders or none, and a place that cannot be written said in one sentence."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError

from warehouse.kit import BadInput, write_folder

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
    with explained(target), write_folder(target) as folder:
        yield folder


@contextmanager
def explained(target: Path) -> Iterator[None]:
    """Turns what a full or forbidden place raises into BadInput naming `target`."""
    try:
        yield
    except SafetensorError as error:  # what safetensors makes of an OSError
        if "os error" not in str(error).lower():
            raise
        raise BadInput(_unwritable(target, str(error))) from error
    except OSError as error:
        if error.errno not in UNWRITABLE:
            raise
        raise BadInput(_unwritable(target, error.strerror or str(error))) from error


def _unwritable(target: Path, reason: str) -> str:
    return f"{target}: cannot be written ({reason}); free some space or name another place; nothing was left behind"
