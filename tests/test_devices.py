"""Two processes on the CPU train what one trains: `accelerate launch -m train.finetune`."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from tiny_model import hand_rows, tiny_base, write_rows

from train.adapters import AdapterConfig
from train.config import TrainConfig
from train.finetune import finetune
from train.tokenise import TokenConfig

ROOT = Path(__file__).parent.parent
CONFIG = """
[train]
epochs = 2
batch_size = 3
learning_rate = 2e-2
log_steps = 1
save_steps = 3
precision = "fp32"
[adapter]
r = 4
alpha = 8
[tokens]
max_length = 96
"""


def lines(folder: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


@pytest.mark.slow
@pytest.mark.parametrize("how", ["ddp", "fsdp"])
def test_two_processes_give_the_loss_of_one(tmp_path: Path, how: str) -> None:
    base = tiny_base(tmp_path / "tiny")
    data, valid = (
        write_rows(tmp_path / "train.parquet", hand_rows()),
        write_rows(tmp_path / "valid.parquet", hand_rows(7, 24)),
    )
    (tmp_path / "c.toml").write_text(CONFIG.replace("save_steps = 3", "save_steps = 0") if how == "fsdp" else CONFIG)
    alone = finetune(
        [data], valid, str(base), tmp_path / "one",
        TrainConfig(epochs=2, batch_size=6, learning_rate=2e-2, log_steps=1, precision="fp32"),
        AdapterConfig(r=4, alpha=8), TokenConfig(96),
    )  # fmt: skip
    launch = [
        sys.executable,
        "-m",
        "accelerate.commands.launch",
        "--config_file",
        str(ROOT / "configs" / "accelerate" / f"{how}.yaml"),
    ]
    launch += [
        "--num_machines",
        "1",
        "--num_processes",
        "2",
        "--num_cpu_threads_per_process",
        "1",
        "-m",
        "train.finetune",
    ]
    words = ["--config", str(tmp_path / "c.toml"), "--data", str(data), "--valid", str(valid)]
    done = subprocess.run(
        [*launch, *words, "--base", str(base), "--out", str(tmp_path / "two")],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.count("8 steps in") == 1  # one of them speaks
    both = lines(alone.folder), lines(tmp_path / "two")
    for key in ("loss", "eval_loss", "eval_accuracy", "grad_norm"):
        one, two = ([line[key] for line in found if key in line] for found in both)
        assert len(one) == len(two) > 2
        assert two == pytest.approx(one, abs=2e-4), key
    weights = [load_file(tmp_path / name / "adapter_model.safetensors") for name in ("one", "two")]
    assert all(torch.allclose(weights[0][name], weights[1][name], atol=1e-3) for name in weights[0])
    assert not (tmp_path / "two.partial").exists()
