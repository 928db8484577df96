"""A training set is the same bytes whenever it is made from the same snapshot, or it is not there at all."""

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tiny import asked, document, new_lake, put, said, told

from corpora.errors import BadInput
from corpora.files import sha256_file
from warehouse import training_set
from warehouse.curate import CurateConfig, curate
from warehouse.lake import Lake, writing
from warehouse.manifest import read_manifest, verify
from warehouse.sampling import Quota, Sampling
from warehouse.training_set import COLUMNS, BuildConfig, build

WHO = "刘备 关羽 张飞 赵云 曹操 孙权 周瑜 吕布 袁绍 董卓".split()


def items(first: int, last: int) -> list[Any]:
    return [asked(k, f"第{k}回中谁说了第{k}句话？", {}, WHO[k % 10]) for k in range(first, last)]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    with writing(new_lake(tmp_path_factory.mktemp("lakes") / "lake")) as opened:
        lines = [said(100 * k, WHO[k % 10], f"吾乃{WHO[k % 10]}，第{k}人也。", scene=k) for k in range(30)]
        put(opened, (document("novels/sanguo"), lines), (document("quiz/bank", "quiz"), items(1, 40)))
        put(opened, (document("quiz/seeds", "quiz", seed=True), [asked(1, "何人献连环计？", {}, "王允。")]))
        curate(opened, CurateConfig())
        yield opened


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_contract_of_the_folder(lake: Lake) -> None:
    folder = build(lake, BuildConfig("contract"))
    assert sorted(content(folder)) == [
        "manifest.json",
        "seed.parquet",
        "test.parquet",
        "train.parquet",
        "valid.parquet",
    ]
    turn = pa.struct([("role", pa.string()), ("content", pa.string())])
    tables = {split: pq.read_table(folder / f"{split}.parquet") for split in ("seed", "train", "valid", "test")}
    for table in tables.values():
        assert tuple(table.schema.names) == COLUMNS
        assert table.schema.field("messages").type == pa.list_(turn)
        assert {str(table.schema.field(name).type) for name in COLUMNS if name != "messages"} == {"string"}
    kept = lake.connection.execute("SELECT split, count(*) FROM samples WHERE fate = 'kept' GROUP BY 1").fetchall()
    assert {split: table.num_rows for split, table in tables.items()} == {
        "seed": 0,
        "valid": 0,
        "test": 0,
        **dict(kept),
    }
    sample_id = tables["seed"]["sample_id"][0].as_py()
    assert tables["seed"].to_pylist() == [
        {"sample_id": sample_id, "task": "quiz", "question_type": "short_answer", "novel": "三国演义", "character": "",
         "source_id": "quiz/seeds", "answer": "王允。", "reference": "王允。", "cluster_id": sample_id,
         "messages": [{"role": "user", "content": "简答题，直接写出答案，不必成句。（三国演义）\n何人献连环计？"}]}
    ]  # fmt: skip


def test_the_manifest_tells_what_it_is_made_of(lake: Lake) -> None:
    folder = build(lake, BuildConfig("told"))
    told_of = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert list(told_of) == [
        "name", "set_id", "snapshot", "config", "config_sha256", "code_version", "rows", "files",
        "sources", "left_out",
    ]  # fmt: skip
    assert (told_of["name"], told_of["snapshot"]) == ("told", lake.table_snapshot("samples"))
    sampling = {
        "seed": 20251121, "characters": {}, "each_character": 0, "novels": {}, "question_types": {}, "tasks": {},
        "largest_type": {}, "instruct_share": 1.0,
    }  # fmt: skip
    assert told_of["config"] == {"name": "told", "tasks": [], "novels": [], "sources": [], "sampling": sampling}
    assert told_of["left_out"] == {}
    for split, rows in told_of["rows"].items():
        path = folder / f"{split}.parquet"
        assert told_of["files"][path.name] == {"sha256": sha256_file(path), "rows": rows}
        assert pq.read_metadata(path).num_rows == rows
    assert list(told_of["sources"]) == ["novels/sanguo", "quiz/bank", "quiz/seeds"]
    assert sum(source["rows"] for source in told_of["sources"].values()) == sum(told_of["rows"].values())
    assert told_of["sources"]["quiz/seeds"] == {
        "title": "三国演义", "kind": "quiz", "licence": "", "origin": "seeds.txt", "rows": 1,
    }  # fmt: skip
    row = lake.connection.execute(
        "SELECT name, snapshot, rows_by_split, manifest_sha256 FROM training_sets WHERE set_id = ?", [told_of["set_id"]]
    ).fetchone()
    assert row == (folder.name, told_of["snapshot"], json.dumps(told_of["rows"]), sha256_file(folder / "manifest.json"))


def test_only_what_is_asked_for(lake: Lake) -> None:
    def answers(config: BuildConfig) -> set[str]:
        folder = build(lake, config)
        return {
            row
            for split in ("train", "seed")
            for row in pq.read_table(folder / f"{split}.parquet")["source_id"].to_pylist()
        }

    assert answers(BuildConfig("one", tasks=("roleplay",))) == {"novels/sanguo"}
    assert answers(BuildConfig("two", sources=("quiz/bank", "quiz/seeds"))) == {"quiz/bank", "quiz/seeds"}
    assert answers(BuildConfig("three", tasks=("quiz",), novels=("三国演义",))) == {"quiz/bank", "quiz/seeds"}


def test_what_the_sampler_leaves_out_is_counted_and_only_the_train_split_is_drawn_from(lake: Lake) -> None:
    whole = {path.name: pq.read_table(path) for path in build(lake, BuildConfig("whole")).glob("*.parquet")}
    sampling = Sampling(tasks={"quiz": Quota(cap=5)}, each_character=2)
    folder = build(lake, BuildConfig("thin", sampling=sampling))
    manifest = read_manifest(folder)
    thin = {path.name: pq.read_table(path) for path in folder.glob("*.parquet")}
    assert all(thin[name] == whole[name] for name in ("seed.parquet", "valid.parquet", "test.parquet"))
    rows = thin["train.parquet"].to_pylist()
    kept = {row["sample_id"]: row for row in whole["train.parquet"].to_pylist()}
    assert [row["sample_id"] for row in rows] == [key for key in kept if key in {row["sample_id"] for row in rows}]
    assert all(kept[row["sample_id"]] == row for row in rows)
    assert Counter(row["task"] for row in rows)["quiz"] == 5
    assert max(Counter(row["character"] for row in rows if row["character"]).values()) == 2
    lines, quiz = (sum(row["task"] == task for row in kept.values()) for task in ("roleplay", "quiz"))
    assert manifest.left_out == {
        "beyond 2 rows of one character": lines - (len(rows) - 5), "task quiz: beyond its weight or cap": quiz - 5,
    }  # fmt: skip
    assert sum(manifest.left_out.values()) + sum(manifest.rows.values()) == sum(t.num_rows for t in whole.values())
    only = read_manifest(build(lake, BuildConfig("only", tasks=("roleplay",))))
    assert list(only.left_out) == ["of a task, novel or source that is not asked for"]
    assert sum(only.left_out.values()) + sum(only.rows.values()) == sum(t.num_rows for t in whole.values())
    first = content(folder)
    shutil.rmtree(folder)
    assert content(build(lake, BuildConfig("thin", sampling=sampling))) == first
    with pytest.raises(BadInput, match="has no sample to train on"):
        build(
            lake, BuildConfig("nothing", ("quiz",), sources=("quiz/bank",), sampling=Sampling(tasks={"quiz": Quota(0)}))
        )


def test_millions_are_put_in_order_a_range_at_a_time(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = {path.name: pq.read_table(path) for path in build(lake, BuildConfig("at-once")).glob("*.parquet")}
    monkeypatch.setattr(training_set, "_TOGETHER", 7)
    made = build(lake, BuildConfig("by-ranges"))
    assert {path.name: pq.read_table(path) for path in made.glob("*.parquet")} == whole
    assert pq.read_metadata(made / "train.parquet").num_row_groups == -(-whole["train.parquet"].num_rows // 7) > 5


def test_the_same_again_writes_nothing(lake: Lake) -> None:
    folder = build(lake, BuildConfig("again"))
    before, written = lake.snapshot(), {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert build(lake, BuildConfig("again")) == folder
    assert lake.snapshot() == before
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == written


def test_byte_for_byte_after_further_ingests_and_on_any_number_of_threads(lake: Lake) -> None:
    folder, at = build(lake, BuildConfig("bytes")), lake.snapshot()
    first = content(folder)
    put(
        lake,
        (document("quiz/more", "quiz"), items(50, 60)),
        (document("instruct/rows", "instruct"), [told(1, "何谓义？", "宜也。")]),
    )
    curate(lake, CurateConfig())
    newer = build(lake, BuildConfig("bytes"))
    assert newer != folder and content(newer) != first
    threads = pa.cpu_count()
    try:
        for number in (1, 2):
            shutil.rmtree(folder)
            lake.connection.execute(f"SET threads = {number}")
            pa.set_cpu_count(number)
            assert build(lake, BuildConfig("bytes"), at) == folder
            assert content(folder) == first
    finally:
        pa.set_cpu_count(threads)
        lake.connection.execute("RESET threads")


@pytest.mark.parametrize("damage", ["changed", "missing", "no manifest", "half a manifest"])
def test_a_damaged_set_is_made_anew(lake: Lake, damage: str) -> None:
    folder = build(lake, BuildConfig("damaged"))
    before = content(folder)
    if damage == "changed":
        (folder / "train.parquet").write_bytes(before["train.parquet"][:-1] + b"x")
    elif damage == "missing":
        (folder / "test.parquet").unlink()
    elif damage == "no manifest":
        (folder / "manifest.json").unlink()
    else:
        (folder / "manifest.json").write_bytes(before["manifest.json"][:40])
    with pytest.raises(BadInput, match="huaben build"):
        verify(folder)
    assert build(lake, BuildConfig("damaged")) == folder
    assert content(folder) == before


@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_nothing_is_half_written(lake: Lake, fault: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"fault-{type(fault).__name__}"
    write, written = pq.ParquetWriter.write_table, []

    def fail_at_the_third(writer: pq.ParquetWriter, table: pa.Table) -> None:
        write(writer, table)
        written.append(table.num_rows)
        if len(written) == 3:
            raise fault

    before = lake.snapshot()
    with monkeypatch.context() as patched:
        patched.setattr(training_set.pq.ParquetWriter, "write_table", fail_at_the_third)
        with pytest.raises(type(fault)):
            build(lake, BuildConfig(name))
    assert len(written) == 3 and lake.snapshot() == before
    assert [path.name for path in (lake.home / "sets").iterdir() if name in path.name] == []
    assert verify(build(lake, BuildConfig(name))).rows["seed"] == 1


def test_what_a_killed_build_left_behind_is_cleared_away(lake: Lake) -> None:
    folder = build(lake, BuildConfig("killed"))
    left = folder.rename(folder.parent / f".{folder.name}.half")
    assert build(lake, BuildConfig("killed")) == folder
    assert folder.is_dir() and not left.exists()


@pytest.mark.parametrize(
    ("config", "at", "words"),
    [
        (BuildConfig("none", tasks=("poetry",)), None, "has no sample to train on"),
        (BuildConfig("early"), 1, "snapshot 1 has no sample to train on"),
        (BuildConfig("early"), 0, "snapshot 0 does not exist"),
        (BuildConfig("late"), 10_000, "snapshot 10000 does not exist; the lake has 1 to"),
    ],
)
def test_bad_input(lake: Lake, config: BuildConfig, at: int | None, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        build(lake, config, at)
    assert not list((lake.home / "sets").glob(f"*{config.name}*"))


def test_a_folder_that_is_no_set(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path, tmp_path / "none", tmp_path / "file"):
        with pytest.raises(BadInput, match="is no training set"):
            read_manifest(path)
