"""A training that is killed and goes on gives what one that was left alone gives, to the last bit."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tiny_model import hand_rows, tiny_base, write_rows

import train.watched
from train.adapters import AdapterConfig
from train.checkpoints import newest, partial_folder, start_run
from train.config import TrainConfig
from train.finetune import Trained, finetune, main
from train.steps import Bar
from train.tokenise import TokenConfig
from warehouse.kit import BadInput

# Four steps an epoch, with checkpoints between two logged steps and between two evaluations; dropout draws numbers.
STEPS = TrainConfig(
    epochs=3, batch_size=3, accumulate=2, learning_rate=2e-2, log_steps=2, save_steps=3, eval_steps=5, precision="fp32"
)
LORA = AdapterConfig(r=4, alpha=8, dropout=0.2)
TOKENS = TokenConfig(max_length=96)
TIMED = ("seconds", "tokens_per_second", "memory_gib")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_base(tmp_path_factory.mktemp("base") / "tiny")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("rows")
    return write_rows(folder / "train.parquet", hand_rows()), write_rows(folder / "valid.parquet", hand_rows(6, 24))


def run(base: Path, files: tuple[Path, Path], out: Path, config: TrainConfig = STEPS, **more: Any) -> Trained:
    return finetune([files[0]], files[1], str(base), out, config, more.pop("adapter", LORA), TOKENS, **more)


@pytest.fixture(scope="module")
def whole(base: Path, files: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return run(base, files, tmp_path_factory.mktemp("whole") / "mine")


def untimed(folder: Path) -> list[dict[str, float]]:
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [{key: value for key, value in line.items() if key not in TIMED} for line in lines]


def assert_same(one: Path, other: Path) -> None:
    assert untimed(one) == untimed(other)
    born = [json.loads((folder / "birth.json").read_text(encoding="utf-8")) for folder in (one, other)]
    for certificate in born:
        certificate.pop("code")  # the checkout may move on while a test runs
    assert born[0] == born[1]
    for name in ("adapter_model.safetensors", "lengths.json"):
        assert (one / name).read_bytes() == (other / name).read_bytes(), name


class Killed(BaseException):
    """Stands for a kill: no handler but the outermost runs."""


def die_at(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def on_step_begin(bar: Bar, arguments: Any, state: Any, control: Any, **given: Any) -> None:
        if state.global_step == step:
            raise Killed

    monkeypatch.setattr(Bar, "on_step_begin", on_step_begin)


@pytest.mark.parametrize("step", [3, 8])  # right at a checkpoint; after one, in the second epoch
def test_it_goes_on_bit_for_bit(
    base: Path, files: tuple[Path, Path], whole: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    out = tmp_path / "mine"
    with monkeypatch.context() as patched:
        die_at(step, patched)
        with pytest.raises(Killed):
            run(base, files, out)
    assert not out.exists()
    again = run(base, files, out, resume=True)
    assert (again.steps, again.resumed, again.train_loss) == (12, step // 3 * 3, whole.train_loss)
    assert_same(again.folder, whole.folder)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("mine")] == ["mine"]


@pytest.mark.parametrize(
    ("method", "config"),
    [
        ("ptuning", replace(STEPS, packing="auto", by_length=True)),
        ("full", replace(STEPS, packing="never", learning_rate=1e-3, eval_steps=0)),
        ("lora", replace(STEPS, packing="never", save_steps=4, eval_steps=4, keep="eval_loss")),  # at an epoch's end
    ],
)
def test_every_kind_goes_on(
    base: Path, files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: Any, config: Any
) -> None:
    kind = AdapterConfig(method=method, r=2, virtual_tokens=3, encoder_hidden=8)
    left = run(base, files, tmp_path / "left", config, adapter=kind)
    with monkeypatch.context() as patched:
        die_at(6, patched)
        with pytest.raises(Killed):
            run(base, files, tmp_path / "killed", config, adapter=kind)
    again = run(base, files, tmp_path / "killed", config, adapter=kind, resume=True)
    assert again.resumed in (4, 6)
    assert untimed(again.folder) == untimed(left.folder)
    weights = "model.safetensors" if method == "full" else "adapter_model.safetensors"
    assert (again.folder / weights).read_bytes() == (left.folder / weights).read_bytes()


def test_sigterm_leaves_a_checkpoint_to_go_on_from(
    base: Path, files: tuple[Path, Path], whole: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def on_step_end(bar: Bar, arguments: Any, state: Any, control: Any, **given: Any) -> None:
        if state.global_step == 7:
            os.kill(os.getpid(), signal.SIGTERM)

    out = tmp_path / "mine"
    with monkeypatch.context() as patched:
        patched.setattr(Bar, "on_step_end", on_step_end)
        stopped = run(base, files, out)
    assert (stopped.stopped, stopped.steps) == (True, 7)
    assert "stopped" in json.loads((out / "birth.json").read_text())
    found = newest(partial_folder(out))
    assert found is not None
    assert found.step == 7
    assert_same(run(base, files, out, resume=True).folder, whole.folder)
    assert not partial_folder(out).exists()


def test_ctrl_c_keeps_a_checkpoint_and_says_so(
    base: Path, files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    def on_step_begin(bar: Bar, arguments: Any, state: Any, control: Any, **given: Any) -> None:
        if state.global_step == 4:
            raise KeyboardInterrupt

    monkeypatch.setattr(Bar, "on_step_begin", on_step_begin)
    config = tmp_path / "c.toml"
    config.write_text('[train]\nbatch_size = 6\nsave_steps = 3\nprecision = "fp32"\n[tokens]\nmax_length = 96\n')
    words = ["--config", str(config), "--data", str(files[0]), "--base", str(base), "--out", str(tmp_path / "mine")]
    assert main(words) == 130
    assert capsys.readouterr().err.endswith("stopped; a checkpoint after step 3 is kept: --resume goes on from there\n")


def test_checkpoints_of_something_else_are_refused_and_kept(
    base: Path, files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "mine"
    with monkeypatch.context() as patched:
        die_at(5, patched)
        with pytest.raises(Killed):
            run(base, files, out)
    other = write_rows(tmp_path / "train.parquet", hand_rows(23))
    with pytest.raises(BadInput, match=r"checkpoints are of a training with other learning_rate, train\.parquet; give"):
        finetune([other], files[1], str(base), out, replace(STEPS, learning_rate=1e-3), LORA, TOKENS, resume=True)
    assert newest(partial_folder(out)) is not None
    assert run(base, files, out, replace(STEPS, max_steps=4)).resumed == 0  # not asked to go on: anew
    assert not partial_folder(out).exists()


def test_a_checkpoint_half_written_is_passed_over(tmp_path: Path) -> None:
    out = tmp_path / "mine"
    assert start_run(out, {"a": 1}, resume=True) is None
    assert sorted(path.name for path in partial_folder(out).iterdir()) == ["run.json"]
    for step, mark in ((3, True), (12, False)):
        folder = partial_folder(out) / f"checkpoint-{step}"
        folder.mkdir()
        if mark:
            train.watched.mark_whole(folder, [{"step": 2, "loss": 1.5}], 0.25, 3.0, 2)
    found = start_run(out, {"a": 1}, resume=True)
    assert found is not None
    assert (found.step, found.lines, found.loss_pending, found.loss_before) == (
        3,
        [{"step": 2, "loss": 1.5}],
        0.25,
        3.0,
    )
    (tmp_path / "yours.partial").mkdir()
    (tmp_path / "yours.partial" / "letter.txt").write_text("x")
    with pytest.raises(BadInput, match="something else is there"):
        start_run(tmp_path / "yours", {}, resume=False)


@pytest.mark.slow
def test_a_process_that_is_killed_goes_on(base: Path, files: tuple[Path, Path], whole: Trained, tmp_path: Path) -> None:
    config, out = tmp_path / "c.toml", tmp_path / "mine"
    config.write_text(
        "[train]\nepochs = 3\nbatch_size = 3\naccumulate = 2\nlearning_rate = 2e-2\nlog_steps = 2\nsave_steps = 3\n"
        'eval_steps = 5\nprecision = "fp32"\n[adapter]\nr = 4\nalpha = 8\ndropout = 0.2\n[tokens]\nmax_length = 96\n'
    )
    words = [sys.executable, "-m", "train.finetune", "--config", str(config), "--data", str(files[0])]
    words += ["--valid", str(files[1]), "--base", str(base), "--out", str(out), "--resume"]
    running = subprocess.Popen(words, stderr=subprocess.DEVNULL, cwd=Path(__file__).parent.parent)
    deadline = time.monotonic() + 120
    while newest(partial_folder(out)) is None and running.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    running.send_signal(signal.SIGKILL)
    assert running.wait() == -signal.SIGKILL
    assert not out.exists()
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=Path(__file__).parent.parent)
    assert done.returncode == 0, done.stderr
    assert " of them before in " in done.stdout
    assert_same(out, whole.folder)
