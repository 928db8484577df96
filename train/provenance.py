"""Parquet files to train on in; whether they are what their training set's manifest says, and what it holds out, out.

Files of a training set lie beside its manifest.json. A lone file has none, and there is nothing to hold it against.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from warehouse.kit import BadInput, sha256_file
from warehouse.manifest import Manifest, read_manifest

HELD_OUT = ("valid.parquet", "test.parquet")


@dataclass(frozen=True, slots=True)
class Provenance:
    """`held_out`: files whose rows must not be trained on. `unchecked`: what could not be checked, in words."""

    held_out: tuple[Path, ...]
    unchecked: tuple[str, ...]


def check_files(data: Sequence[Path], valid: Path | None) -> Provenance:
    """What is held out from `data`: `valid`, and the rest of the sets that the files belong to.

    Raises BadInput when a file is not what its manifest says, or is one that the set holds out.
    """
    unchecked: list[str] = []
    held_out: dict[Path, Path] = {}  # by their real places, so that no file is read twice
    files = [*map(Path, data), *([Path(valid)] if valid else [])]
    manifests = {folder: _manifest(folder) for folder in dict.fromkeys(path.parent for path in files)}
    for path in files:
        manifest = manifests[path.parent]
        if manifest is None:
            unchecked.append(f"{path} has no manifest.json beside it")
        else:
            _check(path, manifest)
    for path in map(Path, data):
        if manifests[path.parent] is not None and path.name in HELD_OUT:
            raise BadInput(f"{path}: the set holds these rows out; train on its seed.parquet and train.parquet")
        if valid and path.resolve() == Path(valid).resolve():
            raise BadInput(f"{path}: is both trained on and held out; give another split to measure the loss on")
    if valid:
        held_out[Path(valid).resolve()] = Path(valid)
    for folder, manifest in manifests.items():
        for name in HELD_OUT:
            path = folder / name
            if manifest is None or not manifest.files.get(name, {}).get("rows"):
                continue
            if path.is_file():
                _check(path, manifest)
                held_out.setdefault(path.resolve(), path)
            else:
                unchecked.append(f"{path} is not here")
    return Provenance(tuple(held_out.values()), tuple(unchecked))


def places(files: Sequence[Path]) -> list[str]:
    """Where each row of the files stands, in order, as a person finds it: "train.parquet row 3"."""
    return [f"{Path(path).name} row {n}" for path in files for n in range(1, pq.read_metadata(path).num_rows + 1)]


def _manifest(folder: Path) -> Manifest | None:
    return read_manifest(folder) if (folder / "manifest.json").is_file() else None


def _check(path: Path, manifest: Manifest) -> None:
    if not path.is_file():
        raise BadInput(f"{path}: no such file; give a parquet file of a training set")
    facts = manifest.files.get(path.name)
    if facts is None:
        raise BadInput(f"{path}: manifest.json beside it does not name this file; give one that huaben build made")
    if (found := sha256_file(path)) != facts["sha256"]:
        raise BadInput(
            f"{path}: is not what manifest.json beside it says (sha256 {found[:12]}…, there {facts['sha256'][:12]}…); "
            f"remove {path.parent} and run: huaben build"
        )
