"""This machine in, findings on its packages, fonts, disk, memory and GPU out."""

import os
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from pathlib import Path

from packaging.requirements import Requirement

from corpora.errors import BadInput
from flows.doctor.finding import Finding
from warehouse.extensions import try_extension

EXTENSIONS = ("ducklake", "sqlite_scanner", "fts", "postgres_scanner", "httpfs")
_OPTIONAL = {
    "postgres_scanner": "only a catalog in PostgreSQL needs it",
    "fts": "only indexes of your own need it",
    "httpfs": "only a data folder in a bucket needs it",
}
GIB = 1 << 30
LOW_DISK, FULL_DISK = 4 * GIB, GIB // 4  # the four novels' home folder takes some 2 GiB with base and adapters
LOW_MEMORY = 3 * GIB  # what training the embedded base over the four novels was seen to take, and the system's share


def packages() -> Iterator[Finding]:
    """Whether every package that huaben asks for is there, in a version that goes with it; a finding per part."""
    wrong: dict[str, list[str]] = defaultdict(list)
    asked: dict[str, int] = defaultdict(int)
    for text in requires("huaben") or []:
        requirement = Requirement(text)
        part = next(
            (
                extra
                for extra in ("", *_EXTRAS)
                if requirement.marker is None or requirement.marker.evaluate({"extra": extra})
            ),
            None,
        )
        if part is None:
            continue  # for another system, or for tests
        asked[part] += 1
        try:
            found = version(requirement.name)
        except PackageNotFoundError:
            wrong[part].append(f"{requirement.name} is not installed")
            continue
        if not requirement.specifier.contains(found, prereleases=True):
            wrong[part].append(f"{requirement.name} is {found}, not {requirement.specifier}")
    for part, n in asked.items():
        subject = f"packages for {_EXTRAS[part]}" if part else "packages"
        if wrong[part]:
            named = f'".[{part}]"' if part else '"."'
            remedy = f"pip install --constraint constraints.txt --editable {named}"
            yield Finding("note" if part else "fault", subject, "; ".join(wrong[part]), remedy)
        else:
            yield Finding("well", subject, f"{n} as asked for")


_EXTRAS = {"train": "training", "qlora": "qlora", "eval": "evaluation", "studio": "the studio"}


def extensions() -> Iterator[Finding]:
    """Whether DuckDB's extensions load."""
    loaded = []
    for name in EXTENSIONS:
        try:
            within = try_extension(name)
            loaded.append(name)
        except BadInput as error:
            said, _, remedy = str(error).partition("; ")
            optional = _OPTIONAL.get(name, "")
            said = f"{said} ({optional})" if optional else said
            yield Finding("note" if optional else "fault", "DuckDB extensions", said, remedy)
    if loaded:
        yield Finding("well", "DuckDB extensions", f"{', '.join(loaded)} load in DuckDB {within}")


def fonts() -> Iterator[Finding]:
    """Whether a browser on this machine can draw Chinese."""
    listing = shutil.which("fc-list")
    if listing is None:
        yield Finding("well", "fonts", "fontconfig is not installed: nothing to look at")
        return
    found = subprocess.run([listing, ":lang=zh", "family"], capture_output=True, text=True, check=False).stdout.split(
        "\n"
    )
    families = sorted({line.split(",")[0] for line in found if line})
    if families:
        yield Finding(
            "well", "fonts", f"Chinese in {families[0]}" + (f" and {len(families) - 1} more" if families[1:] else "")
        )
    else:
        remedy = "install one if you look at reports on this machine: apt-get install fonts-noto-cjk"
        yield Finding("note", "fonts", "no font has Chinese characters", remedy)


def disk(home: Path) -> Iterator[Finding]:
    """Whether the home folder can be written, and the disk that holds it has room."""
    there = next(folder for folder in (home, *home.absolute().parents) if folder.exists())
    if not there.is_dir():
        yield Finding("fault", "home folder", f"{there} is no folder", "set HUABEN_HOME to a folder of yours")
    elif not os.access(there, os.W_OK):
        remedy = "let it be written, or set HUABEN_HOME to a folder of yours; until then it can only be looked at"
        yield Finding("fault", "home folder", f"{there} cannot be written", remedy)
    free = shutil.disk_usage(there).free
    level = "fault" if free < FULL_DISK else "note" if free < LOW_DISK else "well"
    remedy = (
        "" if level == "well" else f"free some space, or set HUABEN_HOME to another disk; huaben tidy shrinks {home}"
    )
    yield Finding(level, "disk", f"{free / GIB:.1f} GiB free for {home}", remedy)  # type: ignore[arg-type]


def memory() -> Iterator[Finding]:
    """How much memory is free, and what a GPU has."""
    if find_spec("psutil"):
        import psutil

        free = psutil.virtual_memory().available
        low = free < LOW_MEMORY
        remedy = "close what else runs before you train, or set a smaller batch_size under [train]" if low else ""
        yield Finding("note" if low else "well", "memory", f"{free / GIB:.1f} GiB free", remedy)
    if find_spec("torch"):
        import torch

        if not torch.cuda.is_available():
            yield Finding("well", "GPU", f"none; torch {torch.__version__} trains on the CPU, small bases only")
            return
        for number in range(torch.cuda.device_count()):
            free, whole = torch.cuda.mem_get_info(number)
            found = f"{torch.cuda.get_device_name(number)}, {free / GIB:.1f} of {whole / GIB:.1f} GiB free"
            yield Finding("well", f"GPU {number}", found)
