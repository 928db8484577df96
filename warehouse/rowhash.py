"""A lake and a snapshot in, a hash of the rows of every table out: equal hashes, equal rows, wherever they are stored."""

from warehouse.lake import Lake
from warehouse.schema import columns


def row_hashes(lake: Lake, at: int | None = None) -> dict[str, str]:
    """For each table its number of rows and a hash of them all, as "rows:hash"; the order of rows does not matter.

    Tables that the snapshot `at` (default: the newest) did not have yet are left out. The hash is the sum, in hex, of
    64 bits of the MD5 of each row as JSON, so that a row that is there twice counts twice; it is good against faults and
    accidents, not against a forger.
    """
    when = "" if at is None else f" AT (VERSION => {int(at)})"
    found = {}
    for table in _tables(lake, at):
        row = lake.connection.execute(
            f"SELECT count(*), coalesce(sum(md5_number_lower(to_json(t)::VARCHAR)::HUGEINT), 0) FROM (FROM {table}{when}) t"
        ).fetchone()
        assert row is not None
        found[table] = f"{row[0]}:{int(row[1]):x}"
    return found


def _tables(lake: Lake, at: int | None) -> list[str]:
    number = lake.snapshot() if at is None else int(at)
    rows = lake.connection.execute(
        f"SELECT table_name FROM {lake.metadata}ducklake_table JOIN {lake.metadata}ducklake_schema s USING (schema_id) "
        f"WHERE schema_name = 'lake' AND ducklake_table.begin_snapshot <= {number} "
        f"AND coalesce(ducklake_table.end_snapshot, {number} + 1) > {number}"
    ).fetchall()
    present = {name for (name,) in rows}
    return [table for table in columns() if table in present]
