"""Each method is attached, moves only its own weights, is saved as plain peft reads it, and does the same again."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from tiny_model import tiny_model, tiny_tokenizer
from transformers import AutoModelForCausalLM

import train.adapters
from train.adapters import AdapterConfig, attach, check, quantised_bits, save
from warehouse.kit import BadInput, settings

TOKENIZER = tiny_tokenizer()
SIZE = len(TOKENIZER)
IDS = torch.tensor([TOKENIZER("关羽字什么？")["input_ids"]])
FILES = {"adapter_config.json", "adapter_model.safetensors"}


def attached(config: AdapterConfig) -> Any:
    """The tiny model with the method's weights; these are moved away from where they do nothing."""
    torch.manual_seed(1)
    model = attach(tiny_model(SIZE), config)
    with torch.no_grad():
        for weight in model.parameters():
            if weight.requires_grad:
                weight.add_(0.1)
    return model.eval()


@torch.no_grad()
def logits(model: torch.nn.Module) -> torch.Tensor:
    return model(input_ids=IDS).logits[:, -IDS.shape[1] :]  # ptuning's own tokens come before


@pytest.mark.parametrize("method", ["lora", "prefix", "ptuning"])
def test_an_adapter_is_saved_as_plain_peft_reads_it(method: str, tmp_path: Path) -> None:
    model = attached(AdapterConfig(method=method, r=2, virtual_tokens=3, encoder_hidden=8))  # type: ignore[arg-type]
    save(model, TOKENIZER, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == FILES
    again = PeftModel.from_pretrained(tiny_model(SIZE), str(tmp_path)).eval()
    assert torch.allclose(logits(again), logits(model), atol=1e-5)
    assert not torch.allclose(logits(again), logits(tiny_model(SIZE).eval()), atol=1e-3)


@pytest.mark.parametrize(
    ("config", "trained"),
    [
        # 2 layers; q 32x32, k and v 32x16, o 32x32, gate and up 32x64, down 64x32; r (in + out) each, but the head
        (AdapterConfig(r=2), 2 * 2 * (64 + 48 + 48 + 64 + 96 + 96 + 96)),
        (AdapterConfig(r=2, target_modules=("q_proj", "v_proj")), 2 * 2 * (64 + 48)),
        (AdapterConfig(method="prefix", virtual_tokens=3), 3 * 2 * 2 * 16),  # keys and values of one head, 16 wide
        (
            AdapterConfig(method="ptuning", virtual_tokens=3, encoder_hidden=8),
            3 * 32 + (32 * 8 + 8) + (8 * 8 + 8) + (8 * 32 + 32),  # embeddings and an MLP
        ),
    ],
)
def test_only_the_methods_weights_are_moved(config: AdapterConfig, trained: int) -> None:
    model = attach(tiny_model(SIZE), config)
    open_to_change = {name: weight for name, weight in model.named_parameters() if weight.requires_grad}
    assert sum(weight.numel() for weight in open_to_change.values()) == trained
    assert all("lora_" in name or "prompt_encoder" in name for name in open_to_change)


def test_full_moves_every_weight_and_saves_a_base(tmp_path: Path) -> None:
    model = attached(AdapterConfig(method="full"))
    assert all(weight.requires_grad for weight in model.parameters())
    save(model, TOKENIZER, tmp_path)
    assert {"model.safetensors", "config.json", "tokenizer.json"} <= {path.name for path in tmp_path.iterdir()}
    again = AutoModelForCausalLM.from_pretrained(tmp_path).eval()
    assert torch.equal(logits(again), logits(model))


def test_the_matrices_are_named_in_order_and_the_files_are_equal(tmp_path: Path) -> None:
    config = AdapterConfig(r=2)
    written = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        save(attached(config), TOKENIZER, tmp_path / name)
        written.append({file: (tmp_path / name / file).read_bytes() for file in FILES})
    assert written[0] == written[1]
    told = json.loads(written[0]["adapter_config.json"])
    parts = ("mlp.down_proj", "mlp.gate_proj", "mlp.up_proj", *(f"self_attn.{name}_proj" for name in "koqv"))
    assert told["target_modules"] == [f"model.layers.{layer}.{part}" for layer in (0, 1) for part in parts]
    assert (told["r"], told["lora_alpha"], told["peft_type"]) == (2, 32, "LORA")


def test_matrices_that_the_base_does_not_have_are_refused() -> None:
    with pytest.raises(BadInput) as error:
        attach(tiny_model(SIZE), AdapterConfig(target_modules=("query_key_value",)))
    assert str(error.value).startswith("adapter: ")
    assert "query_key_value" in str(error.value)
    assert str(error.value).endswith("; name matrices that the base has")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("table", "checkpointing", "precision", "said"),
    [
        ({"method": "prefix"}, True, "auto", "gradient checkpointing throws away; turn one of them off"),
        ({"method": "full", "bits": 4}, False, "auto", 'weights of 4 bits cannot be moved; set method = "qlora"'),
        ({"method": "lora", "bits": 8}, False, "auto", "bits = 8 is for qlora alone"),
        ({"method": "prefix", "bits": 4}, False, "auto", "bits = 4 is for qlora alone"),
        ({"method": "full"}, False, "fp16", 'set precision = "bf16" or "fp32"'),
        ({"method": "lora"}, False, "fp16", "needs a GPU to train on"),
    ],
)
def test_what_cannot_go_together_is_refused(
    table: dict[str, Any], checkpointing: bool, precision: Any, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(BadInput) as error:
        check(AdapterConfig(**table), checkpointing, precision)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_everything_else_goes_together() -> None:
    check(AdapterConfig(method="prefix"), gradient_checkpointing=False)
    for method in ("lora", "ptuning", "full"):
        check(AdapterConfig(method=method), gradient_checkpointing=True)  # type: ignore[arg-type]
    assert [quantised_bits(AdapterConfig(method="qlora", bits=bits)) for bits in (0, 4, 8)] == [4, 4, 8]
    assert quantised_bits(AdapterConfig()) == 0


def test_qlora_without_bitsandbytes_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train.adapters, "find_spec", lambda name: None)
    with pytest.raises(BadInput, match="qlora needs the package bitsandbytes; run: pip install bitsandbytes"):
        check(AdapterConfig(method="qlora"), gradient_checkpointing=False)
    check(AdapterConfig(), gradient_checkpointing=False)


@pytest.mark.parametrize("table", [{"r": 0}, {"virtual_tokens": 0}, {"dropout": 1.0}, {"dropout": -0.1}, {"bits": 3}])
def test_a_config_out_of_range_is_refused(table: dict[str, object]) -> None:
    with pytest.raises(BadInput, match=r"x\.toml: \[adapter\]"):
        settings(AdapterConfig, table, "x.toml: [adapter]")
