"""Files made on the spot, and what they are read as or refused with."""

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from corpora.errors import BadInput
from corpora.readers.limits import LIMITS
from corpora.readers.read import read_text

SMALL = replace(LIMITS, unpacked_bytes=4 << 20, cells=1000, cell_characters=1000, pages=3, seconds=20.0)


def read(name: str, raw: bytes, **more: object) -> str:
    return read_text(Path(name), raw, limits=SMALL, **more)[0]  # type: ignore[arg-type]


def refusal(name: str, raw: bytes) -> str:
    with pytest.raises(BadInput) as caught:
        read(name, raw)
    said = str(caught.value)
    assert said.startswith(f"{name}: ") and "\n" not in said
    return said


def packed(members: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return written.getvalue()


def saved(document: object) -> bytes:
    written = io.BytesIO()
    document.save(written)  # type: ignore[attr-defined]
    return written.getvalue()


def repacked(raw: bytes, **changed: bytes) -> bytes:
    """The archive with members added or replaced; their names with __ for / and _dot_ for the dot."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members |= {name.replace("__", "/").replace("_dot_", "."): data for name, data in changed.items()}
    return packed(members)
