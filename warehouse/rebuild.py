"""What an adapter's birth certificate says of its training set in, the same set made again, or what has changed, out."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpora.errors import BadInput
from corpora.files import sha256_file
from corpora.settings import settings
from warehouse.lake import Lake
from warehouse.manifest import Manifest, read_manifest, verify
from warehouse.training_set import BuildConfig, build


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """The set's folder; whether every file that was trained on is byte for byte what it was; what differs, in words."""

    folder: Path
    identical: bool
    changed: tuple[str, ...]


def rebuild(lake: Lake, recorded: Mapping[str, Any], at: int | None = None) -> Rebuilt:
    """The training set of `recorded` (name, set_id, snapshot, manifest_sha256, code_version, files) built again, by its own
    config at its own snapshot, or at snapshot `at`.

    Where its snapshot has expired, the set's own folder is taken if it is still whole. Raises BadInput when there is no
    such set or no such snapshot.
    """
    name, before = _name(recorded), _old_manifest(lake, recorded)
    config = _config(lake, recorded, before)
    try:
        lake.table_snapshot("samples", at if at is not None else recorded["snapshot"])
    except BadInput as error:
        if at is not None:
            raise
        if before is None:
            raise BadInput(f"training set {name} cannot be built again: {error}; choose one with --at") from None
        verify(_folder(lake, recorded))
        return Rebuilt(_folder(lake, recorded), True, (f"{error}; the set's own folder is still whole and is taken",))
    folder = build(lake, config, at if at is not None else recorded["snapshot"])
    manifest = verify(folder)
    if sha256_file(folder / "manifest.json") == recorded["manifest_sha256"]:
        return Rebuilt(folder, True, ())
    differ = [
        file
        for file, sha256 in sorted(recorded["files"].items())
        if manifest.files.get(file, {}).get("sha256") != sha256
    ]
    return Rebuilt(folder, not differ, (*_files(differ, manifest, before), *_causes(recorded, manifest, before)))


def _name(recorded: Mapping[str, Any]) -> str:
    if not recorded.get("set_id"):
        raise BadInput(
            "the adapter was trained on files without a manifest, which no warehouse can build again; give a set to huaben train"
        )
    return f"{recorded['name']}-{recorded['set_id'][:8]}"


def _folder(lake: Lake, recorded: Mapping[str, Any]) -> Path:
    return lake.home / "sets" / _name(recorded)


def _old_manifest(lake: Lake, recorded: Mapping[str, Any]) -> Manifest | None:
    """The manifest that was trained on, where its folder is still here, whole and the same."""
    folder = _folder(lake, recorded)
    path = folder / "manifest.json"
    if not path.is_file() or sha256_file(path) != recorded["manifest_sha256"]:
        return None
    try:
        return verify(folder)
    except BadInput:
        return read_manifest(folder)  # files are damaged; build makes them anew


def _config(lake: Lake, recorded: Mapping[str, Any], before: Manifest | None) -> BuildConfig:
    if before is not None:
        return settings(BuildConfig, before.config, f"{_name(recorded)}/manifest.json")
    found = lake.connection.execute(
        "SELECT config FROM training_sets WHERE set_id = ?", [recorded["set_id"]]
    ).fetchone()
    if found is None:
        raise BadInput(
            f"{lake.home} never built the training set {_name(recorded)}; set HUABEN_HOME to the one that did"
        )
    return settings(BuildConfig, json.loads(found[0]), f"training set {_name(recorded)}")


def _files(differ: list[str], manifest: Manifest, before: Manifest | None) -> list[str]:
    told = []
    for file in differ:
        rows = manifest.files.get(file, {}).get("rows", 0)
        was = f"{before.files[file]['rows']} rows, now " if before and file in before.files else ""
        told.append(f"{file} differs ({was}{rows} rows)")
    return told


def _causes(recorded: Mapping[str, Any], manifest: Manifest, before: Manifest | None) -> list[str]:
    """What a set is made of, where it is not what it was."""
    told = []
    if manifest.snapshot != recorded["snapshot"]:
        told.append(f"snapshot {recorded['snapshot']} → {manifest.snapshot}")
    if manifest.code_version != recorded["code_version"]:
        told.append(f"code version {recorded['code_version']} → {manifest.code_version}")
    if manifest.config_sha256 != recorded["config_sha256"]:
        told.append("[build] has keys that it had not then")
    if before is not None:
        for source in sorted({*manifest.sources, *before.sources}):
            rows = [one.sources.get(source, {}).get("rows", 0) for one in (before, manifest)]
            if rows[0] != rows[1]:
                told.append(f"source {source}: {rows[0]} rows → {rows[1]}")
    return told
