"""Encoded rows in, optimiser steps out: batches, the watch over the loss, metrics.jsonl and the progress bar."""

import json
import math
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm
from transformers import Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from train.bars import step_bar
from train.tokenise import IGNORED, Encoded
from warehouse.kit import BadInput

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
    """transformers' Trainer, which stops at the first loss that is not finite or is zero and names the batch."""

    def compute_loss(self, model: Any, inputs: dict[str, Any], *args: Any, **options: Any) -> Any:
        """The loss as Trainer computes it. Raises BadInput while training when it cannot be learnt from."""
        sample_ids = inputs["sample_ids"]
        found = super().compute_loss(
            model, {key: value for key, value in inputs.items() if key != "sample_ids"}, *args, **options
        )
        if model.training:
            loss = found[0] if isinstance(found, tuple) else found
            judge_loss(loss.detach().item(), sample_ids, self.state.global_step + 1)
        return found


def judge_loss(loss: float, sample_ids: Sequence[str], step: int) -> None:
    """Raises BadInput, naming the batch, when the loss is nan, infinite or exactly zero."""
    if math.isfinite(loss) and loss != 0:
        return
    named = ", ".join(sample_ids[:SHOWN]) + (f" and {len(sample_ids) - SHOWN} more" if len(sample_ids) > SHOWN else "")
    remedy = "look at their answers" if loss == 0 else "lower the learning rate or look at these rows"
    raise BadInput(f"training stopped at step {step}: the loss is {loss} on samples {named}; {remedy}")


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
