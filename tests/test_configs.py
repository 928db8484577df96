"""Every config of the repository says its command, is read without loading a model, and names what there is."""

import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from corpora.registry import load_registry
from flows.config import RunConfig, read_config
from train.adapters import check
from train.config import OTHERS
from train.finetune import read_configs

ROOT = Path(__file__).parent.parent
CONFIGS = sorted(
    path for path in (ROOT / "configs").glob("**/*.toml") if "registries" in tomllib.loads(path.read_text("utf-8"))
)
NAMES = [path.name for path in CONFIGS]


def test_all_are_here() -> None:
    assert {
        "sample.toml", "four_novels.toml", "qwen3_0.6b_lora.toml", "qwen3_4b_qlora.toml", "glm4_9b_qlora.toml",
        "glm_edge_1.5b_lora.toml", "sanguo_ptuning_v2.toml", "roleplay_lora.toml", "ie_cls_lora.toml",
        "alpaca_lora.toml", "belle_lora.toml",
    } <= set(NAMES)  # fmt: skip


@pytest.mark.parametrize("path", CONFIGS, ids=NAMES)
def test_a_config_is_read_on_both_kinds_of_machine(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUABEN_CORPORA", str(tmp_path))  # the ids are asked for, not the files
    config = read_config(path)
    check(config.adapter, config.train.gradient_checkpointing, config.train.precision)
    assert read_configs(path) == (config.train, config.adapter, config.tokens)
    assert config.generate.max_new_tokens < config.tokens.max_length
    assert set(config.build.sources) <= {source.id for name in config.registries for source in load_registry(name)}


@pytest.mark.parametrize("path", CONFIGS, ids=NAMES)
def test_a_config_opens_with_its_command(path: Path) -> None:
    top = path.read_text(encoding="utf-8").split("\n\n")[0]
    assert f"--config configs/{path.name}" in top
    assert all(line.startswith("#") for line in top.splitlines())


def test_the_pair_trains_the_same_adapter_on_the_same_base() -> None:
    first, second = (read_config(ROOT / "configs" / f"{name}_lora.toml") for name in ("alpaca", "belle"))
    assert (first.base, first.adapter) == (second.base, second.adapter)
    assert not set(first.build.sources) & set(second.build.sources)


def test_the_first_experiment_is_kept_but_for_its_learning_rate() -> None:
    config: RunConfig = read_config(ROOT / "configs" / "sanguo_ptuning_v2.toml")
    kept = (config.adapter.method, config.adapter.virtual_tokens, config.train.max_steps, config.train.batch_size)
    assert kept == ("prefix", 8, 3333, 32)
    assert config.train.learning_rate < 1e-2


def test_training_knows_every_table_of_a_run() -> None:
    own = {"train", "adapter", "tokens"}
    assert {field.name for field in fields(RunConfig)} == own | set(OTHERS)
