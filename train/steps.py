"""Encoded rows in, optimiser steps out: batches, the watch over the loss, metrics.jsonl and the progress bar."""

import json
import math
import signal
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm
from transformers import Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from train.bars import step_bar
from train.tokenise import IGNORED, Encoded
from warehouse.kit import BadInput, check_interrupt

SHOWN = 8  # sample ids in a message
LOGGED = ("loss", "grad_norm", "learning_rate", "eval_loss")


def as_features(rows: Sequence[Encoded]) -> list[dict[str, Any]]:
    """What the trainer takes: one mapping a row."""
    return [{"sample_id": row.sample_id, "input_ids": row.input_ids, "labels": row.labels} for row in rows]


class Collator:
    """Rows in, one batch out, padded on the right to its longest row.

    pad = 0   [5 6] [7 8 9]   input_ids 5 6 0   attention_mask 1 1 0   labels 5 6 -100
                                        7 8 9                  1 1 1          7 8    9
    """

    def __init__(self, pad: int) -> None:
        self.pad = pad

    def __call__(self, features: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Tensors of shape (rows, longest), and the rows' sample ids for messages."""
        longest = max(len(feature["input_ids"]) for feature in features)
        missing = [longest - len(feature["input_ids"]) for feature in features]
        rows = list(zip(features, missing, strict=True))
        return {
            "input_ids": torch.tensor([row["input_ids"] + [self.pad] * gap for row, gap in rows]),
            "attention_mask": torch.tensor([[1] * (longest - gap) + [0] * gap for _, gap in rows]),
            "labels": torch.tensor([row["labels"] + [IGNORED] * gap for row, gap in rows]),
            "sample_ids": [row["sample_id"] for row in features],
        }


class WatchedTrainer(Trainer):
    """transformers' Trainer, which stops at the first loss or gradient that cannot be learnt from and names the rows."""

    step_ids: tuple[str, ...] = ()  # samples of the optimiser step that is under way

    def compute_loss(self, model: Any, inputs: dict[str, Any], *args: Any, **options: Any) -> Any:
        """The loss as Trainer computes it. Raises BadInput when it is not finite, or zero while training."""
        check_interrupt()
        sample_ids = inputs["sample_ids"]
        found = super().compute_loss(
            model, {key: value for key, value in inputs.items() if key != "sample_ids"}, *args, **options
        )
        loss = (found[0] if isinstance(found, tuple) else found).detach().item()
        if model.training:
            judge_loss(loss, sample_ids, self.state.global_step + 1)
            self.step_ids += tuple(sample_ids)
        elif not math.isfinite(loss):
            raise BadInput(
                f"training stopped after step {self.state.global_step}: the held-out loss is {loss} on samples "
                f"{_named(sample_ids)}; lower the learning rate or look at these rows"
            )
        return found

    def _get_grad_norm(self, model: Any, grad_norm: Any = None) -> Any:
        """Raises BadInput before a gradient that is not finite can spoil the weights; in fp16 the scaler skips it."""
        norm = super()._get_grad_norm(model, grad_norm=grad_norm)
        sample_ids, self.step_ids = self.step_ids, ()
        if not self.args.fp16 and not math.isfinite(float(norm)):
            raise BadInput(
                f"training stopped at step {self.state.global_step + 1}: the gradient is {float(norm)} on samples "
                f"{_named(sample_ids)}; lower the learning rate or look at these rows"
            )
        return norm


def judge_loss(loss: float, sample_ids: Sequence[str], step: int) -> None:
    """Raises BadInput, naming the batch, when the loss is nan, infinite or exactly zero. Step 0 is the preflight's."""
    if math.isfinite(loss) and loss != 0:
        return
    stopped = f"training stopped at step {step}" if step else "preflight stopped before the first step"
    remedy = "look at their answers" if loss == 0 else "lower the learning rate or look at these rows"
    raise BadInput(f"{stopped}: the loss is {loss} on samples {_named(sample_ids)}; {remedy}")


def _named(sample_ids: Sequence[str]) -> str:
    rest = len(sample_ids) - SHOWN
    return ", ".join(sample_ids[:SHOWN]) + (f" and {rest} more" if rest > 0 else "")


class StopOnSignal(TrainerCallback):
    """Ends the training after the step under way when the process gets SIGTERM, so that what was learnt is saved."""

    def __init__(self) -> None:
        self.told = False
        self.before: Any = None

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any
    ) -> None:
        """Listens; only the main thread can."""
        if threading.current_thread() is threading.main_thread():
            self.before = signal.signal(signal.SIGTERM, self._tell)

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any) -> None:
        """Stops once told to."""
        control.should_training_stop = control.should_training_stop or self.told

    def restore(self) -> None:
        """Gives the signal back to who had it, also after a training that failed."""
        if self.before is not None:
            signal.signal(signal.SIGTERM, self.before)

    def _tell(self, *given: Any) -> None:
        self.told = True


class MetricsLog(TrainerCallback):
    """Writes one JSON line per logged step: step, epoch, seconds since the start, and loss or eval_loss (nats)."""

    def __init__(self, path: Path) -> None:
        self.path, self.start = path, time.perf_counter()
        self.lines: list[dict[str, float]] = []

    def on_log(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any) -> None:
        """Adds the line of this step, unless it holds nothing to keep."""
        logs = given.get("logs") or {}
        kept = {name: float(logs[name]) for name in LOGGED if name in logs}
        if not kept:
            return
        seconds = round(time.perf_counter() - self.start, 2)
        line = {"step": state.global_step, "epoch": round(state.epoch or 0.0, 4), "seconds": seconds, **kept}
        self.lines.append(line)
        with open(self.path, "a", encoding="utf-8") as stream:
            stream.write(json.dumps(line) + "\n")


class Bar(TrainerCallback):
    """Shows steps done, time left and the last losses on standard error."""

    def __init__(self) -> None:
        self.bar: tqdm | None = None
        self.shown: dict[str, float] = {}

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any
    ) -> None:
        """Opens the bar."""
        self.bar = step_bar("training", state.max_steps)

    def on_log(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any) -> None:
        """Shows the newest figures from the next step on."""
        logs = given.get("logs") or {}
        self.shown |= {name: logs[name] for name in ("loss", "eval_loss") if name in logs}

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any) -> None:
        """Moves the bar by one step."""
        if self.bar is not None:
            figures = ", ".join(f"{name} {value:.3f}" for name, value in self.shown.items())
            self.bar.set_postfix_str(figures, refresh=False)
            self.bar.update()

    def on_train_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any) -> None:
        """Closes the bar."""
        if self.bar is not None:
            self.bar.close()
