"""A training set's folder gives base, lengths and adapter: nothing held out reaches the base, nothing is done twice."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tiny_model import hand_rows, row, tiny_base, turns, write_manifest, write_rows

import train.sets
from train.adapters import AdapterConfig
from train.config import TrainConfig
from train.embedded import EmbeddedConfig
from train.launch import LaunchConfig
from train.lengths import length_table
from train.rows import Row
from train.sets import (
    SetAdapter,
    adapter_of_set,
    base_of_set,
    check_set,
    lengths_of_set,
    preflight_of_set,
    rows_of_set,
    running_text,
)
from train.steps import StopOnSignal
from train.tokenise import TokenConfig
from warehouse.kit import BadInput, Stopped

SPLITS = {"seed": (0, 4), "train": (4, 12), "valid": (20, 4), "test": (30, 4)}  # first number, rows
CONFIGS = TrainConfig(max_steps=2, precision="fp32"), AdapterConfig(r=2), TokenConfig(max_length=96)


def rows_of(split: str) -> list[Row]:
    """The split's rows, whose prompts and answers name it."""
    start, count = SPLITS[split]
    return [
        replace(made, answer=f"{made.answer}（{split}答）", messages=turns(f"{split}问{made.messages[0]['content']}"))
        for made in hand_rows(count, start)
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "sets" / "by-hand-00c0ffee"
    for split in SPLITS:
        write_rows(made / f"{split}.parquet", rows_of(split))
    write_manifest(made)
    return made


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_base(tmp_path_factory.mktemp("base") / "tiny")


def test_running_text_by_hand() -> None:
    rows = [
        row(1, "操谓众人曰：", "吾乃曹操也。", "roleplay"),
        row(2, "关羽字什么？", "云长"),
        replace(row(3, "", "解良人。", "instruct"), messages=turns("谁？", "关羽。", "何处人？", system="答短些。")),
        replace(row(4, "", "不可。", "roleplay"), messages=turns("备曰：", "何故？", "飞曰：", system="你是张飞。")),
    ]
    assert running_text(rows) == [
        "操谓众人曰：“吾乃曹操也。”", "飞曰：“不可。”", "关羽字什么？", "答短些。", "谁？", "关羽。", "何处人？",
    ]  # fmt: skip


def test_the_embedded_base_reads_nothing_that_is_held_out(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[tuple[list[str], Path, EmbeddedConfig]] = []

    def embedded(texts: list[str], cache: Path, config: EmbeddedConfig) -> Path:
        given.append((list(texts), cache, config))
        return cache / "embedded-1"

    monkeypatch.setattr(train.sets, "embedded_base", embedded)
    config = EmbeddedConfig(steps=3)
    assert base_of_set("embedded", folder, tmp_path / "bases", config) == str(tmp_path / "bases" / "embedded-1")
    ((texts, cache, used),) = given
    assert (cache, used) == (tmp_path / "bases", config)
    read = "".join(texts)
    for split in ("seed", "train"):
        assert all(made.messages[-1]["content"] in read for made in rows_of(split))
    for split in ("valid", "test"):
        assert f"{split}问" not in read
        assert f"{split}答" not in read
        assert not any(made.answer in read for made in rows_of(split))
    # Held-out rows may change as they like: the base stays the same.
    write_rows(folder / "test.parquet", hand_rows(9, 50))
    base_of_set("embedded", folder, tmp_path / "bases", config)
    assert given[0] == given[1]


def test_a_named_base_is_taken_as_it_is(folder: Path, tmp_path: Path) -> None:
    assert base_of_set("Qwen/Qwen3-0.6B", folder, tmp_path, EmbeddedConfig()) == "Qwen/Qwen3-0.6B"
    assert base_of_set("Qwen/Qwen3-0.6B", tmp_path / "no set", tmp_path, EmbeddedConfig()) == "Qwen/Qwen3-0.6B"


def test_rows_come_split_by_split(folder: Path) -> None:
    assert rows_of_set(folder) == [made for split in SPLITS for made in rows_of(split)]
    assert rows_of_set(folder, ("test",)) == rows_of("test")
    write_rows(folder / "seed.parquet", [])
    assert rows_of_set(folder, ("seed", "train")) == rows_of("train")
    with pytest.raises(BadInput, match=r"by-hand-00c0ffee: no rows in seed; loosen the config and run: huaben build"):
        rows_of_set(folder, ("seed",))


def test_what_is_no_training_set_is_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"seed\.parquet: no such file; give the folder of a training set"):
        rows_of_set(tmp_path)
    (folder / "valid.parquet").write_text("spoilt")
    with pytest.raises(BadInput, match=r"valid\.parquet: not a parquet file"):
        rows_of_set(folder)


def test_lengths_are_those_of_all_splits(folder: Path, base: Path) -> None:
    everything = rows_of_set(folder)
    assert lengths_of_set(folder, "", 30) == length_table(everything, None, 30)
    units = {line.unit for line in lengths_of_set(folder, str(base), 60)}
    assert units == {"characters", "tokens"}


def stamps(place: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in place.rglob("*")}


def test_an_adapter_is_trained_once(folder: Path, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    into = tmp_path / "adapters"
    first = adapter_of_set(folder, str(base), into, *CONFIGS)
    assert not first.done_before
    assert first.seconds > 0
    assert first.folder.parent == into
    assert first.folder.name == f"by-hand-lora-{first.run_id[:8]}"
    assert first.inputs["set"] == "by-hand-00c0ffee"
    assert set(first.inputs["data"]) == {"seed.parquet", "train.parquet", "valid.parquet"}
    assert first.results["rows"] == {"train": 16, "valid": 4}
    assert (first.results["folder"], first.results["steps"]) == (first.folder.name, 2)
    before = stamps(into)

    def again(*given: object) -> None:
        raise AssertionError("trained twice")

    monkeypatch.setattr(train.sets, "finetune", again)
    second = adapter_of_set(folder, str(base), into, *CONFIGS)
    assert second == SetAdapter(first.run_id, first.folder, first.inputs, first.results, 0.0, True)
    assert stamps(into) == before


def test_another_config_set_or_base_is_another_adapter(
    folder: Path, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Path] = []

    class Done:
        seconds, stopped = 1.0, False

    def finetune(data: object, valid: object, base: object, out: Path, *configs: object, **more: object) -> Done:
        made.append(out)
        out.mkdir(parents=True)
        (out / "birth.json").write_text('{"rows": {}, "metrics": {}}')
        return Done()

    monkeypatch.setattr(train.sets, "finetune", finetune)
    trained, adapter, tokens = CONFIGS
    for configs in (
        CONFIGS,
        (replace(trained, seed=1), adapter, tokens),
        (trained, replace(adapter, r=3), tokens),
        (trained, adapter, replace(tokens, max_length=95)),
    ):
        adapter_of_set(folder, str(base), tmp_path / "adapters", *configs)
    adapter_of_set(folder, "nobody/else", tmp_path / "adapters", *CONFIGS)
    write_rows(folder / "test.parquet", hand_rows(1, 90))  # not trained on
    assert adapter_of_set(folder, str(base), tmp_path / "adapters", *CONFIGS).done_before
    write_rows(folder / "train.parquet", hand_rows(9, 4))
    adapter_of_set(folder, str(base), tmp_path / "adapters", *CONFIGS)
    assert len(set(made)) == len(made) == 6


def test_a_set_without_held_out_rows_is_trained_on_all_the_same(folder: Path, base: Path, tmp_path: Path) -> None:
    write_rows(folder / "valid.parquet", [])
    write_manifest(folder)
    made = adapter_of_set(folder, str(base), tmp_path / "adapters", *CONFIGS)
    assert (made.results["base_loss"], made.results["eval_loss"]) == (None, None)
    assert set(made.inputs["data"]) == {"seed.parquet", "train.parquet"}


def test_a_training_that_was_stopped_is_done_again(
    folder: Path, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(trainer: StopOnSignal, arguments: Any, state: Any, control: Any, **given: Any) -> None:
        trainer.told = control.should_training_stop = True

    with monkeypatch.context() as patched:
        patched.setattr(StopOnSignal, "on_step_end", stop)
        with pytest.raises(Stopped, match="stopped after 1 steps, which are saved there; run it again to go on"):
            adapter_of_set(folder, str(base), tmp_path / "adapters", *CONFIGS)
    (made,) = (path for path in (tmp_path / "adapters").iterdir() if path.suffix != ".partial")
    assert "stopped" in json.loads((made / "birth.json").read_text())
    whole = adapter_of_set(folder, str(base), tmp_path / "adapters", *CONFIGS)
    assert (whole.folder, whole.done_before, whole.results["steps"]) == (made, False, 2)
    assert list((tmp_path / "adapters").iterdir()) == [made]
    assert adapter_of_set(folder, str(base), tmp_path / "adapters", *CONFIGS).done_before


def test_a_set_is_checked_without_a_base_and_with_one(folder: Path, base: Path, tmp_path: Path) -> None:
    check_set(folder)
    done = preflight_of_set(folder, str(base), *CONFIGS)
    assert (done.rows, done.kept, dict(done.left_out), done.unchecked) == (16, 16, {}, ())
    assert done.held_out == (folder / "valid.parquet", folder / "test.parquet")
    held = rows_of("test")[2]
    write_rows(folder / "train.parquet", [*rows_of("train"), held])
    write_manifest(folder)
    said = rf"train\.parquet row 13 \({held.sample_id}\): it is held out: test\.parquet row 3"
    with pytest.raises(BadInput, match=said):
        check_set(folder)
    with pytest.raises(BadInput, match=said):
        preflight_of_set(folder, "no base is loaded", *CONFIGS)


def test_processes_that_are_launched_leave_an_adapter_of_their_own(
    folder: Path, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "a.yaml"
    config.write_text("num_processes: 2\n")

    def launched(_launch: LaunchConfig, *given: Any, **more: Any) -> float:
        return train.sets.finetune(*given, **more).seconds

    monkeypatch.setattr(train.sets, "launched", launched)
    launch = LaunchConfig(str(config), machines=("", "ssh b"))
    made = adapter_of_set(folder, str(base), tmp_path / "adapters", *CONFIGS, launch=launch)
    assert made.seconds > 0 and made.results["steps"] == 2 and made.inputs["launch"]["machines"] == 2
    moved = replace(launch, machines=("", "ssh c"), address="10.0.0.2")  # the same, elsewhere
    again = adapter_of_set(folder, str(base), tmp_path / "adapters", *CONFIGS, launch=moved)
    assert again.done_before and again.run_id == made.run_id
