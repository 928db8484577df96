"""A folder that a training wrote in, the files that hold its weights and their hash out."""

import hashlib
from pathlib import Path

from warehouse.kit import BadInput, sha256_file

ADAPTER = "adapter_model.safetensors"  # as peft names it


def is_whole_model(folder: Path) -> bool:
    """Whether the folder holds a model of its own (method `full`), which goes over no base."""
    return not (folder / "adapter_config.json").is_file() and (folder / "config.json").is_file()


def weight_files(folder: Path) -> list[Path]:
    """The adapter's weights, or all parts of a whole model, by name; none where the folder has none."""
    adapter = folder / ADAPTER
    return [adapter] if adapter.is_file() else sorted(folder.glob("model*.safetensors"))


def weights_sha256(folder: Path) -> str:
    """The SHA-256 of the weights, in hex; of a model in several files, that of their hashes. BadInput where it has none."""
    files = weight_files(folder)
    if not files:
        raise BadInput(f"{folder}: no {ADAPTER} in it; give a folder that huaben train wrote")
    hashes = [sha256_file(path) for path in files]
    return hashes[0] if len(hashes) == 1 else hashlib.sha256("\n".join(hashes).encode()).hexdigest()
