"""`huaben sql` answers questions and changes nothing, whatever is asked."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tiny import asked, document, new_lake, put, said

from corpora.errors import BadInput
from warehouse.lake import writing
from warehouse.query import query


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = new_lake(tmp_path_factory.mktemp("lakes") / "lake")
    with writing(folder) as lake:
        put(
            lake,
            (document("novels/sanguo"), [said(10, "曹操", "是。"), said(20, "刘备", "然。"), said(30, "曹操", "善。")]),
        )
        put(lake, (document("quiz/bank", "quiz"), [asked(1, "谁字云长？", {"A": "刘备", "B": "关羽"}, "B")]))
    yield folder


def rows(home: Path, sql: str, at: int | None = None) -> list[dict[str, Any]]:
    return [row for batch in query(home, sql, at) for row in batch.to_pylist()]


def state(home: Path) -> dict[str, bytes]:
    """Every file of the home folder, by its path."""
    return {str(path): path.read_bytes() for path in home.rglob("*") if path.is_file()}


def test_a_question_and_its_answer(home: Path) -> None:
    assert rows(home, "SELECT speaker, count(*) AS lines FROM utterances GROUP BY ALL ORDER BY lines DESC") == [
        {"speaker": "曹操", "lines": 2},
        {"speaker": "刘备", "lines": 1},
    ]
    assert rows(home, "SELECT options->>'B' AS 乙, answer FROM questions;") == [{"乙": "关羽", "answer": '"B"'}]


def test_no_rows_still_have_columns(home: Path) -> None:
    batches = list(query(home, "SELECT speaker, scene, options FROM utterances, questions WHERE scene > 99"))
    assert [(batch.num_rows, batch.schema.names) for batch in batches] == [(0, ["speaker", "scene", "options"])]


@pytest.mark.parametrize(
    "sql",
    [
        "DESCRIBE samples", "SHOW TABLES", "SHOW ALL TABLES", "SUMMARIZE utterances", "EXPLAIN SELECT * FROM utterances",
        "explain analyze select * from utterances", "EXPLAIN (FORMAT json) SELECT 1", "TABLE utterances", "FROM utterances",
        "WITH c AS (SELECT * FROM utterances WHERE speaker = '曹操') SELECT count(*) FROM c", "VALUES (1)",
        "SELECT unnest([1, 2])", "FROM range(3)", "FROM huaben.snapshots()", "SELECT * FROM duckdb_columns() LIMIT 1",
        "PIVOT utterances ON kind IN ('speech') USING count(*)", "SELECT 'read_csv(x)' AS words -- read_csv('x')",
        "SELECT * FROM utterances AT (VERSION => 2)", "FROM speakers", "FROM search('善')", "SELECT views_version()",
    ],
)  # fmt: skip
def test_what_reads_is_allowed(home: Path, sql: str) -> None:
    assert rows(home, sql)


FORBIDDEN = [
    "INSERT INTO runs SELECT * FROM runs",
    "UPDATE utterances SET text = ''",
    "DELETE FROM utterances",
    "MERGE INTO utterances USING (SELECT 1) s ON false WHEN MATCHED THEN DELETE",
    "TRUNCATE utterances",
    "CREATE TABLE x (a INT)",
    "CREATE TEMP TABLE x AS SELECT 1",
    "CREATE OR REPLACE VIEW v AS SELECT 1",
    "CREATE MACRO m() AS 1",
    "DROP TABLE utterances",
    "ALTER TABLE utterances ADD COLUMN x INT",
    "COPY utterances TO '{out}'",
    "COPY (SELECT 1) TO '{home}/data/x.parquet'",
    "COPY (SELECT 1) TO '{home}/catalog.sqlite' (USE_TMP_FILE false, FORMAT csv)",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO '{home}/data/x.parquet'",
    "EXPLAIN (ANALYZE, FORMAT json) COPY (SELECT 1) TO '{home}/data/x.parquet'",
    "/* a */ EXPLAIN /* b */ ANALYZE /* c */ COPY (SELECT 1) TO '{home}/data/x.parquet'",
    "/* /* */ EXPLAIN SELECT 1 -- */ */ EXPLAIN ANALYZE COPY (SELECT 1) TO '{home}/data/x.parquet'",
    "EXPLAIN ANALYZE DELETE FROM utterances",
    "EXPORT DATABASE '{out}'",
    "ATTACH '{out}'",
    "DETACH huaben",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET threads = 1",
    "RESET enable_external_access",
    "USE memory",
    "PRAGMA database_size",
    "CALL huaben.set_option('target_file_size', '1MB')",
    "CHECKPOINT",
    "VACUUM",
    "BEGIN",
    "PREPARE p AS SELECT 1",
    "SELECT 1; SELECT 2",
    "SELECT 1; DELETE FROM utterances",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM '/etc/passwd.csv'",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM read_text('{home}/catalog.sqlite')",
    "SELECT * FROM read_blob('{home}/catalog.sqlite')",
    "SELECT * FROM sqlite_scan('{other}', 't')",
    "WITH a AS (SELECT (SELECT count(*) FROM \"SQLite_Scan\"('{other}', 't'))) FROM a",
    "SUMMARIZE SELECT * FROM sqlite_scan('{other}', 't')",
    "SELECT * FROM sqlite_query('__ducklake_metadata_huaben', 'DELETE FROM ducklake_snapshot RETURNING *')",
    "SELECT * FROM query('SELECT * FROM read_' || 'blob(''{home}/catalog.sqlite'')')",
    "SELECT * FROM ducklake_expire_snapshots('huaben', versions => [1])",
    "SELECT * FROM huaben.merge_adjacent_files()",
    "SELECT * FROM huaben.delete_orphaned_files(cleanup_all => true)",
    "FROM search((SELECT content FROM read_text('/etc/passwd')))",
    "SELECT * FROM own_home",  # a Python variable of that name must not be found
    "SELECT nothing FROM utterances",
    "SELEC 1",
    "",
    ";",
]


@pytest.mark.parametrize("sql", FORBIDDEN)
def test_what_writes_or_looks_elsewhere_is_refused_and_nothing_changes(home: Path, sql: str, tmp_path: Path) -> None:
    other, out = tmp_path / "other.db", tmp_path / "out"
    with sqlite3.connect(other) as secret:
        secret.execute("CREATE TABLE t AS SELECT 1 AS a")
    before = state(home)
    with pytest.raises(BadInput) as caught:
        rows(home, sql.format(home=home, other=other, out=out))
    assert "\n" not in str(caught.value)
    assert state(home) == before
    assert list(tmp_path.iterdir()) == [other]


def test_the_connection_itself_cannot_write_even_where_the_statement_is_not_looked_at(home: Path) -> None:
    import duckdb

    from warehouse.lake import reading

    with reading(home) as lake:
        for sql in [
            "DELETE FROM utterances", "CREATE TABLE huaben.lake.x (a INT)", "COPY (SELECT 1) TO '/tmp/huaben-x.csv'",
            "ATTACH '/tmp/huaben-x.db'", "INSTALL httpfs", "SET enable_external_access = true", "FROM read_csv('/etc/passwd')",
        ]:  # fmt: skip
            with pytest.raises(duckdb.Error):
                lake.connection.execute(sql)


def test_tables_as_they_were(home: Path) -> None:
    with writing(home) as lake:
        before = lake.snapshot()
        put(lake, (document("novels/shuihu", title="水浒传"), [said(10, "李逵", "招安，招安，招甚鸟安！")]))
        now = lake.snapshot()
    count = "SELECT count(*) AS n FROM utterances"
    assert [rows(home, count, at) for at in (1, before, now, None)] == [[{"n": n}] for n in (0, 3, 4, 4)]
    for at in (-1, 0, now + 1):
        with pytest.raises(BadInput, match=f"there is no snapshot {at}"):
            rows(home, count, at)


def test_no_lake_yet(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="huaben run"):
        rows(tmp_path, "SELECT 1")
