"""A home folder in, a folder that holds all of it at one snapshot out, taken while others write; and back.

DIR/catalog.sqlite | catalog.sql   the catalog, copied by SQLite itself, or dumped by pg_dump
DIR/data/                          the Parquet files that it names
DIR/sets/, adapters/, ...          all else in the home folder but Prefect's state, exports and what is half-made
DIR/huaben.toml                    to look things up in: passwords are starred out, and it is not put back
DIR/backup.json                    written last: the snapshot, the rows' hashes, every file's sha256
"""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path

import duckdb

from corpora.errors import BadInput
from corpora.files import sha256_file, write_folder, write_whole
from corpora.progress import track
from warehouse.dump import drop_catalog, dump_catalog, load_dump
from warehouse.lake import reading
from warehouse.parquet_files import noted_hashes
from warehouse.place import Place, place_of
from warehouse.rowhash import row_hashes
from warehouse.storage import hide
from warehouse.turns import home_turn

MANIFEST = "backup.json"
_SETTINGS = "huaben.toml"
_LEFT_OUT = {"prefect", "tmp", "exports", "data", "near", "lock", _SETTINGS, MANIFEST}
_TRIES = 3  # a file that the catalog named may be tidied away before it is copied; the next catalog does not name it
# In a process of its own: SQLite's locks belong to a process, and closing this file would end those of DuckDB's SQLite.
_COPY = "import sqlite3, sys; a, b = (sqlite3.connect(p) for p in sys.argv[1:]); a.backup(b); b.close(); a.close()"


@dataclass(frozen=True)
class Backup:
    """What a backup holds: the newest `snapshot` in it, `tables` as row_hashes gives them, `files` with sha256 and bytes."""

    snapshot: int
    catalog: str  # sqlite, or the schema in PostgreSQL
    tables: dict[str, str]
    files: dict[str, tuple[str, int]] = field(default_factory=dict)

    @property
    def bytes(self) -> int:
        """Of all files together."""
        return sum(size for _, size in self.files.values())


def backup(home: Path, target: Path) -> Backup:
    """Copy the home folder to `target`, whole or not at all; writers go on meanwhile.

    Raises BadInput when there is no warehouse, `target` holds something already, or a Parquet file has changed since it was
    written.
    """
    place, target = place_of(home), Path(target).absolute()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BadInput(f"{target} is there already; give a new folder for the backup")
    if target.is_relative_to(place.home) or place.data.holds(target):
        raise BadInput(f"{target} is inside what is to be backed up; give a folder elsewhere")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise BadInput(f"{target.parent} is no folder; give another place for the backup") from None
    with reading(place.home):  # says so where there is no warehouse
        pass
    with write_folder(target) as beside:
        _copy_home(place, beside)  # before the catalog: the snapshots of all sets are then in it
        for attempt in range(_TRIES):
            try:
                snapshot, names = _copy_catalog(place, beside)
                _copy_data(place, beside, names)
                made = Backup(snapshot, place.schema if place.shared else "sqlite", _hashes(place, beside, snapshot))
                break
            except FileNotFoundError as error:
                if attempt == _TRIES - 1:
                    raise BadInput(f"{error.filename} is gone, which the catalog names; run: huaben tidy") from None
        for path in track(sorted(p for p in beside.rglob("*") if p.is_file()), "check", unit="files"):
            made.files[path.relative_to(beside).as_posix()] = (sha256_file(path), path.stat().st_size)
        with write_whole(beside / MANIFEST) as part:
            part.write_text(json.dumps(asdict(made), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return made


def restore(source: Path, home: Path, replace: bool = False) -> Backup:
    """Bring the home folder to hold what the backup holds, whole or not at all, every file and row checked.

    Raises BadInput when the backup is damaged, or the home folder is not empty and `replace` was not said: what was there
    is then gone. A catalog in PostgreSQL and its data folder are never replaced.
    """
    source, place = Path(source).absolute(), place_of(home)
    made = read_backup(source)
    inner, outer = source.resolve(), place.home.resolve()
    if inner.is_relative_to(outer) or outer.is_relative_to(inner):  # --replace would be the end of it
        raise BadInput(f"the backup {source} and the home folder {place.home} lie in each other; give another --home")
    _check_place(made, place)
    keep = {"prefect", "tmp", "lock", _SETTINGS} if place.shared else {"prefect", "tmp", "lock"}
    if place.home.is_dir() and any(path.name not in keep for path in place.home.iterdir()) and not replace:
        raise BadInput(f"{place.home} is not empty; give another --home, or --replace to lose what it holds")
    with home_turn(place.home, place.wait), ExitStack() as undo:
        _bring_back(source, made, place, keep, undo)
        undo.pop_all()
    return made


def _bring_back(source: Path, made: Backup, place: Place, keep: set[str], undo: ExitStack) -> None:
    """`undo` takes what is outside the home folder away again."""
    with write_folder(place.home) as beside:
        for name, (sha256, _) in track(made.files.items(), "restore", unit="files"):
            copied = beside / name
            copied.parent.mkdir(parents=True, exist_ok=True)
            if (source / name).is_file():
                shutil.copy2(source / name, copied)  # with its time, by which the newest set is known
            if not copied.is_file() or sha256_file(copied) != sha256:
                raise BadInput(f"{source / name} is not what {MANIFEST} says; take another backup")
        (beside / _SETTINGS).unlink(
            missing_ok=True
        )  # it says where the warehouse was: where it is now, the home's own says
        os.link(place.home / "lock", beside / "lock")  # the very file, or two writers would hold one each
        for name in keep - {"tmp", "lock"}:
            if (place.home / name).exists():
                copy = shutil.copytree if (place.home / name).is_dir() else shutil.copyfile
                copy(place.home / name, beside / name)
        if place.shared:
            with place.data.filled(beside / "data"):
                load_dump(place, beside / "catalog.sql")  # the data folder stays as it was when this is refused
                undo.callback(_leave_nothing, place)
            shutil.rmtree(beside / "data")
            (beside / "catalog.sql").unlink()
        with reading(beside) as lake:
            found = row_hashes(lake, made.snapshot)
        wrong = [table for table in made.tables if found.get(table) != made.tables[table]]
        if wrong:
            raise BadInput(f"{source}: the rows of {', '.join(wrong)} are not those that were backed up; take another")


def _leave_nothing(place: Place) -> None:
    drop_catalog(place)
    place.data.clear()


def _check_place(made: Backup, place: Place) -> None:
    if made.catalog == "sqlite":
        if place.shared or place.data.root != str(place.home / "data"):
            raise BadInput(
                f"the backup's catalog is in SQLite, the home's in {place.shown} with {place.data}; leave $HUABEN_CATALOG "
                "and $HUABEN_DATA unset, and huaben.toml away"
            )
        return
    if not place.shared or place.schema != made.catalog:
        raise BadInput(
            f"the backup's catalog is the schema {made.catalog} of a PostgreSQL database; name one with $HUABEN_CATALOG "
            "and $HUABEN_DATA, or in huaben.toml of the home folder"
        )
    if Path(place.data.root).is_relative_to(place.home):
        raise BadInput(f"{place.data} is in the home folder; give a folder elsewhere, which every machine reaches")
    if place.data.files(""):
        raise BadInput(f"{place.data} is not empty; give an empty folder as $HUABEN_DATA")


def read_backup(folder: Path) -> Backup:
    """The manifest of the backup in `folder`. Raises BadInput when there is none or it is broken."""
    path = Path(folder) / MANIFEST
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        for name in told["files"]:
            if Path(name).is_absolute() or ".." in Path(name).parts:
                raise ValueError(f"{name} would lie outside the home folder")
        return Backup(**told | {"files": {name: (sha256, size) for name, (sha256, size) in told["files"].items()}})
    except (FileNotFoundError, NotADirectoryError):
        raise BadInput(f"{folder} is no backup: it has no {MANIFEST}; make one with: huaben backup DIR") from None
    except (ValueError, TypeError, KeyError) as error:
        raise BadInput(f"{path} is broken ({error}); take another backup") from None


def _copy_home(place: Place, beside: Path) -> None:
    for entry in sorted(place.home.iterdir()):
        if entry.name in _LEFT_OUT or entry.name.startswith((".", place.sqlite.name)):
            continue
        for path in [entry] if entry.is_file() else sorted(p for p in entry.rglob("*") if p.is_file()):
            inside = path.relative_to(place.home)
            if any(part.startswith(".") for part in inside.parts) or path.name.endswith(("-wal", "-shm", "-journal")):
                continue  # half-made; a database brings its log along by itself
            copied = beside / inside
            copied.parent.mkdir(parents=True, exist_ok=True)
            if path.suffix == ".sqlite":
                _copy_sqlite(path, copied)
            else:
                shutil.copy2(path, copied)
    if (place.home / _SETTINGS).is_file():
        told = (place.home / _SETTINGS).read_text(encoding="utf-8")
        (beside / _SETTINGS).write_text(hide(told), encoding="utf-8")


def _copy_sqlite(path: Path, copied: Path) -> None:
    copied.unlink(missing_ok=True)
    done = subprocess.run([sys.executable, "-c", _COPY, path, copied], capture_output=True, text=True, check=False)
    if done.returncode:
        raise BadInput(f"{path} cannot be copied ({done.stderr.strip().splitlines()[-1]}); see that it is whole")


def _copy_catalog(place: Place, beside: Path) -> tuple[int, set[str]]:
    """The newest snapshot in the copy, and the names of the files that any snapshot in it names."""
    if place.shared:
        return dump_catalog(place, beside / "catalog.sql")
    copied = beside / place.sqlite.name
    _copy_sqlite(place.sqlite, copied)
    connection = sqlite3.connect(copied)
    try:
        with connection:  # given up files are not in the backup, so nothing may look for them
            connection.execute("DELETE FROM ducklake_files_scheduled_for_deletion")
        files = connection.execute("SELECT path FROM ducklake_data_file UNION SELECT path FROM ducklake_delete_file")
        names = {name for (name,) in files.fetchall()}
        (snapshot,) = connection.execute("SELECT max(snapshot_id) FROM ducklake_snapshot").fetchone()
        connection.execute("PRAGMA journal_mode = DELETE")  # one file, and no log beside it
    finally:
        connection.close()
    return int(snapshot), names


def _hashes(place: Place, beside: Path, snapshot: int) -> dict[str, str]:
    """Of the rows in the copy; for a dump, which cannot be read by itself, of those that it is a copy of."""
    try:
        with reading(place.home if place.shared else beside) as lake:
            return row_hashes(lake, snapshot)
    except duckdb.InvalidInputException as error:  # expired meanwhile
        raise FileNotFoundError(2, "No such snapshot", f"snapshot {snapshot}") from error


def _copy_data(place: Place, beside: Path, names: set[str]) -> None:
    shutil.rmtree(beside / "data", ignore_errors=True)
    (beside / "data").mkdir()
    there = {name.rpartition("/")[2]: name for name in place.data.files()}
    written = noted_hashes(place.home)
    for name in track(sorted(names), "copy", unit="files"):
        if name not in there:
            raise FileNotFoundError(2, "No such file", name)
        copied = beside / "data" / there[name]
        place.data.fetch(there[name], copied)
        if there[name] in written and sha256_file(copied) != written[there[name]]:
            raise BadInput(
                f"{place.data}/{there[name]} is not what was written, and this backup would hold the damage; "
                "bring back an older one with: huaben restore DIR"
            )
