"""A training set's parquet file becomes rows, whole and in order; what is wrong with one is said in one sentence."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from train.rows import Row, read_rows
from warehouse.kit import BadInput

WHOLE: dict[str, Any] = {
    "sample_id": "00000000000000a1", "task": "roleplay", "question_type": "single_turn", "novel": "三国演义",
    "character": "曹操", "source_id": "sanguo", "messages": [
        {"role": "system", "content": "你是曹操。"}, {"role": "user", "content": "操谓众人曰："},
    ], "answer": "宁教我负天下人。", "reference": "宁教我负天下人。", "cluster_id": "00000000000000c1",
}  # fmt: skip
SHORT: dict[str, Any] = {
    "sample_id": "00000000000000a2",
    "task": "quiz",
    "messages": [{"role": "user", "content": "桃园结义有几人？"}],
    "answer": "三人",
}


def parquet(path: Path, *rows: dict[str, Any]) -> Path:
    pq.write_table(pa.Table.from_pylist(list(rows)), path)
    return path


def test_a_row_is_read_whole(tmp_path: Path) -> None:
    (found,) = read_rows(parquet(tmp_path / "train.parquet", {**WHOLE, "batch": 7}))  # a column we do not know
    assert found == Row(
        sample_id="00000000000000a1", task="roleplay", question_type="single_turn", novel="三国演义", character="曹操",
        source_id="sanguo", messages=(
            {"role": "system", "content": "你是曹操。"}, {"role": "user", "content": "操谓众人曰："},
        ), answer="宁教我负天下人。", reference="宁教我负天下人。", cluster_id="00000000000000c1",
    )  # fmt: skip


def test_columns_that_may_be_absent_or_null_are_empty(tmp_path: Path) -> None:
    expected = Row("00000000000000a2", "quiz", ({"role": "user", "content": "桃园结义有几人？"},), "三人")
    assert read_rows(parquet(tmp_path / "absent.parquet", SHORT)) == [expected]
    assert read_rows(parquet(tmp_path / "null.parquet", {**SHORT, "novel": None, "reference": None})) == [expected]


def test_files_are_read_one_after_another(tmp_path: Path) -> None:
    first = parquet(tmp_path / "seed.parquet", *({**SHORT, "sample_id": name} for name in "dba"))
    second = parquet(tmp_path / "train.parquet", *({**SHORT, "sample_id": name} for name in "ce"))
    assert [row.sample_id for row in read_rows(first, second)] == list("dbace")


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([SHORT, {**SHORT, "answer": None}], "row 2: sample_id or answer is null"),
        ([{**SHORT, "sample_id": None}, SHORT], "row 1: sample_id or answer is null"),
        ([SHORT, SHORT, {**SHORT, "messages": []}], "row 3: the prompt does not end with the user's turn"),
        ([SHORT, {**SHORT, "messages": None}], "row 2: the prompt does not end with the user's turn"),
        (
            [{**SHORT, "messages": [*SHORT["messages"], {"role": "assistant", "content": "三人"}]}],
            "row 1: the prompt does not end with the user's turn",
        ),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, rows: list[dict[str, Any]], sentence: str) -> None:
    path = parquet(tmp_path / "train.parquet", *rows)
    with pytest.raises(BadInput) as error:
        read_rows(path)
    assert str(error.value) == f"{path}: {sentence}; rebuild the training set"


def test_a_file_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"absent\.parquet: no such file; give a parquet file of a training set"):
        read_rows(tmp_path / "absent.parquet")
    broken = tmp_path / "broken.parquet"
    broken.write_text("sample_id,answer\n1,三人\n", encoding="utf-8")
    with pytest.raises(BadInput, match=r"broken\.parquet: not a parquet file \(.+\); give one of a training set"):
        read_rows(broken)
    whole = parquet(tmp_path / "whole.parquet", WHOLE)
    broken.write_bytes(whole.read_bytes()[:-20])
    with pytest.raises(BadInput, match=r"broken\.parquet: not a parquet file"):
        read_rows(broken)
    with pytest.raises(BadInput, match=r"other\.parquet: column task, messages is missing; give"):
        read_rows(parquet(tmp_path / "other.parquet", {"sample_id": "1", "answer": "三人"}))


def test_no_rows_at_all_is_said(tmp_path: Path) -> None:
    empty = tmp_path / "empty.parquet"
    pq.write_table(pq.read_table(parquet(tmp_path / "one.parquet", WHOLE)).slice(0, 0), empty)
    with pytest.raises(BadInput, match=r"empty\.parquet: no rows; build a training set that keeps some"):
        read_rows(empty)
    assert len(read_rows(empty, tmp_path / "one.parquet")) == 1
