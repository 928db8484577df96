"""Code in, a hash out, so that work is done again when the code that does it has changed."""

import hashlib
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable


@cache
def code_fingerprint(*packages: str) -> str:
    """16 hex digits over the packages' Python, SQL and TOML files, names included."""
    digest = hashlib.sha256()
    for package in packages:
        for name, content in sorted(_files(files(package), package)):
            digest.update(name.encode() + b"\0" + content + b"\0")
    return digest.hexdigest()[:16]


def _files(folder: Traversable, prefix: str) -> list[tuple[str, bytes]]:
    found = []
    for entry in folder.iterdir():
        name = f"{prefix}/{entry.name}"
        if entry.is_dir():
            found += _files(entry, name)
        elif entry.name.endswith((".py", ".sql", ".toml")):
            found.append((name, entry.read_bytes()))
    return found
