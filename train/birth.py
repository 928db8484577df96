"""What an adapter was made of, as birth.json beside its weights: enough to rebuild it, and no path of this machine."""

import json
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch

from train.bases import DTYPES
from train.precision import Bits, Precision
from warehouse.kit import sha256_file

PACKAGES = (
    "torch",
    "transformers",
    "peft",
    "accelerate",
    "tokenizers",
    "safetensors",
    "bitsandbytes",
    "numpy",
    "huaben",
)


def training_set_of(files: Sequence[Path]) -> dict[str, Any]:
    """Name, snapshot and manifest hash of the training set that the files belong to, and each file's hash.

    A lone parquet file, without a manifest.json beside it, has its hash alone.
    """
    found: dict[str, Any] = {"files": {path.name: sha256_file(path) for path in files}}
    manifest = files[0].parent / "manifest.json"
    if manifest.is_file():
        table = json.loads(manifest.read_text(encoding="utf-8"))
        found |= {key: table.get(key) for key in ("name", "set_id", "snapshot", "config_sha256", "code_version")}
        found["manifest_sha256"] = sha256_file(manifest)
    return found


def how_loaded(adapter: Path) -> tuple[Precision, Bits]:
    """The precision and the bits in which the adapter's base was loaded for its training; ("auto", 0) if unknown."""
    born = adapter / "birth.json"
    loaded = json.loads(born.read_text(encoding="utf-8")).get("loaded") if born.is_file() else None
    return (loaded["precision"], loaded["bits"]) if loaded else ("auto", 0)


def loaded_as(dtype: torch.dtype, bits: Bits) -> dict[str, Any]:
    """What `how_loaded` reads back, for a certificate."""
    return {"precision": next(name for name, known in DTYPES.items() if known == dtype), "bits": bits}


def package_versions() -> dict[str, str]:
    """The versions of Python and of what the weights depend on."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # huaben itself on a bare GPU machine that runs from a checkout
            continue
    return found


def write_birth(path: Path, certificate: dict[str, Any]) -> None:
    """Write the certificate as JSON with sorted keys, so that equal runs give equal files."""
    path.write_text(json.dumps(certificate, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
