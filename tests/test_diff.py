"""`huaben diff` names every row that differs, in what, and no other."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tiny import new_lake
from tiny_set import LINE, POLITE, QUIZ, SCENE, SEED, TALK, write_set
from typer.testing import CliRunner

from corpora.errors import BadInput
from flows.cli import app
from warehouse.diff import diff
from warehouse.lake import writing
from warehouse.schema import columns
from warehouse.tables import replace_rows

BEFORE = {"seed": (SEED,), "train": (LINE, QUIZ, SCENE, TALK), "valid": (), "test": ()}
OTHER_TURNS = ({"role": "user", "content": "操举杯，谓玄德曰："},)
AFTER = {
    "seed": (SEED,),
    "train": (replace(LINE, messages=OTHER_TURNS, answer="今天下英雄，惟使君与操耳！"), POLITE),
    "valid": (SCENE,),
    "test": (replace(QUIZ, reference="C", cluster_id="f" * 16),),
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    write_set(tmp_path / "home" / "sets" / "one-11111111", BEFORE)
    write_set(tmp_path / "home" / "sets" / "two-22222222", AFTER)
    return tmp_path / "home"


def test_every_row_that_differs_and_in_what(home: Path) -> None:
    found = diff(home, "one", str(home / "sets" / "two-22222222"))
    told = found.changes.select(["change", "sample_id", "task", "split", "what", "split_before", "split_after"])
    assert [tuple(row.values()) for row in told.to_pylist()] == [
        ("added", POLITE.sample_id, "instruct", "train", [], None, "train"),
        ("changed", QUIZ.sample_id, "quiz", "test", ["split", "reference", "cluster"], "train", "test"),
        ("changed", LINE.sample_id, "roleplay", "train", ["prompt", "answer"], "train", "train"),
        ("changed", SCENE.sample_id, "roleplay", "valid", ["split"], "train", "valid"),
        ("removed", TALK.sample_id, "instruct", "train", [], "train", None),
    ]
    line = found.changes.to_pylist()[2]
    assert (line["messages_before"], line["messages_after"]) == (list(LINE.messages), list(OTHER_TURNS))
    assert (line["answer_before"], line["answer_after"]) == (LINE.answer, "今天下英雄，惟使君与操耳！")
    assert found.rows == (5, 5)
    assert found.counts == [
        ("instruct", "train", 1, 1, 0),
        ("quiz", "test", 0, 0, 1),
        ("roleplay", "train", 0, 0, 1),
        ("roleplay", "valid", 0, 0, 1),
    ]
    assert found.fields == {"split": 2, "prompt": 1, "answer": 1, "reference": 1, "cluster": 1}
    assert found.moves == [("train", "test", 1), ("train", "valid", 1)]


def test_there_and_back_and_to_itself(home: Path) -> None:
    back = diff(home, "two-22222222", "one-11111111")
    assert [back.count(change) for change in ("added", "removed", "changed")] == [1, 1, 3]
    assert diff(home, "one", "one").changes.num_rows == 0


def test_examples_take_turns_between_the_tasks(home: Path) -> None:
    write_set(home / "sets" / "none-0", {"train": ()})
    found = diff(home, "none", "one")
    assert [row["sample_id"] for row in found.examples("added", 4)] == [
        TALK.sample_id, QUIZ.sample_id, LINE.sample_id, SEED.sample_id,
    ]  # fmt: skip
    assert found.examples("removed", 4) == []


def test_what_is_neither_set_nor_snapshot_is_said(home: Path) -> None:
    write_set(home / "sets" / "one-33333333", BEFORE)
    for name, words in (
        ("one", "2 training sets are named one: one-11111111, one-33333333; give one of these"),
        ("four", "four is no training set and no snapshot; the sets are one-11111111, one-33333333, two-22222222"),
        ("7", "holds no warehouse yet"),
    ):
        with pytest.raises(BadInput, match=words):
            diff(home, name, "two")
    (home / "sets" / "two-22222222" / "train.parquet").write_bytes(b"PAR1")
    with pytest.raises(BadInput, match=r"train\.parquet is not what the manifest says"):
        diff(home, "one-11111111", "two")


def sample(number: int, answer: str, reason: str = "") -> dict[str, Any]:
    """A row of `samples`; rejected where there is a reason."""
    plain: dict[str, Any] = dict.fromkeys(columns()["samples"], "")
    return plain | {
        "sample_id": f"{number:016x}", "task": "quiz", "question_type": "short_answer", "answer": answer,
        "messages": [{"role": "user", "content": "谁排行第三？"}], "reason": reason,
        "fate": "rejected" if reason else "kept", "split": "" if reason else "train",
    }  # fmt: skip


def test_snapshots_tell_why_a_row_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = new_lake(tmp_path / "lake")
    with writing(home) as lake:
        with lake.transaction("before"):
            replace_rows(lake.connection, "samples", [sample(1, "张飞"), sample(2, "关羽")])
        before = lake.snapshot()
        with lake.transaction("after"):
            replace_rows(lake.connection, "samples", [sample(1, "张飞", "planted"), sample(2, "关羽")])
        after = lake.snapshot()
    found = diff(home, str(before), str(after))
    assert [(row["change"], row["answer_before"], row["why"]) for row in found.changes.to_pylist()] == [
        ("removed", "张飞", "rejected: planted")
    ]
    monkeypatch.setenv("HUABEN_HOME", str(home))
    shown = CliRunner().invoke(app, ["diff", str(after), str(before)])
    assert shown.exit_code == 0
    assert "added, 1 of 1" in shown.output
    out = tmp_path / "all.jsonl"
    CliRunner().invoke(app, ["diff", str(before), str(after), "--format", "jsonl", "-o", str(out)])
    (row,) = map(json.loads, out.read_text(encoding="utf-8").splitlines())
    assert (row["change"], row["why"], row["split_before"], row["split_after"]) == (
        "removed", "rejected: planted", "train", None,
    )  # fmt: skip
