"""train/weights.py: what a training wrote is known by its weights, whether it goes over a base or is a model of its own."""

import hashlib
from pathlib import Path

import pytest

from train.weights import is_whole_model, weight_files, weights_sha256
from warehouse.kit import BadInput


def test_an_adapter_has_one_file_and_its_hash(tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text("{}")
    (tmp_path / "adapter_model.safetensors").write_bytes(b"small")
    (tmp_path / "model.safetensors").write_bytes(b"a stray base")
    assert not is_whole_model(tmp_path)
    assert weight_files(tmp_path) == [tmp_path / "adapter_model.safetensors"]
    assert weights_sha256(tmp_path) == hashlib.sha256(b"small").hexdigest()


def test_a_model_in_two_files_has_one_hash_over_both(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    parts = [tmp_path / f"model-0000{k}-of-00002.safetensors" for k in (1, 2)]
    for part in parts:
        part.write_bytes(part.name.encode())
    assert is_whole_model(tmp_path)
    assert weight_files(tmp_path) == parts
    before = weights_sha256(tmp_path)
    parts[1].write_bytes(b"other")
    assert len(before) == 64 and weights_sha256(tmp_path) != before


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    assert weight_files(tmp_path) == []
    with pytest.raises(BadInput, match=r"no adapter_model\.safetensors in it; give a folder that huaben train wrote"):
        weights_sha256(tmp_path)
