"""A `Source` in, its `Document` out: the file checked against its checksum, read in its format, and stripped."""

import hashlib
import os
import stat
import time
from pathlib import Path
from typing import Literal, cast, get_args

from corpora.document import Document
from corpora.errors import BadInput
from corpora.files import stable_id
from corpora.gutenberg import strip_gutenberg
from corpora.kinds import guess_kind
from corpora.readers.limits import LIMITS
from corpora.readers.read import read_text
from corpora.registry import Source

Kind = Literal["novel", "quiz", "instruct"]
PAUSES_S = (0.1, 0.4, 1.5, 0.0)  # after each time that a file was being written while it was read


def load_document(source: Source) -> Document:
    """The source's file as a `Document`; a source with a URL must have been fetched.

    Raises BadInput when the file is missing, a folder, unreadable, empty, binary, wrongly encoded, beyond what
    `ReaderLimits` allows, or not the one whose checksum the registry gives.
    """
    path = Path(source.path)
    raw = _read(path, f"; run huaben fetch to get {source.url}" if source.url else "; check the path")
    sha256 = hashlib.sha256(raw).hexdigest()
    if source.sha256 and sha256 != source.sha256.lower():
        raise BadInput(
            f"{path}: SHA-256 is {sha256}, but the registry says {source.sha256} for {source.id!r}; "
            "get the file again, or correct the registry"
        )
    text, encoding = read_text(path, raw, source.encoding, underlines=source.kind == "quiz")
    if source.strip == "gutenberg":
        text = strip_gutenberg(text)
        if not text:
            raise BadInput(f"{path}: nothing stands between the Project Gutenberg header and footer; fetch it again")
    return Document(
        document_id=stable_id("document", source.id),
        source_id=source.id,
        kind=source.kind,
        title=source.title,
        text=text,
        origin=source.url or str(path),
        encoding=encoding,
        sha256=sha256,
        novel=source.novel,
        licence=source.licence,
        seed=source.seed,
    )


def source_for_path(
    path: Path, kind: str = "", *, source_id: str = "", title: str = "", encoding: str = "", novel: str = ""
) -> Source:
    """A `Source` for a file that no registry lists, its kind guessed from its content (see `kinds.guess_kind`).

    Its id is the names of folder and file, so that the same file keeps its id from run to run; give `source_id`
    where two files share both. Raises BadInput when the file cannot be read or its kind is neither given nor clear.
    """
    path = Path(path)
    if not kind:
        text, _ = read_text(path, _read(path, "; check the path"), encoding)
        kind = guess_kind(text)
        if not kind:
            raise BadInput(f"{path}: cannot tell whether this is a novel, a quiz or instructions; pass --kind")
    if kind not in get_args(Kind):
        raise BadInput(f"{path}: kind {kind!r} is unknown; pass novel, quiz or instruct")
    own_name = f"{path.resolve().parent.name}/{path.name}".lstrip("/")
    return Source(
        id=source_id or own_name,
        kind=cast(Kind, kind),
        title=title or path.stem,
        path=str(path),
        encoding=encoding,
        novel=novel,
    )


def _read(path: Path, remedy: str) -> bytes:
    """The file's bytes, all of one moment: what is written to while it is read is read again."""
    try:
        for pause in PAUSES_S:
            with open(path, "rb") as file:
                before = os.fstat(file.fileno())
                if before.st_size > LIMITS.file_bytes:
                    raise BadInput(
                        f"{path}: {before.st_size} bytes are more than the {LIMITS.file_bytes} one file may have; split it"
                    )
                raw = file.read()
                after = os.fstat(file.fileno())
            same = (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns)
            if (same and len(raw) == after.st_size) or not stat.S_ISREG(after.st_mode):  # a pipe has no size
                return raw
            time.sleep(pause)
        raise BadInput(f"{path}: somebody writes to it while it is read; wait until it is whole, then try again")
    except FileNotFoundError:
        raise BadInput(f"{path}: no such file{remedy}") from None
    except IsADirectoryError:
        raise BadInput(f"{path} is a folder; give the path of a file in it") from None
    except OSError as error:  # no permission, a disk fault, a name too long
        raise BadInput(f"{path}: cannot be read: {error.strerror or error}{remedy}") from None
    except ValueError as error:  # a NUL in the name
        raise BadInput(f"{str(path)!r} is no file name: {error}") from None
