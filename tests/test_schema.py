"""schema.sql says everything about the tables, and what the code takes from it is all of it."""

import re
from importlib.resources import files

import pyarrow as pa

from warehouse.schema import add_statements, arrow_schema, columns, create_statements

TABLES = [
    "sources", "documents", "utterances", "questions", "support", "evidence", "instructions", "conversations", "samples",
    "contaminations", "annotations", "training_sets", "runs",
]  # fmt: skip


def test_all_tables_of_the_design_in_order() -> None:
    assert list(columns()) == TABLES


def test_no_column_is_missed_and_every_one_is_commented() -> None:
    written = (files("warehouse") / "schema.sql").read_text(encoding="utf-8")
    for table, body in re.findall(r"CREATE TABLE (\w+) \((.*?)\n\);", written, re.S):
        lines = [line for line in body.splitlines() if line.strip()]
        assert len(columns()[table]) == len(lines)
        assert all(comment.strip() for _, comment in columns()[table].values())
    assert len(create_statements()) == 2 * len(TABLES) + sum(map(len, columns().values()))


def test_only_what_is_missing_is_made() -> None:
    assert create_statements(TABLES) == add_statements({table: columns()[table] for table in TABLES}) == []
    made = create_statements([table for table in TABLES if table != "runs"])
    assert [statement.split("(")[0] for statement in made[:2]] == [
        "CREATE TABLE runs ", "COMMENT ON TABLE runs IS 'Curations, trainings and evaluations with their figures'",
    ]  # fmt: skip
    assert len(made) == 2 + len(columns()["runs"])
    assert add_statements({"runs": ["run_id", "kind", "inputs", "results"]}) == [
        "ALTER TABLE runs ADD COLUMN seconds DOUBLE",
        "COMMENT ON COLUMN runs.seconds IS 'wall-clock time it took'",
    ]


def test_arrow_types_of_a_table_with_every_kind_of_column() -> None:
    assert arrow_schema("training_sets") == pa.schema(
        [
            ("set_id", pa.string()),
            ("name", pa.string()),
            ("snapshot", pa.int64()),
            ("config", pa.string()),
            ("rows_by_split", pa.string()),
            ("manifest_sha256", pa.string()),
        ]
    )
    turn = pa.struct([("role", pa.string()), ("content", pa.string())])
    assert arrow_schema("samples").field("messages").type == pa.list_(turn)
    for table in TABLES:
        arrow_schema(table)  # a type that Arrow is not told of is a KeyError
