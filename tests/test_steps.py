"""The watch over the loss, the lines of metrics.jsonl, the bar, and which weights are worth keeping."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from transformers import TrainerControl, TrainerState, TrainingArguments

from train.steps import Bar, MetricsLog, best_step, since_best
from train.watched import judge_loss
from warehouse.kit import BadInput


@pytest.mark.parametrize(
    ("loss", "said"),
    [
        (float("nan"), "the loss is nan on samples a, b; lower the learning rate or look at these rows"),
        (float("inf"), "the loss is inf on samples a, b; lower the learning rate or look at these rows"),
        (0.0, "the loss is 0.0 on samples a, b; look at their answers"),
    ],
)
def test_a_loss_that_cannot_be_learnt_from_stops(loss: float, said: str) -> None:
    with pytest.raises(BadInput) as error:
        judge_loss(loss, ["a", "b"], 7)
    assert str(error.value) == f"training stopped at step 7: {said}"


def test_of_a_large_batch_eight_are_named() -> None:
    with pytest.raises(BadInput, match="on samples 0, 1, 2, 3, 4, 5, 6, 7 and 3 more; look"):
        judge_loss(0.0, [str(number) for number in range(11)], 1)
    with pytest.raises(BadInput, match="on samples 0, 1, 2, 3, 4, 5, 6, 7; look"):
        judge_loss(0.0, [str(number) for number in range(8)], 1)


@pytest.mark.parametrize("loss", [1e-9, 3.2, -0.5])
def test_any_other_loss_goes_on(loss: float) -> None:
    judge_loss(loss, ["a"], 1)


def given(callback: Any, step: int, epoch: float, logs: dict[str, float] | None) -> None:
    state = TrainerState(global_step=step, epoch=epoch)
    callback.on_log(TrainingArguments(use_cpu=True), state, TrainerControl(), logs=logs)


def test_each_logged_step_is_a_line(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    log = MetricsLog(path)
    given(log, 0, 0.0, {"eval_loss": 5.5, "eval_runtime": 1.0})
    given(log, 5, 1 / 3, {"loss": 4.25, "grad_norm": 1.5, "learning_rate": 1e-3, "epoch": 0.33})
    assert len(path.read_text().splitlines()) == 2  # written as they come
    given(log, 6, 1.0, {"train_runtime": 9.0, "total_flos": 1.0})
    given(log, 6, 1.0, None)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert lines == log.lines
    assert all(line.pop("seconds") >= 0 for line in lines)
    assert lines == [
        {"step": 0, "epoch": 0.0, "eval_loss": 5.5},
        {"step": 5, "epoch": 0.3333, "loss": 4.25, "grad_norm": 1.5, "learning_rate": 0.001},
    ]


def test_the_bar_counts_steps_and_shows_the_last_losses(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    bar, arguments, control = Bar(), TrainingArguments(use_cpu=True), TrainerControl()
    state = TrainerState(global_step=0, epoch=0.0)
    state.max_steps = 2
    bar.on_train_begin(arguments, state, control)
    given(bar, 0, 0.0, {"eval_loss": 5.5})
    given(bar, 1, 0.5, {"loss": 4.25, "tokens_per_second": 1234.4, "memory_gib": 0.5})
    for _ in range(2):
        bar.on_step_end(arguments, state, control)
    assert bar.bar is not None
    assert (bar.bar.n, bar.bar.total, bar.bar.postfix) == (
        2,
        2,
        "eval_loss 5.500, loss 4.250, 1,234 tokens/s, 0.50 GiB",
    )
    bar.on_train_end(arguments, state, control)
    out, err = capsys.readouterr()
    assert out == ""
    assert "training" in err


LINES: list[dict[str, float]] = [
    {"step": step, "eval_loss": loss, "eval_accuracy": accuracy}
    for step, loss, accuracy in [(0, 1.0, 0.9), (4, 3.0, 0.2), (8, 2.0, 0.5), (12, 2.5, 0.6), (16, 2.0, 0.4)]
]


@pytest.mark.parametrize(
    ("upto", "metric", "best", "since"),
    [
        (1, "eval_loss", None, 0),  # the base is no choice
        (2, "eval_loss", 4, 0),
        (5, "eval_loss", 8, 2),  # of equals the first
        (5, "eval_accuracy", 12, 1),
        (0, "eval_loss", None, 0),
    ],
)
def test_the_best_so_far_and_how_long_ago_it_was(upto: int, metric: str, best: int | None, since: int) -> None:
    lines = [{"step": 1, "loss": 0.1}, *LINES[:upto]]
    assert (best_step(lines, metric), since_best(lines, metric)) == (best, since)
