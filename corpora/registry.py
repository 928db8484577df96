"""A registry file (TOML) in, its sources out: what each file is, where it lies, its licence and checksum.

root = "$HUABEN_CORPORA"          # or a folder relative to the registry file
[[sources]]
id = "novels/sanguo"
kind = "novel"
title = "三国演义"
path = "novels/sanguo.txt"        # below root
"""

import os
import string
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from corpora.errors import BadInput
from corpora.settings import read_toml, settings

REGISTRIES = Path(__file__).parent / "registries"


@dataclass(frozen=True, slots=True)
class Source:
    """One file to read. `path` is below the registry's root in the TOML, and a usable path once loaded.

    A source with a `url` is fetched to `path` first. `encoding` empty means: detect it.
    """

    id: str
    kind: Literal["novel", "quiz", "instruct"]
    title: str
    path: str
    url: str = ""
    licence: str = ""
    sha256: str = ""  # of the raw bytes; empty: not checked
    encoding: str = ""
    novel: str = ""  # the novel it is, or asks about, where the whole file keeps to one
    seed: bool = False  # a human-checked core
    strip: Literal["", "gutenberg"] = ""  # what is not the author's and goes before extraction

    def __post_init__(self) -> None:
        if not self.id.strip() or not self.path.strip():
            raise ValueError("id and path must not be empty")
        if self.sha256 and (len(self.sha256) != 64 or not set(self.sha256) <= set(string.hexdigits)):
            raise ValueError(f"sha256 of {self.id!r} is not 64 hex digits; paste the output of sha256sum")
        if self.url and not self.url.startswith(("http://", "https://")):
            raise ValueError(f"url of {self.id!r} is {self.url!r}; only http and https can be fetched")


@dataclass(frozen=True, slots=True)
class Registry:
    """The registry file as written."""

    sources: tuple[Source, ...]
    root: str = "."


def load_registry(name_or_path: str | Path) -> list[Source]:
    """The sources of a registry, in its order, with their paths resolved.

    A bare word names one of the bundled registries (`sample`, `classics`, `seed`, `gutenberg`); anything else is a path.
    Raises BadInput when the registry is missing, malformed, empty, lists an id twice, or its root is not set.
    """
    path = _registry_path(str(name_or_path))
    registry = settings(Registry, read_toml(path), str(path))
    if not registry.sources:
        raise BadInput(f"{path}: lists no sources; add a [[sources]] table")
    root = _root(registry.root, path)
    seen: set[str] = set()
    for source in registry.sources:
        if source.id in seen:
            raise BadInput(f"{path}: id {source.id!r} is given twice; rename one")
        seen.add(source.id)
    return [replace(source, path=str(root / source.path)) for source in registry.sources]


def _registry_path(name: str) -> Path:
    if name.isidentifier():
        bundled = REGISTRIES / f"{name}.toml"
        if not bundled.is_file():
            known = ", ".join(sorted(file.stem for file in REGISTRIES.glob("*.toml")))
            raise BadInput(f"{name}: no registry of this name; choose one of {known}, or give the path of a TOML file")
        return bundled
    return Path(name)


def _root(written: str, registry: Path) -> Path:
    """`$HUABEN_CORPORA` must be set by the user; `$HUABEN_HOME` is ./.huaben where it is not."""
    if not written.startswith("$"):
        return registry.parent / written
    variable, _, below = written[1:].partition("/")
    value = os.environ.get(variable) or ({"HUABEN_HOME": ".huaben"}.get(variable, ""))
    if not value:
        raise BadInput(f"{registry}: root is {written}, but {variable} is not set; set it to the folder with the files")
    if value.startswith("~/"):  # a file of settings has no shell to do it
        value = str(Path(value).expanduser())
    if variable == "HUABEN_CORPORA" and not Path(value).is_dir():
        raise BadInput(f"{registry}: {variable} is {value}, which is no folder; set it to the folder with the files")
    return Path(value) / below


def choose(sources: list[Source], names: list[str]) -> list[Source]:
    """The sources with these ids, or ids that end with /NAME, in the order of the names.

    Raises BadInput naming the first that none has.
    """
    chosen = []
    for name in names:
        found = [source for source in sources if name in (source.id, source.id.rpartition("/")[2])]
        if not found:
            raise BadInput(f"{name}: no source of this name; choose from {', '.join(source.id for source in sources)}")
        chosen += found
    return chosen
