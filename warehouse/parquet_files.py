"""An open lake in, the Parquet files that its catalog names out, and the SHA-256 that each had when its writer ended, so that one
which changes since is known.

$HUABEN_HOME/parquet.sha256 is also read by:    cd data && sha256sum --check --ignore-missing ../parquet.sha256

DuckLake keeps no hash of a file, and Parquet as DuckDB writes it none of a page: a byte that changed may decode to another
letter. Files are never written to again, so that one hash for each is enough.
"""

import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from posixpath import normpath
from typing import TYPE_CHECKING

from corpora.files import write_whole

if TYPE_CHECKING:  # it asks for what is here
    from warehouse.lake import Lake

HASHES = "parquet.sha256"
_UNNAMED = re.compile("TProtocolException|decompress|Parquet page")  # what DuckDB says of the inside of a file
_NAMED = re.compile(r"""(?<=["'])[^"']+\.parquet(?=["'])""")


def named_files(lake: "Lake", there: Mapping[str, int]) -> dict[str, int]:
    """Every Parquet file that the catalog names, at any snapshot, with its bytes; and those that it has given up, of
    those that are `there`, with 0. By their names below the data folder."""
    rows = lake.connection.execute(
        " UNION ALL ".join(
            f"SELECT s.path, t.path, f.path, f.path_is_relative, f.file_size_bytes FROM {lake.metadata}{kind} f "
            f"JOIN {lake.metadata}ducklake_table t USING (table_id) JOIN {lake.metadata}ducklake_schema s USING (schema_id)"
            for kind in ("ducklake_data_file", "ducklake_delete_file")
        )
    ).fetchall()
    below = f"{lake.place.data}/"
    found = {
        normpath(f"{schema}/{table}/{file}") if relative else file.removeprefix(below): int(size or 0)
        for schema, table, file, relative, size in rows
    }
    given_up = lake.connection.execute(
        f"SELECT path, path_is_relative FROM {lake.metadata}ducklake_files_scheduled_for_deletion"
    ).fetchall()
    for path, _ in given_up:
        if (name := path.removeprefix(below)) in there:  # it may be gone already: nothing wants it
            found.setdefault(name, 0)
    return found


def noted_hashes(home: Path) -> dict[str, str]:
    """The SHA-256 of each file that was noted, by its name below the data folder."""
    path = home / HASHES
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return {name: sha256 for sha256, _, name in (line.partition("  ") for line in lines)}


def note_hashes(lake: "Lake", before: Collection[str]) -> None:
    """Note the files that the catalog names and that are not noted, and forget those that are gone. For whoever holds the
    home's turn to write.

    Where several machines write, not those that were there `before` this one wrote: they would all be read by each.
    """
    noted, there = noted_hashes(lake.home), lake.place.data.files()
    now = {name: sha256 for name, sha256 in noted.items() if name in there}
    for name in sorted(named_files(lake, there).keys() - now.keys() - set(before)):
        with suppress(FileNotFoundError):  # removed by another machine
            now[name] = lake.place.data.sha256(name)
    if now.keys() == noted.keys():
        return
    with write_whole(lake.home / HASHES) as part:
        part.write_text("".join(f"{now[name]}  {name}\n" for name in sorted(now)), encoding="utf-8")


def damage(error: BaseException) -> str:
    """One sentence for what DuckDB says of a Parquet file that is gone or cannot be read; empty for any other error."""
    text = str(error).partition("\n")[0]
    named = _NAMED.search(text)
    if not named and not _UNNAMED.search(text):
        return ""
    what = named[0] if named else "a Parquet file of the warehouse"
    reason = text.rpartition("parquet")[2].strip("\"': ") or text
    return f"{what} cannot be read ({reason if named else text}); huaben doctor tells what is damaged and what helps"
