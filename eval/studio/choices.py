"""A home folder and the bases that the user named in, what may be talked to out; no other name is ever loaded.

A browser says a label and nothing more: which folder that is, is known here alone.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from train.bases import base_fingerprint
from warehouse.kit import BadInput


@dataclass(frozen=True)
class Model:
    """A base, under an adapter where `adapter` is given. `label` is how it is called in the browser."""

    label: str
    base: str
    adapter: str = ""  # a folder
    template: str = ""  # hash of the way of prompting that the adapter was trained with


def bases(home: Path, named: Sequence[str] = ()) -> dict[str, str]:
    """The bases by label: those the user named, those embedded in the home folder, those of adapters on the hub."""
    found = {_label(base): base for base in named}
    for card in sorted((Path(home) / "bases").glob("*/base.json")):
        found.setdefault(card.parent.name, str(card.parent))
    for born in _births(home).values():
        if not born["base"].get("sha256"):  # a name of the hub, which the user trained on
            found.setdefault(born["base"]["name"], born["base"]["name"])
    return found


def models(home: Path, named: Sequence[str] = ()) -> dict[str, Model]:
    """Every base, and under it the adapters that were trained on it, by label."""
    known = bases(home, named)
    found = {label: Model(label, base) for label, base in known.items()}
    for folder, born in _births(home).items():
        label = _base_label(born["base"], known)
        if label:
            name = f"{label} + {folder.name}"
            found[name] = Model(name, known[label], str(folder), born.get("template_hash", ""))
    return found


def homeless(home: Path, named: Sequence[str] = ()) -> list[tuple[str, str]]:
    """Adapters, with the name of their base, that cannot be talked to, since the studio does not know where that lies."""
    known = bases(home, named)
    return [(f.name, born["base"]["name"]) for f, born in _births(home).items() if not _base_label(born["base"], known)]


def chosen(label: str, home: Path, named: Sequence[str] = ()) -> Model:
    """The model of that label. Raises BadInput when there is none: a browser may say anything."""
    found = models(home, named).get(label)
    if found is None:
        raise BadInput(f"there is no model {label[:80]!r} here; name its base with: huaben studio --base")
    return found


def base_of(model: Model, home: Path, named: Sequence[str] = ()) -> Model:
    """The bare base under a model."""
    return next(m for m in models(home, named).values() if m.base == model.base and not m.adapter)


def _label(base: str) -> str:
    return Path(base).name if Path(base).is_dir() else base


def _base_label(base: dict[str, Any], known: dict[str, str]) -> str:
    name, digest = base["name"], base.get("sha256", "")
    candidates = [label for label, place in known.items() if Path(place).name == name or place == name]
    for label in candidates:
        if not digest or base_fingerprint(known[label]).sha256 == digest:
            return label
    return ""


def _births(home: Path) -> dict[Path, dict[str, Any]]:
    found = {}
    for path in sorted((Path(home) / "adapters").glob("*/birth.json")):
        born = json.loads(path.read_text(encoding="utf-8"))
        if (path.parent / "adapter_config.json").is_file() and isinstance(born.get("base"), dict):
            found[path.parent] = born
    return found
