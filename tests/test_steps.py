"""Batches as whole tensors, the watch over the loss, and the lines of metrics.jsonl."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import TrainerControl, TrainerState, TrainingArguments

from train.steps import Bar, Collator, MetricsLog, as_features, judge_loss
from train.tokenise import Encoded
from warehouse.kit import BadInput

ROWS = [Encoded("a", [5, 6, 2], [-100, 6, 2]), Encoded("b", [7, 8, 9, 4, 2], [-100, -100, 9, 4, 2], "text")]


@pytest.mark.parametrize("pad", [0, 2])
def test_a_batch_is_padded_on_the_right(pad: int) -> None:
    batch = Collator(pad)(as_features(ROWS))
    assert {name: value.tolist() for name, value in batch.items() if name != "sample_ids"} == {
        "input_ids": [[5, 6, 2, pad, pad], [7, 8, 9, 4, 2]],
        "attention_mask": [[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]],
        "labels": [[-100, 6, 2, -100, -100], [-100, -100, 9, 4, 2]],
    }  # where the end is also the padding, the row's own end keeps its label
    assert {value.dtype for name, value in batch.items() if name != "sample_ids"} == {torch.int64}
    assert batch["sample_ids"] == ["a", "b"]
    assert Collator(pad)(as_features(ROWS[:1]))["input_ids"].tolist() == [[5, 6, 2]]


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


def test_the_bar_counts_steps_and_shows_the_last_losses(capsys: pytest.CaptureFixture[str]) -> None:
    bar, arguments, control = Bar(), TrainingArguments(use_cpu=True), TrainerControl()
    state = TrainerState(global_step=0, epoch=0.0)
    state.max_steps = 2
    bar.on_train_begin(arguments, state, control)
    given(bar, 0, 0.0, {"eval_loss": 5.5})
    given(bar, 1, 0.5, {"loss": 4.25})
    for _ in range(2):
        bar.on_step_end(arguments, state, control)
    assert bar.bar is not None
    assert (bar.bar.n, bar.bar.total, bar.bar.postfix) == (2, 2, "eval_loss 5.500, loss 4.250")
    bar.on_train_end(arguments, state, control)
    out, err = capsys.readouterr()
    assert out == ""
    assert "training" in err
