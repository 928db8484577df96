"""An adapter's birth certificate → what it takes to train it again: its base, its training set, its configs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from train.adapters import AdapterConfig
from train.bases import base_fingerprint
from train.config import TrainConfig
from train.tokenise import TokenConfig
from warehouse.kit import BadInput, settings


@dataclass(frozen=True, slots=True)
class Certificate:
    """What birth.json says. `training_set` has name, set_id, snapshot, manifest_sha256, code_version and files."""

    adapter: Path
    base: Mapping[str, str]  # name, revision, sha256
    training_set: Mapping[str, Any]
    train: TrainConfig
    method: AdapterConfig
    tokens: TokenConfig


def read_certificate(adapter: Path) -> Certificate:
    """The adapter's certificate. Raises BadInput where it has none, it is broken, or it knows a key that we do not."""
    path = adapter / "birth.json"
    if not path.is_file():
        raise BadInput(f"{adapter}: no birth.json in it; give a folder that huaben train wrote")
    try:
        born: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        config, base, training_set = born["config"], born["base"], born["training_set"]
        parts = [config[name] for name in ("train", "adapter", "tokens")]
        where = [f"{path}: [{name}]" for name in ("train", "adapter", "tokens")]
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(f"{path} is broken ({error}); give a folder that huaben train wrote") from None
    return Certificate(
        adapter,
        base,
        training_set,
        settings(TrainConfig, parts[0], where[0]),
        settings(AdapterConfig, parts[1], where[1]),
        settings(TokenConfig, parts[2], where[2]),
    )


def base_of(certificate: Certificate, home: Path, given: str = "") -> str:
    """The base that the adapter was trained on, as name or folder; `given` is where it lies now, if not where huaben keeps
    its own.

    Raises BadInput when it is not to be found, or another base lies there.
    """
    name, wanted = certificate.base["name"], certificate.base.get("sha256", "")
    place = Path(given) if given else home / "bases" / name
    if not wanted:  # of the hub; its commit is checked when it is loaded
        return given or name
    if not place.is_dir():
        raise BadInput(f"{certificate.adapter}: its base {name} is not at {place}; say where it is with --base FOLDER")
    if base_fingerprint(place).sha256 != wanted:
        raise BadInput(f"{place}: is not the base that {certificate.adapter.name} was trained on; name that one")
    return str(place)
