"""The birth certificate: what an adapter was made of, without a path of this machine."""

import json
from importlib.metadata import version
from pathlib import Path

from tiny_model import hand_rows, write_rows

from train.birth import package_versions, training_set_of, write_birth
from warehouse.kit import sha256_file


def test_a_training_set_is_named_by_its_manifest(tmp_path: Path) -> None:
    files = [write_rows(tmp_path / "set" / f"{name}.parquet", hand_rows(3)) for name in ("seed", "train")]
    told = {"name": "sample", "set_id": "s1", "snapshot": 7, "config_sha256": "c0", "code_version": "v1"}
    manifest = tmp_path / "set" / "manifest.json"
    manifest.write_text(json.dumps({**told, "rows": {"train": 3}, "config": {"home": str(tmp_path)}}))
    found = training_set_of(files)
    assert found == {
        **told,
        "files": {"seed.parquet": sha256_file(files[0]), "train.parquet": sha256_file(files[1])},
        "manifest_sha256": sha256_file(manifest),
    }
    assert str(tmp_path) not in json.dumps(found)


def test_a_lone_file_has_its_hash_alone(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "mine.parquet", hand_rows(3))
    assert training_set_of([path]) == {"files": {"mine.parquet": sha256_file(path)}}


def test_the_versions_are_those_installed() -> None:
    found = package_versions()
    assert {"python", "torch", "transformers", "peft", "accelerate", "numpy"} <= set(found)
    assert found["peft"] == version("peft")


def test_equal_certificates_are_equal_files(tmp_path: Path) -> None:
    write_birth(tmp_path / "one.json", {"b": 1, "a": {"名": "三国演义", "x": None}})
    write_birth(tmp_path / "two.json", {"a": {"x": None, "名": "三国演义"}, "b": 1})
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()
    text = (tmp_path / "one.json").read_text(encoding="utf-8")
    assert "三国演义" in text
    assert json.loads(text) == {"a": {"名": "三国演义", "x": None}, "b": 1}
