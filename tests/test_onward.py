"""Going on from an adapter on other rows, the choice of weights by held-out figures, and packed against padded."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from tiny_model import NO_SYSTEM, hand_rows, tiny_base, write_rows

import train.prepare
from train.adapters import AdapterConfig
from train.config import TrainConfig
from train.finetune import Trained, finetune, said
from train.onward import born_of
from train.tokenise import TokenConfig
from warehouse.kit import BadInput, sha256_file

STEPS = TrainConfig(max_steps=4, batch_size=6, learning_rate=2e-2, log_steps=1, precision="fp32")
LORA = AdapterConfig(r=4, alpha=8)
TOKENS = TokenConfig(max_length=96)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_base(tmp_path_factory.mktemp("base") / "tiny")


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rows")
    write_rows(folder / "valid.parquet", hand_rows(6, 24))
    write_rows(folder / "other.parquet", hand_rows(12, 40))
    return write_rows(folder / "train.parquet", hand_rows())


@pytest.fixture(scope="module")
def first(base: Path, rows: Path, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    out = tmp_path_factory.mktemp("first") / "first"
    return finetune([rows], rows.with_name("valid.parquet"), str(base), out, STEPS, LORA, TOKENS)


def test_an_adapter_goes_on_where_another_ended(base: Path, rows: Path, first: Trained, tmp_path: Path) -> None:
    valid = rows.with_name("valid.parquet")
    onward = AdapterConfig(r=4, alpha=8, dropout=0.1)  # dropout may be another
    config = replace(STEPS, max_steps=1, learning_rate=1e-9)
    done = finetune(
        [rows.with_name("other.parquet")],
        valid,
        str(base),
        tmp_path / "two",
        config,
        onward,
        TOKENS,
        start=first.folder,
    )
    assert done.base_loss == pytest.approx(first.eval_loss)  # it begins with what the first had learnt
    weights = [load_file(folder / "adapter_model.safetensors") for folder in (first.folder, done.folder)]
    assert all(torch.allclose(weights[0][name], weights[1][name], atol=1e-6) for name in weights[0])
    born = json.loads((done.folder / "birth.json").read_text(encoding="utf-8"))
    assert born["from"] == {
        "name": "first",
        "birth_sha256": sha256_file(first.folder / "birth.json"),
        "training_set": {"files": {path.name: sha256_file(path) for path in (rows, valid)}},
    }
    assert "from" not in json.loads((first.folder / "birth.json").read_text(encoding="utf-8"))


def test_another_base_template_or_kind_is_refused(base: Path, rows: Path, first: Trained, tmp_path: Path) -> None:
    def go_on(from_: Path, base: Path, adapter: AdapterConfig = LORA) -> None:
        finetune([rows], None, str(base), tmp_path / "out", STEPS, adapter, TOKENS, start=from_)

    other = tiny_base(tmp_path / "other", NO_SYSTEM)
    with pytest.raises(BadInput, match=r"was made on the base tiny \([0-9a-f]{12}\), this is other \([0-9a-f]{12}\)"):
        go_on(first.folder, other)
    born = json.loads((first.folder / "birth.json").read_text(encoding="utf-8"))
    altered = tmp_path / "altered"
    altered.mkdir()
    (altered / "birth.json").write_text(json.dumps({**born, "template_hash": "another"}))
    with pytest.raises(BadInput, match="prompted with another template"):
        go_on(altered, base)
    with pytest.raises(BadInput, match=r"was trained with r = 4; set the same under \[adapter\]"):
        go_on(first.folder, base, replace(LORA, r=8))
    for method, words in (("full", "name it as the base"), ("ptuning", "not the encoder")):
        born["config"]["adapter"]["method"] = method
        (altered / "birth.json").write_text(json.dumps(born))
        with pytest.raises(BadInput, match=words):
            go_on(altered, base, replace(LORA, method=method))  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="--from takes the folder of an adapter"):
        born_of(tmp_path)
    assert not (tmp_path / "out").exists()


def test_packed_and_padded_batches_train_the_same_adapter(base: Path, rows: Path, tmp_path: Path) -> None:
    made = {}
    for packing in ("always", "never"):
        config = replace(STEPS, packing=packing, by_length=False, log_steps=1)  # the same rows in the same order
        made[packing] = finetune(
            [rows], rows.with_name("valid.parquet"), str(base), tmp_path / packing, config, LORA, TOKENS
        )
    losses = {
        packing: [line[key] for line in map(json.loads, (done.folder / "metrics.jsonl").read_text().splitlines())
                  for key in ("loss", "eval_loss", "eval_accuracy") if key in line]
        for packing, done in made.items()
    }  # fmt: skip
    assert len(losses["always"]) == 8
    assert losses["always"] == pytest.approx(losses["never"], abs=1e-4)
    assert [json.loads((made[packing].folder / "birth.json").read_text())["packed"] for packing in made] == [
        True,
        False,
    ]


def test_the_best_weights_are_kept_and_a_training_that_brings_nothing_ends(
    base: Path, rows: Path, tmp_path: Path
) -> None:
    valid = rows.with_name("valid.parquet")
    config = replace(
        STEPS,
        max_steps=40,
        learning_rate=1.0,
        schedule="constant",
        warmup_share=0,
        eval_steps=1,
        keep="eval_loss",
        patience=2,
    )
    done = finetune([rows], valid, str(base), tmp_path / "mine", config, LORA, TOKENS)  # a rate that spoils the weights
    measured = {
        line["step"]: line["eval_loss"]
        for line in map(json.loads, (done.folder / "metrics.jsonl").read_text().splitlines())
        if "eval_loss" in line and line["step"]
    }
    best = min(measured, key=lambda step: measured[step])
    assert (done.kept_step, done.steps, done.eval_loss) == (best, best + 2, measured[best])
    assert done.steps < 40
    born = json.loads((done.folder / "birth.json").read_text(encoding="utf-8"))
    assert (born["metrics"]["kept_step"], born["early"]) == (best, "nothing better in 2 measurements")
    assert f" after step {best}" in said(done)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("mine")] == ["mine"]
    # What is kept is what was measured then: the same weights, measured before another training's first step.
    again = finetune(
        [rows], valid, str(base), tmp_path / "two", replace(STEPS, max_steps=1), LORA, TOKENS, start=done.folder
    )
    assert again.base_loss == pytest.approx(measured[best])


def test_what_needs_held_out_rows_is_refused_without_them(
    rows: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train.prepare, "load_base", lambda *given: pytest.fail("the base was loaded"))
    for config in (replace(STEPS, keep="eval_loss"), replace(STEPS, patience=1)):
        with pytest.raises(BadInput, match="keep and patience go by held-out rows, and there are none"):
            finetune([rows], None, "base", tmp_path / "out", config, LORA, TOKENS)
    for method in ("prefix", "ptuning"):
        with pytest.raises(BadInput, match=f"{method} puts what it trains before a line"):
            finetune(
                [rows],
                None,
                "base",
                tmp_path / "out",
                replace(STEPS, packing="always"),
                AdapterConfig(method=method),
                TOKENS,
            )  # type: ignore[arg-type]
