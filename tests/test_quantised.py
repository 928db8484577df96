"""QLoRA on the smallest Qwen3 and GLM, in 4 and 8 bits: every matrix learns, and evaluation loads what was trained."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from tiny_model import hand_rows, tiny_base, tiny_glm, tiny_tokenizer, write_rows

from eval.models import load_model
from train.adapters import AdapterConfig
from train.bases import load_base
from train.batches import Collator
from train.birth import how_loaded
from train.config import TrainConfig
from train.finetune import finetune
from train.tokenise import TokenConfig, encode_rows

pytest.importorskip("bitsandbytes")
STEPS = TrainConfig(max_steps=2, batch_size=4, learning_rate=1e-2, log_steps=1, precision="fp32")
TOKENS = TokenConfig(max_length=96)
PARTS = {
    "qwen3": ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"),
    "glm": ("q_proj", "k_proj", "v_proj", "o_proj", "gate_up_proj", "down_proj"),
}


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("bases")
    tokenizer = tiny_tokenizer()
    for part in (tokenizer, tiny_glm(len(tokenizer))):
        part.save_pretrained(folder / "glm")
    return {"qwen3": tiny_base(folder / "qwen3"), "glm": folder / "glm"}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("rows")
    return write_rows(folder / "t.parquet", hand_rows(12)), write_rows(folder / "v.parquet", hand_rows(4, 24))


@torch.no_grad()
def held_out_loss(model: Any) -> float:
    """Nats per answer token of the held-out rows."""
    batch = Collator(0)(encode_rows(hand_rows(4, 24), tiny_tokenizer(), TOKENS)[0])
    return float(model(**{name: value for name, value in batch.items() if name != "sample_ids"}).loss)


@pytest.mark.parametrize("bits", [4, 8])
@pytest.mark.parametrize("name", ["qwen3", "glm"])
def test_qlora_trains_every_matrix_and_loads_as_it_was_trained(
    bases: dict[str, Path], data: tuple[Path, Path], tmp_path: Path, name: str, bits: Any
) -> None:
    # The held-out rows are measured before the first step: a pass in evaluation mode must not spoil the gradients.
    adapter = AdapterConfig(method="qlora", bits=bits, r=2)
    done = finetune([data[0]], data[1], bases[name], tmp_path / "mine", STEPS, adapter, TOKENS)
    assert done.steps == 2
    weights = load_file(done.folder / "adapter_model.safetensors")
    learnt = {key.removeprefix("base_model.model.model.layers.") for key in weights if "lora_B" in key}
    assert len(learnt) == 2 * len(PARTS[name])
    assert {key.split(".")[2] for key in learnt} == set(PARTS[name])
    assert [key for key, weight in weights.items() if not weight.abs().max() > 0] == []

    born = json.loads((done.folder / "birth.json").read_text(encoding="utf-8"))
    assert born["loaded"] == {"precision": "fp32", "bits": bits}
    assert "bitsandbytes" in born["packages"]
    assert how_loaded(done.folder) == ("fp32", bits)
    tuned, _ = load_model(bases[name], done.folder)
    assert held_out_loss(tuned) == pytest.approx(done.eval_loss, rel=1e-5)
    alone, _ = load_model(bases[name], like=done.folder)
    assert held_out_loss(alone) == pytest.approx(done.base_loss, rel=1e-5)
    plain, _ = load_model(bases[name])
    assert (alone.is_quantized, getattr(plain, "is_quantized", False)) == (True, False)
    assert held_out_loss(plain) != pytest.approx(done.base_loss, rel=1e-6)


def test_the_matrices_are_small_and_the_head_is_not(bases: dict[str, Path]) -> None:
    for bits, size in ((4, 32 * 32 // 2), (8, 32 * 32)):
        model, _ = load_base(bases["qwen3"], "bf16", bits)  # type: ignore[arg-type]
        matrix = model.model.layers[0].self_attn.q_proj.weight
        assert matrix.numel() * matrix.element_size() == size  # bytes
        assert model.lm_head.weight.dtype == model.model.norm.weight.dtype == torch.bfloat16


def test_another_adapter_is_evaluated_in_its_own_precision(
    bases: dict[str, Path], data: tuple[Path, Path], tmp_path: Path
) -> None:
    config = TrainConfig(max_steps=1, batch_size=4, precision="bf16")
    done = finetune([data[0]], None, bases["qwen3"], tmp_path / "mine", config, AdapterConfig(r=2), TOKENS)
    assert how_loaded(done.folder) == ("bf16", 0)
    assert load_model(bases["qwen3"], done.folder)[0].dtype == torch.bfloat16
    assert load_model(bases["qwen3"], done.folder, "fp32")[0].dtype == torch.float32
    (done.folder / "birth.json").unlink()  # an adapter from elsewhere
    assert how_loaded(done.folder) == ("auto", 0)
