"""Bases are loaded whole or refused in one sentence, and named in a birth certificate without their path."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny_model import tiny_base, tiny_model, tiny_tokenizer

from train.bases import BaseFingerprint, base_fingerprint, load_base, load_tokenizer
from warehouse.kit import BadInput


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_base(tmp_path_factory.mktemp("bases") / "tiny")


@pytest.fixture
def other(base: Path, tmp_path: Path) -> Path:
    """A copy of the base, to be spoilt."""
    return Path(shutil.copytree(base, tmp_path / "other"))


def config(folder: Path, **changed: object) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changed}))


def test_a_base_is_loaded_with_its_weights_and_tokenizer(base: Path) -> None:
    model, tokenizer = load_base(str(base), "fp32")
    saved = tiny_model(len(tokenizer)).state_dict()
    assert all(torch.equal(weight, saved[name]) for name, weight in model.state_dict().items())
    assert model.dtype == torch.float32
    assert tokenizer("关羽字什么？")["input_ids"] == tiny_tokenizer()("关羽字什么？")["input_ids"]
    assert load_base(base, "bf16")[0].dtype == torch.bfloat16


def test_auto_is_fp32_where_there_is_no_gpu(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert load_base(base)[0].dtype == torch.float32


def test_tied_weights_are_not_missed(base: Path, other: Path) -> None:
    weights = load_file(other / "model.safetensors")
    del weights["lm_head.weight"]
    save_file(weights, other / "model.safetensors", {"format": "pt"})
    config(other, tie_word_embeddings=True)
    model = load_base(other)[0]
    assert model.lm_head.weight is model.model.embed_tokens.weight


def test_a_tokenizer_without_padding_pads_with_its_end(other: Path) -> None:
    assert load_tokenizer(other).pad_token == "<|endoftext|>"
    tokenizer = tiny_tokenizer()
    tokenizer.pad_token = None
    tokenizer.save_pretrained(other)
    assert load_tokenizer(other).pad_token == "<|im_end|>"


def no_config(folder: Path) -> None:
    (folder / "config.json").unlink()


def unknown_architecture(folder: Path) -> None:
    config(folder, model_type="nonesuch", architectures=["NonesuchForCausalLM"])


def own_code(folder: Path) -> None:
    config(folder, model_type="own", auto_map={"AutoConfig": "own.Config", "AutoModelForCausalLM": "own.Model"})
    (folder / "own.py").write_text(f"open({str(folder / 'was run')!r}, 'w')\n")


def pickled_only(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    torch.save(tiny_model(len(tiny_tokenizer())).state_dict(), folder / "pytorch_model.bin")


def half_downloaded(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])


def one_weight_short(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    del weights["model.norm.weight"]
    save_file(weights, folder / "model.safetensors", {"format": "pt"})


def other_shape(folder: Path) -> None:
    config(folder, hidden_size=48)


def no_tokenizer(folder: Path) -> None:
    for path in [*folder.glob("tokenizer*"), *folder.glob("*.jinja")]:
        path.unlink()


def no_causal_model(folder: Path) -> None:
    (folder / "config.json").write_text('{"model_type": "t5"}')


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (no_config, "the folder holds no config.json; give the folder of a Hugging Face model"),
        (unknown_architecture, "transformers does not know this architecture; choose another base or a newer transformers"),
        (own_code, "under [trust] in the config that you give this command with --config; or choose a base that transformers knows"),
        (pickled_only, "it must be a causal model with safetensors weights"),
        (half_downloaded, "incomplete metadata, file not fully covered); it must be a causal model with safetensors weights"),
        (one_weight_short, "weights are missing (model.norm.weight); it must be a causal model with all its weights"),
        (other_shape, "it must be a causal model with safetensors weights"),
        (no_tokenizer, "the base has no tokenizer that can write text; download its tokenizer files too"),
        (no_causal_model, "it must be a causal model with safetensors weights"),
    ],
)  # fmt: skip
def test_a_folder_that_cannot_be_a_base(other: Path, spoil: Callable[[Path], None], sentence: str) -> None:
    spoil(other)
    with pytest.raises(BadInput) as error:
        load_base(other)
    assert str(error.value).startswith(f"{other}: ")
    assert str(error.value).endswith(sentence)
    assert "\n" not in str(error.value)
    assert not (other / "was run").exists()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("no/such/folder", "no such folder; give the folder of a Hugging Face model or a name from its hub"),
        ("./absent", "no such folder; give the folder of a Hugging Face model or a name from its hub"),
        ("../absent", "no such folder; give the folder of a Hugging Face model or a name from its hub"),
        ("embedded", "the embedded base is built by `huaben run`; give its folder or another base"),
        (
            "nobody/has-this-base",
            "neither a folder here nor to be had from the Hugging Face hub; check the name and the network, or download "
            "it elsewhere (hf download nobody/has-this-base --local-dir DIR) and give DIR",
        ),
    ],
)
def test_a_name_that_cannot_be_had(name: str, sentence: str) -> None:
    for load in (load_base, load_tokenizer):
        with pytest.raises(BadInput) as error:
            load(name)
        assert str(error.value) == f"{name}: {sentence}"


def test_a_file_is_no_base(base: Path) -> None:
    with pytest.raises(BadInput, match=r"model\.safetensors: no such folder"):
        load_base(base / "model.safetensors")


def test_a_fingerprint_ignores_the_path_and_the_embedded_bases_card(base: Path, tmp_path: Path) -> None:
    found = base_fingerprint(base)
    assert (found.name, found.revision, len(found.sha256)) == ("tiny", "", 64)
    elsewhere = Path(shutil.copytree(base, tmp_path / "elsewhere" / "tiny"))
    (elsewhere / "base.json").write_text('{"seconds": 12.3}')
    (elsewhere / "README.md").write_text("a model")
    assert base_fingerprint(elsewhere) == base_fingerprint(f"{elsewhere}/") == found


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "tokenizer.json", "chat_template.jinja"])
def test_a_fingerprint_changes_with_every_file_that_counts(base: Path, other: Path, name: str) -> None:
    changed = other / name
    changed.write_bytes(changed.read_bytes() + b" ")
    assert base_fingerprint(other).sha256 != base_fingerprint(base).sha256
    changed.unlink()
    assert base_fingerprint(other).sha256 != base_fingerprint(base).sha256


def test_a_hub_name_is_told_by_its_commit(base: Path) -> None:
    model = tiny_model(300)
    assert base_fingerprint("Qwen/Qwen3-0.6B") == BaseFingerprint("Qwen/Qwen3-0.6B", "", "")
    model.config._commit_hash = "c1899de289a04d12100db370d81485cdf75e47ca"
    found = base_fingerprint("Qwen/Qwen3-0.6B", model)
    assert found == BaseFingerprint("Qwen/Qwen3-0.6B", "c1899de289a04d12100db370d81485cdf75e47ca", "")
