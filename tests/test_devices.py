"""Two processes on the CPU train what one trains: `accelerate launch -m train.finetune`, on one machine or as two."""

import json
import os
import shlex
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch
from safetensors.torch import load_file
from tiny_model import hand_rows, tiny_base, write_rows

from train.adapters import AdapterConfig
from train.checkpoints import newest, partial_folder
from train.config import TrainConfig, read_configs
from train.finetune import finetune
from train.launch import LaunchConfig, check_launch, launched
from train.tokenise import TokenConfig
from warehouse.kit import BadInput

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
@pytest.mark.parametrize(
    "how",
    [pytest.param("ddp", marks=pytest.mark.long), "ddp_two_machines", pytest.param("fsdp", marks=pytest.mark.long)],
)
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
    accelerate = ROOT / "configs" / "accelerate" / f"{how}.yaml"
    if how == "ddp":
        by_hand(tmp_path, accelerate, data, valid, base)
    else:  # as a flow does; both machines are this one
        launch = LaunchConfig(str(accelerate), processes=2, machines=("", "sh -c"), port=free_port())
        configs = read_configs(tmp_path / "c.toml")
        launched(launch, [data], valid, str(base), tmp_path / "two", *configs, resume=True)
    both = lines(alone.folder), lines(tmp_path / "two")
    for key in ("loss", "eval_loss", "eval_accuracy", "grad_norm"):
        one, two = ([line[key] for line in found if key in line] for found in both)
        assert len(one) == len(two) > 2
        assert two == pytest.approx(one, abs=2e-4), key
    weights = [load_file(tmp_path / name / "adapter_model.safetensors") for name in ("one", "two")]
    assert all(torch.allclose(weights[0][name], weights[1][name], atol=1e-3) for name in weights[0])
    assert not (tmp_path / "two.partial").exists()
    assert not list(tmp_path.glob(".*"))


FLOW = """
import sys
from pathlib import Path
from train.config import read_configs
from train.launch import LaunchConfig, launched
folder, accelerate, port = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
launch = LaunchConfig(accelerate, processes=2, machines=("", "sh -c"), port=port)
launched(
    launch, [folder / "train.parquet"], None, str(folder / "tiny"), folder / "two", *read_configs(folder / "c.toml"), resume=True
)
"""


@pytest.mark.slow
@pytest.mark.long
def test_a_flow_that_is_killed_takes_its_training_along(tmp_path: Path) -> None:
    tiny_base(tmp_path / "tiny")
    write_rows(tmp_path / "train.parquet", hand_rows())
    config, out, port = tmp_path / "c.toml", tmp_path / "two", free_port()
    config.write_text(CONFIG.replace("epochs = 2", "epochs = 20"))
    command = [
        sys.executable,
        "-c",
        FLOW,
        str(tmp_path),
        str(ROOT / "configs/accelerate/ddp_two_machines.yaml"),
        str(port),
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    flow = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        deadline = time.monotonic() + 240
        while newest(partial_folder(out)) is None:
            assert flow.poll() is None and time.monotonic() < deadline
            time.sleep(0.1)
        started = psutil.Process(flow.pid).children(recursive=True)
        assert len(started) >= 6  # of either machine a leash, a launcher and a worker
        assert len({os.getsid(one.pid) for one in started}) >= 4  # workers have sessions of their own
    finally:
        flow.kill()
        flow.wait()
    assert psutil.wait_procs(started, 20)[1] == []
    assert not free_port_taken(port)
    before = newest(partial_folder(out))
    assert before and before.step < 80
    done = subprocess.run([*command[:-1], str(free_port())], cwd=ROOT, env=environment, check=False)
    assert done.returncode == 0
    assert lines(out)[: len(before.lines)] == before.lines and lines(out)[-1]["step"] == 80  # it went on from there
    assert "stopped" not in json.loads((out / "birth.json").read_text())
    assert not partial_folder(out).exists() and not list(tmp_path.glob(".*"))


def free_port_taken(port: int) -> bool:
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def by_hand(folder: Path, accelerate: Path, data: Path, valid: Path, base: Path) -> None:
    launch = [
        sys.executable,
        "-m",
        "accelerate.commands.launch",
        "--config_file",
        str(accelerate),
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
    words = ["--config", str(folder / "c.toml"), "--data", str(data), "--valid", str(valid)]
    done = subprocess.run(
        [*launch, *words, "--base", str(base), "--out", str(folder / "two")],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.count("8 steps in") == 1  # one of them speaks


def test_a_machine_that_fails_is_named_and_the_others_end(tmp_path: Path) -> None:
    launch = LaunchConfig(
        str(ROOT / "configs/accelerate/ddp_two_machines.yaml"), 2, ("sh -c", "false"), port=free_port()
    )
    out = tmp_path / "out"
    with pytest.raises(BadInput, match=r"the training on false \(machine_rank 1\) ended with status 1;"):
        launched(
            launch, [tmp_path / "none.parquet"], None, "no/base", out, TrainConfig(), AdapterConfig(), TokenConfig()
        )
    assert not list(tmp_path.iterdir())


def test_what_the_processes_refuse_is_said_as_they_say_it(tmp_path: Path) -> None:
    refuses = "import re, sys; open(re.search('HUABEN_REFUSAL=(\\\\S+)', sys.argv[1])[1], 'w').write('no.parquet: no such file'); sys.exit(1)"
    launch = LaunchConfig(str(ROOT / "configs/accelerate/ddp.yaml"), 1, (shlex.join([sys.executable, "-c", refuses]),))
    with pytest.raises(BadInput, match=r"^no\.parquet: no such file$"):
        launched(launch, [tmp_path / "no.parquet"], None, "no/base", tmp_path / "out", *read_configs(None))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"processes": 2}, "machines and processes are for accelerate; name its file as config"),
        ({"config": "c.yaml", "processes": 3, "machines": ("", "ssh b")}, "3 processes do not share out to 2 machines"),
        ({"config": "c.yaml", "port": 0}, "port between 1 and 65535"),
    ],
)
def test_what_cannot_be_launched(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        LaunchConfig(**given)
    with pytest.raises(BadInput, match="no such file; name one of configs/accelerate"):
        check_launch(LaunchConfig("c.yaml"))
