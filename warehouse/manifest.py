"""A training set's folder in, what it is made of out. Needs no DuckDB, so that training can run where there is none."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from corpora.errors import BadInput
from corpora.files import sha256_file


@dataclass(frozen=True)
class Manifest:
    """What a training set is made of. `rows` counts rows by split, `files` holds name to {sha256, rows}.

    `sources` holds id to {title, kind, licence, origin, rows} for each source that rows were taken from, `left_out` how
    many kept samples are not in it, by reason: with `rows` they add up to the kept samples of the snapshot.
    """

    name: str
    set_id: str
    snapshot: int
    config: dict[str, Any]
    config_sha256: str
    code_version: str
    rows: dict[str, int]
    files: dict[str, dict[str, Any]]
    sources: dict[str, dict[str, Any]] = field(default_factory=dict)  # sets made before it was kept have none
    left_out: dict[str, int] = field(default_factory=dict)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the training set in `folder`. Raises BadInput when there is none or it is broken."""
    path = Path(folder) / "manifest.json"
    try:
        return Manifest(**json.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, NotADirectoryError):
        raise BadInput(f"{folder} is no training set: it has no manifest.json; make one with: huaben build") from None
    except (ValueError, TypeError) as error:
        raise BadInput(f"{path} is broken ({error}); make the training set again with: huaben build") from None


def verify(folder: Path) -> Manifest:
    """The manifest, after checking every file against it. Raises BadInput naming the first that differs."""
    manifest = read_manifest(folder)
    for name, facts in manifest.files.items():
        path = Path(folder) / name
        if not path.is_file() or sha256_file(path) != facts["sha256"]:
            raise BadInput(f"{path} is not what the manifest says; remove {folder} and run: huaben build")
    return manifest


def newest_set(home: Path) -> Path:
    """The folder of the training set that was made last. Raises BadInput when there is none."""
    found = sorted((Path(home) / "sets").glob("*/manifest.json"), key=lambda path: path.stat().st_mtime_ns)
    if not found:
        raise BadInput(f"{home} holds no training set yet; make one with: huaben build")
    return found[-1].parent
