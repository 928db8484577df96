"""A home folder in, findings on its catalog, files, training sets, adapters, leftovers and clock out."""

import json
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
from pyarrow import ArrowException

from corpora.errors import BadInput
from corpora.progress import track
from eval.current import current_adapter
from flows.doctor.finding import Finding
from warehouse.lake import Lake, LakeError, catalog_gone, reading, writing
from warehouse.manifest import verify
from warehouse.parquet_files import named_files, noted_hashes
from warehouse.place import place_of
from warehouse.storage import DataFolder
from warehouse.turns import writer

_AHEAD = timedelta(minutes=5)  # clocks of machines differ by less
_RESTORE = "bring back a backup with: huaben restore DIR, or make the rows anew: remove the home folder and huaben run"


def warehouse(home: Path) -> Iterator[Finding]:
    """Whether the catalog opens, and every Parquet file that it names is there, whole; which files it does not name."""
    try:
        place = place_of(home)
        if catalog_gone(place):
            yield Finding("fault", "catalog", f"{place.sqlite} is gone, and {place.data} holds what it named", _RESTORE)
            return
        if not place.shared and not place.sqlite.is_file():
            yield Finding("well", "warehouse", f"{home} holds none yet; huaben run makes one")
            return
        with reading(home) as lake:
            yield Finding("well", "catalog", f"{place.shown} opens at snapshot {lake.snapshot()}")
            there = place.data.files()
            named = named_files(lake, there)
            yield from _files(place.data, named, there, noted_hashes(place.home))
            yield from _clock(lake)
    except BadInput as error:
        said, _, remedy = str(error).partition("; ")
        yield Finding("fault", "catalog", said, remedy or _RESTORE)
        return
    except LakeError as error:  # it opens, and something in it is damaged
        yield Finding("fault", "catalog", f"{place.shown} is damaged: {str(error).splitlines()[0]}", _RESTORE)
        return
    unnamed = there.keys() - named.keys()
    if unnamed:
        size = sum(there[name] for name in unnamed)
        files = "1 file" if len(unnamed) == 1 else f"{len(unnamed)} files"
        found = f"{files} that the catalog does not name, {size / 1e6:.1f} MB"
        remedy = "huaben tidy removes what is a day old" if place.shared else "whatever writes next removes them"
        yield Finding("note", "orphans", found, remedy, None if place.shared else lambda: _open_as_writer(home))


def _open_as_writer(home: Path) -> None:
    with writing(home):  # opening removes what no snapshot and no reader can want
        pass


def _files(data: DataFolder, named: dict[str, int], there: dict[str, int], hashes: dict[str, str]) -> Iterator[Finding]:
    gone, broken = [], []
    for name, size in track(sorted(named.items()), "Files of the catalog", unit="files"):
        if name not in there:
            gone.append(name)
        elif (size and there[name] != size) or not _whole(data, name, hashes.get(name)):
            broken.append(name)
    for label, names in (("missing", gone), ("damaged", broken)):
        if names:
            shown = ", ".join(names[:3])
            rest = f" and {len(names) - 3} more" if names[3:] else ""
            yield Finding("fault", "Parquet files", f"{label}: {shown}{rest}", _RESTORE)
    if not gone and not broken:
        size = sum(there[name] for name in named)
        known = sum(name in hashes for name in named)
        found = f"all {len(named)} that the catalog names can be read, {known} hash as when they were written"
        yield Finding("well", "Parquet files", f"{found}, {size / 1e6:.1f} MB")


def _whole(data: DataFolder, name: str, sha256: str | None) -> bool:
    """Whether the file hashes as it did when it was written; without a hash, whether every row group can be decoded,
    which tells most of what may befall a file, but not all."""
    try:
        if sha256:
            return data.sha256(name) == sha256
        with data.reading(name) as opened:
            file = pq.ParquetFile(opened)
            for group in range(file.num_row_groups):
                file.read_row_group(group)
    except (ArrowException, OSError):
        return False
    return True


def _clock(lake: Lake) -> Iterator[Finding]:
    ahead = lake.newest_time() - datetime.now(UTC)
    if ahead > _AHEAD:
        found = f"the newest snapshot was made {ahead} from now"
        yield Finding("note", "clock", found, "set the clock; snapshots are kept by number, schedules go by the clock")


def training_sets(home: Path) -> Iterator[Finding]:
    """Whether every file of every training set hashes as its manifest says."""
    folders = sorted(path.parent for path in (home / "sets").glob("*/manifest.json"))
    wrong = 0
    for folder in track(folders, "Training sets", unit="sets"):
        try:
            verify(folder)
        except BadInput as error:
            wrong += 1
            said, _, remedy = str(error).partition("; ")
            yield Finding("fault", "training sets", said, remedy)
    if folders and not wrong:
        yield Finding("well", "training sets", f"all {len(folders)} are what their manifests say")


def adapters(home: Path) -> Iterator[Finding]:
    """Whether every adapter has its weights and its certificate."""
    whole = 0
    beside = (".partial", ".tensorboard")  # checkpoints of a training under way, event files
    for folder in sorted(
        path for path in (home / "adapters").glob("[!.]*") if path.is_dir() and path.suffix not in beside
    ):
        try:
            json.loads((folder / "birth.json").read_text(encoding="utf-8"))
            if not any(folder.glob("*.safetensors")):
                raise OSError("it has no weights")
            whole += 1
        except (OSError, ValueError) as error:
            wrong = "it has no birth.json" if isinstance(error, FileNotFoundError) else str(error)
            yield Finding(
                "fault", "adapters", f"{folder}: {wrong}", "remove the folder and train it again: huaben train"
            )
    if whole:
        yield Finding("well", "adapters", f"{whole} with weights and birth certificate")
    try:
        current_adapter(home)
    except BadInput as error:
        said, _, remedy = str(error).partition("; ")
        yield Finding("fault", "current adapter", said, remedy)


def leftovers(home: Path) -> Iterator[Finding]:
    """What processes that were killed left half-made, and whether somebody writes now."""
    busy = writer(home)
    if busy:
        yield Finding("well", "writer", f"process {busy} is writing now; what it has half-made is left alone")
        return
    for path in sorted([*home.glob(".*.part"), *home.glob("*/.*.part"), *home.glob("*/.*.old")]):
        old = max(0.0, time.time() - path.stat().st_mtime)  # the clock may have been set back
        found = f"{path} was left half-made {old / 3600:.1f} hours ago"
        yield Finding("note", "leftovers", found, "remove it", lambda path=path: _remove(path))  # type: ignore[misc]


def _remove(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() else path.unlink()
