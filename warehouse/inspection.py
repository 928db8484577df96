"""An open lake in, what its catalog says of files and time out, for who checks it against the disk and the clock."""

from datetime import datetime
from pathlib import Path

from warehouse.lake import CATALOG, Lake


def named_files(lake: Lake) -> dict[Path, int]:
    """Every Parquet file that the catalog names, at any snapshot or given up, with its bytes (0 where not told)."""
    rows = lake.connection.execute(
        " UNION ALL ".join(
            f"SELECT s.path, t.path, f.path, f.path_is_relative, f.file_size_bytes FROM {lake.metadata}{kind} f "
            f"JOIN {lake.metadata}ducklake_table t USING (table_id) JOIN {lake.metadata}ducklake_schema s USING (schema_id)"
            for kind in ("ducklake_data_file", "ducklake_delete_file")
        )
    ).fetchall()
    data = lake.place.data
    found = {
        (data / schema / table / file if relative else Path(file)): int(size or 0)
        for schema, table, file, relative, size in rows
    }
    given_up = lake.connection.execute(
        f"SELECT path, path_is_relative FROM {lake.metadata}ducklake_files_scheduled_for_deletion"
    ).fetchall()
    for path, relative in given_up:
        whole = data / path if relative else Path(path)
        if whole.exists():  # it may be gone already: nothing wants it
            found.setdefault(whole, 0)
    return found


def newest_time(lake: Lake) -> datetime:
    """When the newest snapshot was made, with its time zone."""
    rows = lake.connection.execute(f"SELECT max(snapshot_time) FROM {CATALOG}.snapshots()").fetchall()
    return rows[0][0]  # type: ignore[no-any-return]  # a lake has a first snapshot
