"""`huaben dedup`: a JSON lines file in, id, cluster_id, kept and duplicate_of out; what is wrong is named by line."""

import json
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpora.errors import BadInput
from warehouse import dedup_rows
from warehouse.dedup_file import dedup_file
from warehouse.signatures.store import Limits

LONG = "却说董卓字仲颖，陇西临洮人也，官拜河东太守，自来骄傲。当日怠慢了玄德，张飞性发，便欲杀之。"


def lines(tmp_path: Path, *rows: Any) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n", encoding="utf-8")
    return path


def test_whole_rows(tmp_path: Path) -> None:
    texts = [
        LONG,
        "是。",
        LONG.replace("董卓", "华雄"),
        "然。",
        "是！",
        "張飛性發，便欲殺之。",
        "张飞性发、便要杀之",
        None,
        "",
    ]
    path = lines(tmp_path, *({"nr": f"r{k}", "text": text} for k, text in enumerate(texts)))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n") + b"\n\n")
    out = tmp_path / "new" / "out.parquet"
    assert dedup_file(path, "text", "nr", 0.7, out) == (9, 5)
    table = pq.read_table(out)
    assert table.schema == pa.schema(
        [("id", pa.string()), ("cluster_id", pa.string()), ("kept", pa.bool_()), ("duplicate_of", pa.string())]
    )
    assert [tuple(row.values()) for row in table.to_pylist()] == [
        ("r0", "r0", True, None),
        ("r1", "r1", True, None),
        ("r2", "r0", False, "r0"),
        ("r3", "r3", True, None),
        ("r4", "r1", False, "r1"),
        ("r5", "r5", True, None),
        ("r6", "r5", False, "r5"),
        ("r7", "r7", True, None),
        ("r8", "r7", False, "r7"),
    ]


def test_the_line_is_the_id_where_none_is_named(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"t": "善"}\n\n{"t": "善哉"}\n{"t": "善。"}\n', encoding="utf-8")
    dedup_file(path, "t", "", 0.7, tmp_path / "out.parquet")
    assert [row["id"] for row in pq.read_table(tmp_path / "out.parquet").to_pylist()] == ["1", "3", "4"]
    assert pq.read_table(tmp_path / "out.parquet")["duplicate_of"].to_pylist() == [None, None, "1"]


def test_a_higher_threshold_keeps_more(tmp_path: Path) -> None:
    path = lines(tmp_path, {"t": LONG}, {"t": LONG.replace("董卓", "华雄")})
    assert dedup_file(path, "t", "", 0.7, tmp_path / "out.parquet") == (2, 1)
    assert dedup_file(path, "t", "", 0.95, tmp_path / "out.parquet") == (2, 2)


def test_no_rows_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text("")
    assert dedup_file(tmp_path / "rows.jsonl", "t", "", 0.7, tmp_path / "out.parquet") == (0, 0)
    assert pq.read_table(tmp_path / "out.parquet").num_rows == 0


good = [json.dumps({"t": f"第{k}回", "id": k}, ensure_ascii=False) for k in range(1, 21)]


@pytest.mark.parametrize(
    ("content", "text", "key", "threshold", "words"),
    [
        ("\n".join([*good[:16], '{"t": "第十七回', *good[17:]]), "t", "", 0.7, "rows.jsonl: line 17: not valid JSON"),
        ("\n".join([*good[:16], '["第十七回"]']), "t", "", 0.7, "rows.jsonl: line 17 is no JSON object"),
        ("\n".join([*good[:16], '{"x": "第十七回"}']), "t", "", 0.7, "line 17 has no column 't'; it has x"),
        ("\n".join(good), "text", "", 0.7, "line 1 has no column 'text'; it has t, id"),
        ("\n".join(good), "t", "nr", 0.7, "line 1 has no column 'nr'; it has t, id"),
        ("\n".join([*good, good[0]]), "t", "id", 0.7, "column 'id' gives one id to several rows"),
        ("\n".join(good), "t", "", 7.0, "--threshold: threshold is 7.0"),
        ("\n".join([*good[:16], "第十七回"]).encode("gbk"), "t", "", 0.7, "rows.jsonl: line 1: not UTF-8"),
        (b"\n" * 16 + b"\xff", "t", "", 0.7, "rows.jsonl: line 17: not UTF-8"),
        (None, "t", "", 0.7, "rows.jsonl: cannot be read: No such file or directory"),
    ],
)
def test_bad_input_is_one_sentence_and_writes_nothing(
    tmp_path: Path, content: str | bytes | None, text: str, key: str, threshold: float, words: str
) -> None:
    if content is not None:
        (tmp_path / "rows.jsonl").write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(BadInput) as caught:
        dedup_file(tmp_path / "rows.jsonl", text, key, threshold, tmp_path / "out" / "o.parquet")
    assert words in str(caught.value) and "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def rows_of(count: int, first: int = 0) -> list[dict[str, str]]:
    letters = random.Random(first)
    texts: list[str] = []
    while len(texts) < count:
        text = [chr(0x4E00 + letters.randrange(900)) for _ in range(letters.randrange(1, 80))]
        texts.append("".join(text))
        text[letters.randrange(len(text))] = "甪"
        texts += ["".join(text), texts[0]]
    return [{"id": f"r{first + k}", "t": text} for k, text in enumerate(texts[:count])]


def fates(path: Path) -> dict[str, tuple[str, bool, str | None]]:
    return {row["id"]: (row["cluster_id"], row["kept"], row["duplicate_of"]) for row in pq.read_table(path).to_pylist()}


def test_workers_memory_and_blocks_change_no_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dedup_rows, "BLOCK", 5_000)  # bytes, so that equal texts lie in several blocks
    path = lines(tmp_path, *rows_of(300))
    made = []
    for name, limits in (("one", Limits(128, 1)), ("two", Limits(1024, 2))):
        dedup_file(path, "t", "id", 0.7, tmp_path / name, limits=limits)
        made.append(pq.read_table(tmp_path / name))
    assert made[0] == made[1]
    monkeypatch.undo()
    dedup_file(path, "t", "id", 0.7, tmp_path / "whole")
    assert pq.read_table(tmp_path / "whole") == made[0]
    assert 0 < made[0]["kept"].to_pylist().count(False) < 250
    assert sorted(p.name for p in tmp_path.iterdir()) == ["one", "rows.jsonl", "two", "whole"]


def test_new_rows_meet_stored_ones_which_stay_as_they_are(tmp_path: Path) -> None:
    store = tmp_path / "store"
    old = [{"id": "a", "t": LONG[:33]}, {"id": "b", "t": LONG[14:]}, {"id": "c", "t": "是。"}]
    dedup_file(lines(tmp_path, *old), "t", "id", 0.5, tmp_path / "old", store)
    before = {path: path.read_bytes() for path in sorted(store.rglob("part-*/*"))}
    assert fates(tmp_path / "old") == {"a": ("a", True, None), "b": ("b", True, None), "c": ("c", True, None)}
    new = [
        {"id": "d", "t": LONG},  # like a and like b
        {"id": "e", "t": "是！"},
        {"id": "f", "t": LONG[:32]},
        {"id": "g", "t": "然"},
        {"id": "h", "t": "然！"},
    ]
    assert dedup_file(lines(tmp_path, *new), "t", "id", 0.5, tmp_path / "new", store) == (5, 1)
    assert fates(tmp_path / "new") == {
        "d": ("a", False, "a"),
        "e": ("c", False, "c"),
        "f": ("a", False, "a"),
        "g": ("g", True, None),
        "h": ("g", False, "g"),
    }
    assert {path: path.read_bytes() for path in before} == before
    with pytest.raises(BadInput, match="d is in the store already; give only rows that are new"):
        dedup_file(lines(tmp_path, *new), "t", "id", 0.5, tmp_path / "again", store)
    with pytest.raises(BadInput, match="was made with threshold 0"):
        dedup_file(lines(tmp_path, *new), "t", "id", 0.7, tmp_path / "again", store)
    with pytest.raises(BadInput, match="line numbers are no ids across files"):
        dedup_file(lines(tmp_path, *new), "t", "", 0.5, tmp_path / "again", store)
    assert not (tmp_path / "again").exists()
    assert sorted(path.name for path in store.glob("*part*")) == ["part-000000", "part-000001"]


def test_a_store_filled_in_turns_drops_what_one_filled_at_once_drops(tmp_path: Path) -> None:
    rows = rows_of(240)
    dedup_file(lines(tmp_path, *rows), "t", "id", 0.7, tmp_path / "whole")
    parts: dict[str, Any] = {}
    for k in range(0, 240, 80):
        dedup_file(lines(tmp_path, *rows[k : k + 80]), "t", "id", 0.7, tmp_path / "part", tmp_path / "store")
        parts |= fates(tmp_path / "part")
    assert parts == fates(tmp_path / "whole")  # no row here ties two clusters


def test_half_a_surrogate_pair_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text('{"t": "善\\ud800哉"}\n{"t": "善哉"}\n', encoding="utf-8")
    assert dedup_file(tmp_path / "rows.jsonl", "t", "", 0.7, tmp_path / "out") == (2, 1)
