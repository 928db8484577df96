"""Training by its own command, and on a machine that has only what training needs: one line and a status, nothing left behind."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tiny_model import hand_set, tiny_base

import train.finetune
import train.prepare
from train.adapters import AdapterConfig
from train.finetune import TrainConfig, main, read_configs
from train.tokenise import TokenConfig

BARE_FILES = {
    "adapter_model.safetensors", "adapter_config.json", "birth.json", "metrics.jsonl", "lengths.json", "loss.html",
}  # fmt: skip
NOT_ON_A_BARE_MACHINE = (
    "prefect",
    "duckdb",
    "rich",
    "typer",
    "jieba",
    "opencc",
    "httpx",
    "rensa",
    "matplotlib",
    "fastapi",
    "bitsandbytes",
)
BLOCK = f"""
import importlib.machinery
real = importlib.machinery.PathFinder.find_spec
def find_spec(name, *places):
    return None if name.partition(".")[0] in {NOT_ON_A_BARE_MACHINE} else real(name, *places)
importlib.machinery.PathFinder.find_spec = staticmethod(find_spec)  # dill calls it on an instance
"""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_base(tmp_path_factory.mktemp("base") / "tiny")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return hand_set(tmp_path_factory.mktemp("sets"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[train]\nepoch = 2\n", "[train]: unknown key 'epoch'; did you mean 'epochs'?"),
        ("[trian]\nepochs = 2\n", "unknown table [trian]; known tables: train, adapter, tokens"),
        ("[train]\nbatch_size = 0\n", "[train]: batch_size, accumulate and log_steps must be at least 1"),
        ('[adapter]\nmethod = "lo"\n', "[adapter]: method is 'lo'; choose one of lora, qlora, prefix, ptuning, full"),
        ("[tokens]\nmax_length = 1\n", "[tokens]: max_length is 1; it must be at least 2 tokens"),
        ("[train\n", "not valid TOML"),
    ],
)
def test_a_config_that_is_wrong_is_one_line_and_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    config = tmp_path / "x.toml"
    config.write_text(text)
    given = ["--config", str(config), "--data", "d.parquet", "--base", "b", "--out", str(tmp_path / "out")]
    assert main(given) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"{config}: {said}")
    assert err.count("\n") == 1


def test_a_config_is_read_by_its_tables(tmp_path: Path) -> None:
    config = tmp_path / "x.toml"
    config.write_text(
        'registries = ["sample"]\n[embedded]\nsteps = 8\n'  # what a run's config says to other rooms
        '[train]\nepochs = 2\n[adapter]\ntarget_modules = ["q_proj"]\n[tokens]\noverlong = "skip"\n'
    )
    assert read_configs(config) == (
        TrainConfig(epochs=2.0),
        AdapterConfig(target_modules=("q_proj",)),
        TokenConfig(overlong="skip"),
    )
    assert read_configs(None) == (TrainConfig(), AdapterConfig(), TokenConfig())


def test_ctrl_c_on_the_command_line_is_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def stopped(*given: object, **named: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(train.finetune, "finetune", stopped)
    assert main(["--data", "d.parquet", "--base", "b", "--out", str(tmp_path / "out")]) == 130
    assert capsys.readouterr() == ("", "stopped; nothing was left behind\n")


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs Python where what a bare GPU machine lacks cannot be found."""
    folder = tmp_path_factory.mktemp("bare")
    (folder / "sitecustomize.py").write_text(BLOCK)
    repository = Path(train.finetune.__file__).parents[1]
    environment = {**os.environ, "PYTHONPATH": f"{folder}:{repository}"}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *words], env=environment, cwd=folder, capture_output=True, text=True, check=False
        )

    return run


def test_it_runs_on_a_bare_machine(
    bare: Callable[..., subprocess.CompletedProcess[str]], base: Path, data: tuple[Path, Path], tmp_path: Path
) -> None:
    for name in ("prefect", "duckdb", "rich", "typer", "jieba", "opencc", "bitsandbytes"):
        assert f"No module named '{name}'" in bare("-c", f"import {name}").stderr
    config, out = tmp_path / "quick.toml", tmp_path / "adapters" / "mine"
    config.write_text(
        '[train]\nmax_steps = 2\nbatch_size = 4\nprecision = "fp32"\n[adapter]\nr = 2\n[tokens]\nmax_length = 96\n'
    )
    words = ["-m", "train.finetune", "--config", str(config), "--data", str(data[0]), "--valid", str(data[1])]
    done = bare(*words, "--base", str(base), "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{out}: 2 steps in ")
    assert ", held-out loss " in done.stdout
    assert done.stdout.count("\n") == 1
    assert {path.name for path in out.iterdir()} == BARE_FILES
    assert [path.name for path in out.parent.iterdir()] == ["mine"]


def test_an_unknown_key_is_one_line_on_a_bare_machine(
    bare: Callable[..., subprocess.CompletedProcess[str]], base: Path, data: tuple[Path, Path], tmp_path: Path
) -> None:
    config = tmp_path / "wrong.toml"
    config.write_text("[train]\nlearning_rat = 1e-3\n")
    words = ["-m", "train.finetune", "--config", str(config), "--data", str(data[0])]
    done = bare(*words, "--base", str(base), "--out", str(tmp_path / "out"))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"{config}: [train]: unknown key 'learning_rat'; did you mean 'learning_rate'?\n"
    assert not (tmp_path / "out").exists()
