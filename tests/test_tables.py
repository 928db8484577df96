"""Tables hold exactly the rows they are given; the same rows twice touch nothing."""

from typing import Any

import pytest

from warehouse.lake import Lake
from warehouse.tables import Change, replace_parts, replace_rows


def conversation(key: str, answer: str, document: str = "d1", **fields: Any) -> dict[str, Any]:
    messages = [{"role": "user", "content": "何谓“桃园结义”？"}, {"role": "assistant", "content": answer}]
    return {
        "instruction_id": key, "document_id": document, "ordinal": 0, "shape": "alpaca", "messages": messages,
        "locator": "line 1", "fate": "kept", "reason": "", "raw": "", **fields,
    }  # fmt: skip


def question(key: str, answer: str) -> dict[str, Any]:
    return {
        "question_id": key, "document_id": "d1", "ordinal": 0, "number": "1", "section": "", "type": "fill_blank",
        "stem": "桃园结义的是____。", "options": '{"A": "刘备", "B": "引\\"号"}', "answer": answer, "material": "",
        "explanation": "",
        "novel": "三国演义", "locator": "line 1", "fate": "kept", "reason": "", "raw": "",
    }  # fmt: skip


def rows(lake: Lake, table: str) -> list[dict[str, Any]]:
    return lake.connection.execute(f"SELECT * FROM {table} ORDER BY 1").to_arrow_table().to_pylist()


def write(lake: Lake, table: str, given: list[dict[str, Any]], scope: dict[str, str] | None = None) -> Change:
    with lake.transaction("test"):
        return replace_rows(lake.connection, table, given, scope)


def test_rows_come_back_as_they_went_in(lake: Lake) -> None:
    talk, quiz = conversation("i1", "刘备、关羽、张飞\n结为兄弟。"), question("q1", '["刘备", "null", "\\u5173羽"]')
    assert write(lake, "instructions", [talk]) == Change(inserted=1)
    assert write(lake, "questions", [quiz, {**quiz, "question_id": "q2", "answer": "null"}]) == Change(inserted=2)
    assert rows(lake, "instructions") == [talk]
    assert rows(lake, "questions") == [quiz, {**quiz, "question_id": "q2", "answer": "null"}]
    first = lake.connection.execute("SELECT answer->>0, options->>'B' FROM questions ORDER BY 1").fetchall()[0]
    assert first == ("刘备", '引"号')


def test_the_same_rows_twice_make_no_snapshot(lake: Lake) -> None:
    given = [conversation("i1", "是。"), conversation("i2", "然。")]
    assert write(lake, "instructions", given, {"document_id": "d1"}) == Change(inserted=2)
    before = lake.snapshot()
    assert write(lake, "instructions", given, {"document_id": "d1"}) == Change(unchanged=2)
    assert lake.snapshot() == before


def test_each_row_is_counted_once(lake: Lake) -> None:
    write(lake, "instructions", [conversation(f"i{k}", "是。") for k in range(4)], {"document_id": "d1"})
    write(lake, "instructions", [conversation("other", "然。", "d2")], {"document_id": "d2"})
    given = [conversation("i0", "是。"), conversation("i1", "不然。"), conversation("i9", "新。")]
    assert write(lake, "instructions", given, {"document_id": "d1"}) == Change(1, 1, 2, 1)
    assert rows(lake, "instructions") == [*given, conversation("other", "然。", "d2")]
    assert write(lake, "instructions", [], {"document_id": "d1"}) == Change(deleted=3)
    assert rows(lake, "instructions") == [conversation("other", "然。", "d2")]


def test_without_a_scope_nothing_is_deleted_and_an_empty_one_means_the_whole_table(lake: Lake) -> None:
    write(lake, "instructions", [conversation("i1", "是。"), conversation("i2", "然。")])
    assert write(lake, "instructions", [conversation("i3", "善。")]) == Change(inserted=1)
    assert write(lake, "instructions", [conversation("i3", "善。")], {}) == Change(deleted=2, unchanged=1)


def test_a_change_inside_a_message_is_seen(lake: Lake) -> None:
    write(lake, "instructions", [conversation("i1", "是。")])
    assert write(lake, "instructions", [conversation("i1", "是！")]) == Change(updated=1)
    assert write(lake, "instructions", [conversation("i1", "是！", messages=[])]) == Change(updated=1)
    assert rows(lake, "instructions")[0]["messages"] == []


def test_null_and_a_value_are_told_apart(lake: Lake) -> None:
    row = {
        "utterance_id": "u1", "document_id": "d1", "novel": "三国演义", "char_start": 5, "char_end": 8, "chapter": 1,
        "chapter_title": "", "kind": "speech", "text": "是", "speaker": "", "speaker_mention": "", "mention_start": None,
        "rule": "", "confidence": 0.0, "addressee": "", "cue": "", "context": "", "scene": 1, "turn": 1,
    }  # fmt: skip
    assert write(lake, "utterances", [row]) == Change(inserted=1)
    assert write(lake, "utterances", [row]) == Change(unchanged=1)
    assert write(lake, "utterances", [{**row, "mention_start": 0}]) == Change(updated=1)
    assert write(lake, "utterances", [row]) == Change(updated=1)
    assert rows(lake, "utterances") == [row]


def test_two_rows_with_one_key_are_refused(lake: Lake) -> None:
    with pytest.raises(ValueError, match="instructions: two rows share one instruction_id"):
        write(lake, "instructions", [conversation("i1", "是。"), conversation("i1", "然。")])
    assert rows(lake, "instructions") == []


def test_rows_that_are_made_as_they_are_asked_for_are_as_good(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("warehouse.tables._TOGETHER", 2)
    given = [conversation(f"i{k}", "是。") for k in range(5)]
    with lake.transaction("test"):
        assert replace_rows(lake.connection, "instructions", iter(given), {}) == Change(inserted=5)
        assert replace_rows(lake.connection, "instructions", iter(given[1:]), {}) == Change(deleted=1, unchanged=4)
        with pytest.raises(ValueError, match="instructions: two rows share one instruction_id"):
            replace_rows(lake.connection, "instructions", iter([given[1], given[1]]), {})
        assert replace_rows(lake.connection, "conversations", iter([]), {}) == Change()
    assert rows(lake, "instructions") == given[1:]
    assert list((lake.home / "tmp").iterdir()) == []


def test_changes_add_up() -> None:
    total = Change(1, 2, 3, 4) + Change(10, 20, 30, 40)
    assert (total, total.touched) == (Change(11, 22, 33, 44), 66)


def test_several_parts_in_one_go_are_what_each_would_be_alone(lake: Lake) -> None:
    before = [conversation(f"{d}{k}", "是。", d) for d in ("d1", "d2", "d3") for k in range(3)]
    write(lake, "instructions", before)
    given = [conversation("d10", "是。", "d1"), conversation("d11", "否。", "d1"), conversation("d49", "然。", "d4")]
    with lake.transaction("test"):
        changed = replace_parts(lake.connection, "instructions", given, "document_id", ["d1", "d3", "d4", "d5"])
    assert changed == {"d1": Change(0, 1, 1, 1), "d3": Change(deleted=3), "d4": Change(inserted=1)}
    assert rows(lake, "instructions") == sorted(given + before[3:6], key=lambda row: row["instruction_id"])
    snapshot = lake.snapshot()
    with lake.transaction("test"):
        changed = replace_parts(lake.connection, "instructions", given, "document_id", ["d1", "d3", "d4", "d5"])
    assert changed == {"d1": Change(unchanged=2), "d4": Change(unchanged=1)}
    assert lake.snapshot() == snapshot
