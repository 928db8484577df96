"""Base and adapter answer the same held-out rows once, and the scores are written when all else is there."""

import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_model import hand_rows, tiny_base, tiny_model, tiny_tokenizer, write_rows

import eval.assess
from eval.assess import Assessment, assess, known_answers
from eval.decoding import GenerateConfig
from eval.generate import Generated
from eval.predictions import read_predictions
from eval.scores import score_predictions
from train.adapters import AdapterConfig, attach, save
from warehouse.kit import BadInput, sha256_file

CONFIG = GenerateConfig(max_new_tokens=4, batch_size=8)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_base(tmp_path_factory.mktemp("base") / "tiny")


@pytest.fixture(scope="module")
def adapter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("adapters") / "by-hand-lora"
    folder.mkdir()
    torch.manual_seed(1)
    model = attach(tiny_model(len(tiny_tokenizer())), AdapterConfig(r=2))
    with torch.no_grad():
        for weight in model.parameters():
            if weight.requires_grad:
                weight.add_(0.3)
    save(model, tiny_tokenizer(), folder)
    return folder


@pytest.fixture(scope="module")
def held_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sets") / "by-hand-00c0ffee"
    write_rows(folder / "test.parquet", hand_rows(8))
    write_rows(folder / "valid.parquet", hand_rows(3, 20))
    return folder


def stamps(place: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in place.rglob("*")}


def must_not(*given: object) -> None:
    raise AssertionError("generated twice")


def test_it_is_done_once(
    base: Path, adapter: Path, held_out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = assess(held_out, str(base), adapter, tmp_path, CONFIG)
    assert not first.done_before
    assert first.seconds > 0
    assert first.folder == tmp_path / first.run_id[:8]
    assert {path.name for path in first.folder.iterdir()} == {"base.jsonl", "adapter.jsonl", "scores.json"}
    for name in ("base", "adapter"):
        found = read_predictions(first.folder / f"{name}.jsonl")
        assert [row.sample_id for row in found] == [row.sample_id for row in hand_rows(8)]
        assert first.predictions[name] == found
        assert first.scores[name] == score_predictions(found)
    assert [row.prediction for row in first.predictions["base"]] != [
        row.prediction for row in first.predictions["adapter"]
    ]
    written = json.loads((first.folder / "scores.json").read_text(encoding="utf-8"))
    assert written == {
        "run_id": first.run_id,
        "inputs": first.inputs,
        "keys": {name: key for key, path in known_answers(tmp_path).items() for name in (path.stem,)},
        "scores": {name: [asdict(row) for row in rows] for name, rows in first.scores.items()},
    }
    assert (first.inputs["set"], first.inputs["base"], first.inputs["adapter"]) == (held_out.name, "tiny", adapter.name)
    assert str(tmp_path) not in json.dumps(first.inputs)

    before = stamps(tmp_path)
    monkeypatch.setattr(eval.assess, "generate_predictions", must_not)
    second = assess(held_out, str(base), adapter, tmp_path, CONFIG)
    assert second == Assessment(
        first.run_id, first.folder, first.inputs, first.predictions, first.scores, seconds=0.0, done_before=True
    )
    assert stamps(tmp_path) == before


def test_a_fully_trained_model_answers_beside_its_base(base: Path, held_out: Path, tmp_path: Path) -> None:
    folder = tmp_path / "by-hand-full"
    model = attach(tiny_model(len(tiny_tokenizer())), AdapterConfig(method="full"))
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(0.3)
    save(model, tiny_tokenizer(), folder)
    made = assess(held_out, str(base), folder, tmp_path / "evaluations", CONFIG)
    assert made.inputs["adapter_sha256"] == sha256_file(folder / "model.safetensors")
    alone = assess(held_out, str(folder), folder, tmp_path / "alone", CONFIG)
    assert made.predictions["adapter"] == alone.predictions["base"] != made.predictions["base"]


def test_scores_are_written_last_and_a_stopped_run_goes_on(
    base: Path, adapter: Path, held_out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, asked = eval.assess.generate_predictions, []

    def stopped(split: Path, name: str, out: Path, config: GenerateConfig, *weights: Any) -> Generated:
        asked.append(out.name)
        if weights[0]:
            raise KeyboardInterrupt
        return real(split, name, out, config, *weights)

    monkeypatch.setattr(eval.assess, "generate_predictions", stopped)
    with pytest.raises(KeyboardInterrupt):
        assess(held_out, str(base), adapter, tmp_path, CONFIG, split="valid")
    (folder,) = tmp_path.iterdir()
    assert {path.name for path in folder.iterdir()} == {"base.jsonl", "base.key"}
    answered = stamps(folder)

    def counted(split: Path, name: str, out: Path, config: GenerateConfig, *weights: Any) -> Generated:
        asked.append(out.name)
        return real(split, name, out, config, *weights)

    monkeypatch.setattr(eval.assess, "generate_predictions", counted)

    def no_scores(found: object) -> None:
        assert {path.name for path in folder.iterdir()} == {
            f"{n}.{k}" for n in ("base", "adapter") for k in ("jsonl", "key")
        }
        raise KeyboardInterrupt

    monkeypatch.setattr(eval.assess, "score_predictions", no_scores)
    with pytest.raises(KeyboardInterrupt):
        assess(held_out, str(base), adapter, tmp_path, CONFIG, split="valid")
    monkeypatch.setattr(eval.assess, "score_predictions", score_predictions)
    done = assess(held_out, str(base), adapter, tmp_path, CONFIG, split="valid")
    assert not done.done_before
    assert asked == ["base.jsonl", "adapter.jsonl", "adapter.jsonl"]
    assert {path for path, at in stamps(folder).items() if answered.get(path) == at} == {folder / "base.jsonl"}
    assert {path.name for path in folder.iterdir()} == {"base.jsonl", "adapter.jsonl", "scores.json"}
    assert len(known_answers(tmp_path)) == 2  # of what was there before it went on, too
    assert len(done.predictions["adapter"]) == 3


def test_what_the_base_wrote_is_taken_over_and_what_an_adapter_wrote_is_not(
    base: Path, adapter: Path, held_out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second adapter on the same base: the base is not asked again."""
    first = assess(held_out, str(base), adapter, tmp_path / "into", CONFIG)
    other = tmp_path / "other-lora"
    shutil.copytree(adapter, other)
    torch.manual_seed(2)
    model = attach(tiny_model(len(tiny_tokenizer())), AdapterConfig(r=2))
    save(model, tiny_tokenizer(), other)
    made: list[Generated] = []
    real = eval.assess.generate_predictions
    monkeypatch.setattr(eval.assess, "generate_predictions", lambda *given: made.append(real(*given)) or made[-1])
    second = assess(held_out, str(base), other, tmp_path / "into", CONFIG)
    assert [one.taken_over for one in made] == [True, False]
    assert second.folder != first.folder
    assert second.predictions["base"] == first.predictions["base"]
    made.clear()
    assess(held_out, str(base), other, tmp_path / "into", replace(CONFIG, max_new_tokens=3))
    assert [one.taken_over for one in made] == [False, False]


def test_another_split_adapter_or_config_is_another_assessment(
    base: Path, adapter: Path, held_out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = (
        '{"prediction": "云长", "reference": "云长", "type": "short_answer", "task": "quiz"}\n'
    )  # fmt: skip

    def written(*given: Any) -> Generated:
        given[2].write_text(answers)
        return Generated(1, 0, 0, 0, 0.0, "key", False)

    monkeypatch.setattr(eval.assess, "generate_predictions", written)
    other = tmp_path / "other" / adapter.name
    other.mkdir(parents=True)
    (other / "adapter_model.safetensors").write_bytes(b"other weights")
    done = [
        assess(held_out, str(base), adapter, tmp_path / "into", CONFIG),
        assess(held_out, str(base), adapter, tmp_path / "into", CONFIG, split="valid"),
        assess(held_out, str(base), other, tmp_path / "into", CONFIG),
        assess(held_out, "nobody/else", adapter, tmp_path / "into", CONFIG),
        assess(held_out, str(base), adapter, tmp_path / "into", replace(CONFIG, max_new_tokens=5)),
    ]
    assert len({found.folder for found in done}) == 5
    assert not any(found.done_before for found in done)


def test_what_is_missing_is_named(base: Path, adapter: Path, held_out: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"seed\.parquet: no such file; give the folder of a training set that huaben"):
        assess(held_out, str(base), adapter, tmp_path, CONFIG, split="seed")
    with pytest.raises(BadInput, match=r"no adapter_model\.safetensors in it; give a folder that huaben train"):
        assess(held_out, str(base), tmp_path, tmp_path, CONFIG)
    assert list(tmp_path.glob("*/scores.json")) == []
