"""A trainer's steps in; metrics.jsonl, the progress bar, the stop on SIGTERM and the choice of weights out."""

import json
import signal
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from tqdm import tqdm
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from train.bars import step_bar
from train.checkpoints import save_trained
from train.config import Keep

LOGGED = (
    "loss", "grad_norm", "learning_rate", "tokens_per_second", "memory_gib", "eval_loss", "eval_accuracy",
)  # fmt: skip
SHOWN = {
    "loss": "loss {:.3f}", "eval_loss": "eval_loss {:.3f}", "tokens_per_second": "{:,.0f} tokens/s",
    "memory_gib": "{:.2f} GiB",
}  # fmt: skip


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
        """Stops once told to, with a checkpoint to go on from."""
        if dist.is_initialized():  # all processes stop after the same step
            told = torch.tensor(int(self.told), device=args.device)
            dist.all_reduce(told, dist.ReduceOp.MAX)
            self.told = bool(told)
        control.should_training_stop = control.should_training_stop or self.told
        control.should_save = control.should_save or self.told

    def restore(self) -> None:
        """Gives the signal back to who had it, also after a training that failed."""
        if self.before is not None:
            signal.signal(signal.SIGTERM, self.before)

    def _tell(self, *given: Any) -> None:
        self.told = True


class MetricsLog(TrainerCallback):
    """Writes one JSON line per logged step: step, epoch, seconds since the start, and loss or eval_loss (nats).

    `lines` are those of a training that goes on; its seconds go on too. No path: nothing is written.
    """

    def __init__(self, path: Path | None, lines: Sequence[dict[str, float]] = ()) -> None:
        self.path, self.lines = path, list(lines)
        self.start = time.perf_counter() - (self.lines[-1]["seconds"] if self.lines else 0.0)
        if path is not None:
            path.write_text("".join(json.dumps(line) + "\n" for line in self.lines), encoding="utf-8")

    def on_log(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any) -> None:
        """Adds the line of this step, unless it holds nothing to keep."""
        logs = given.get("logs") or {}
        kept = {name: float(logs[name]) for name in LOGGED if name in logs}
        if not kept:
            return
        seconds = round(time.perf_counter() - self.start, 2)
        line = {"step": state.global_step, "epoch": round(state.epoch or 0.0, 4), "seconds": seconds, **kept}
        self.lines.append(line)
        if self.path is not None:
            with open(self.path, "a", encoding="utf-8") as stream:
                stream.write(json.dumps(line) + "\n")


class Bar(TrainerCallback):
    """Shows steps done, time left, the last losses, tokens a second and memory on standard error."""

    def __init__(self) -> None:
        self.bar: tqdm | None = None
        self.shown: dict[str, str] = {}

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any
    ) -> None:
        """Opens the bar."""
        if state.is_world_process_zero:
            self.bar = step_bar("training", state.max_steps, initial=state.global_step)

    def on_log(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any) -> None:
        """Shows the newest figures from the next step on."""
        logs = given.get("logs") or {}
        self.shown |= {name: form.format(logs[name]) for name, form in SHOWN.items() if name in logs}

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any) -> None:
        """Moves the bar by one step."""
        if self.bar is not None:
            self.bar.set_postfix_str(", ".join(self.shown.values()), refresh=False)
            self.bar.update()

    def on_train_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any) -> None:
        """Closes the bar."""
        if self.bar is not None:
            self.bar.close()


class Keeper(TrainerCallback):
    """Says when to measure, to stop early and, by the held-out figures so far, which weights are worth keeping.

    `every` is a number of steps, 0 for the end of each epoch. `patience` is how many measurements in a row may bring
    nothing better, 0 for any number.
    """

    def __init__(self, log: MetricsLog, folder: Path, measured: bool, every: int, keep: Keep, patience: int) -> None:
        self.log, self.folder, self.measured, self.every = log, folder, measured, every
        self.keep, self.patience = keep, patience
        self.early = False

    @property
    def metric(self) -> str:
        """The figure that is compared."""
        return "eval_loss" if self.keep == "last" else self.keep

    @property
    def best(self) -> Path | None:
        """The file of the weights to keep; None for those of the last step."""
        step = best_step(self.log.lines, self.metric)
        path = self.folder / f"best-{step}.safetensors"
        return path if self.keep != "last" and step is not None and path.is_file() else None

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any) -> None:
        """Measures at the end too, and leaves out a checkpoint there, where the adapter itself is written next."""
        end = state.global_step >= state.max_steps
        due = state.global_step % self.every == 0 if self.every else float(state.epoch or 0).is_integer()
        control.should_evaluate = self.measured and (due or end)
        control.should_save = control.should_save and not end

    def on_evaluate(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any) -> None:
        """Keeps the weights where they are the best so far, and stops where nothing better has come for long."""
        if state.global_step == 0:
            return  # the base
        best = best_step(self.log.lines, self.metric)
        if self.keep != "last" and best == state.global_step and state.is_world_process_zero:
            save_trained(given["model"], self.folder / f"best-{best}.safetensors")
        self.early = bool(self.patience) and since_best(self.log.lines, self.metric) >= self.patience
        control.should_training_stop = control.should_training_stop or self.early

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any) -> None:
        """Removes what was the best before: no checkpoint asks for it any more."""
        best = self.best
        for path in self.folder.glob("best-*.safetensors") if best and state.is_world_process_zero else ():
            if path != best:
                path.unlink()


def best_step(lines: Sequence[dict[str, float]], metric: str) -> int | None:
    """The step whose held-out figure is the best, the first of equals; None before any but the base was measured."""
    found = _measured(lines, metric)
    return None if not found else min(found, key=lambda point: (point[1], point[0]))[0]


def since_best(lines: Sequence[dict[str, float]], metric: str) -> int:
    """How many measurements have been made since the best."""
    best = best_step(lines, metric)
    return 0 if best is None else sum(step > best for step, _ in _measured(lines, metric))


def _measured(lines: Sequence[dict[str, float]], metric: str) -> list[tuple[int, float]]:
    """Steps and figures, of which lower is better."""
    sign = 1 if metric == "eval_loss" else -1
    return [(int(line["step"]), sign * line[metric]) for line in lines if metric in line and line["step"]]
