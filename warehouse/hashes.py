"""A home folder's Parquet files in, the SHA-256 that each had when its writer ended out, so that one which changes since is known.

$HUABEN_HOME/parquet.sha256 is also read by:    cd data && sha256sum --check --ignore-missing ../parquet.sha256

DuckLake keeps no hash of a file, and Parquet as DuckDB writes it none of a page: a byte that changed may decode to another
letter. Files are never written to again, so that one hash for each is enough.
"""

from pathlib import Path

from corpora.files import sha256_file, write_whole
from warehouse.place import Place

HASHES = "parquet.sha256"


def noted_hashes(home: Path) -> dict[str, str]:
    """The SHA-256 of each file that was noted, by its name below the data folder."""
    path = home / HASHES
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return {name: sha256 for sha256, _, name in (line.partition("  ") for line in lines)}


def note_hashes(place: Place) -> None:
    """Note the files that are new, and forget those that are gone. For whoever holds the home's turn to write.

    Only of a data folder that is the home's own: where several machines write, none of them knows all files.
    """
    if place.shared:
        return
    before, there = noted_hashes(place.home), place.data.files()
    if before.keys() == there.keys():
        return
    now = {name: before.get(name) or sha256_file(Path(place.data.root) / name) for name in sorted(there)}
    with write_whole(place.home / HASHES) as part:
        part.write_text("".join(f"{sha256}  {name}\n" for name, sha256 in now.items()), encoding="utf-8")
