"""An open lake in, what its catalog says of files and time out, for who checks it against the disk and the clock."""

from collections.abc import Mapping
from datetime import datetime
from posixpath import normpath

from warehouse.lake import CATALOG, Lake


def named_files(lake: Lake, there: Mapping[str, int]) -> dict[str, int]:
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


def newest_time(lake: Lake) -> datetime:
    """When the newest snapshot was made, with its time zone."""
    rows = lake.connection.execute(f"SELECT max(snapshot_time) FROM {CATALOG}.snapshots()").fetchall()
    return rows[0][0]  # type: ignore[no-any-return]  # a lake has a first snapshot
