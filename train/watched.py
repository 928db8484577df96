"""transformers' Trainer with a watch over the loss, exact held-out figures, packed batches and checkpoints bit for bit."""

import math
import time
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import psutil
import torch
from transformers import Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from train.batches import Collator, RowOrder, model_inputs
from train.checkpoints import WEIGHTS, Checkpoint, load_trained, mark_whole, save_trained
from train.head import SupervisedHead
from train.steps import MetricsLog
from train.tokenise import IGNORED, Encoded
from warehouse.kit import BadInput, check_interrupt

SHOWN = 8  # sample ids in a message
GIB = 2**30


class WatchedTrainer(Trainer):
    """Stops at the first loss or gradient that cannot be learnt from and names the rows."""

    step_ids: tuple[str, ...] = ()  # samples of the optimiser step that is under way

    def __init__(
        self,
        rows: Sequence[Encoded],
        held: Sequence[Encoded],
        collator: Collator,
        by_length: bool,
        log: MetricsLog,
        head: SupervisedHead | None = None,
        resumed: Checkpoint | None = None,
        **options: Any,
    ) -> None:
        super().__init__(train_dataset=rows, data_collator=collator, **options)  # type: ignore[arg-type]
        batch = self.args.per_device_train_batch_size * self.args.gradient_accumulation_steps * self.args.world_size
        self.order = RowOrder([len(row.input_ids) for row in rows], batch, by_length, self.args.seed)
        self.held = sorted(held, key=lambda row: len(row.input_ids))
        self.collator, self.metrics, self.head, self.resumed = collator, log, head, resumed
        self.tokens, self.since = 0, time.perf_counter()  # trained on since the last logged step
        self.add_callback(_Follow(self))

    def compute_loss(self, model: Any, inputs: dict[str, Any], *args: Any, **options: Any) -> Any:
        """The loss as Trainer computes it. Raises BadInput when it is not finite, or zero while training."""
        check_interrupt()
        sample_ids = inputs["sample_ids"]
        with self.head.only(model_inputs(inputs)) if self.head else nullcontext(model_inputs(inputs)) as given:
            found = super().compute_loss(model, given, *args, **options)
        loss = (found[0] if isinstance(found, tuple) else found).detach().item()
        if model.training:
            judge_loss(loss, sample_ids, self.state.global_step + 1)
            self.step_ids += tuple(sample_ids)
            self.tokens += sum(end - start for _, start, end in inputs["places"])
        elif not math.isfinite(loss):
            raise BadInput(
                f"training stopped after step {self.state.global_step}: the held-out loss is {loss} on samples "
                f"{_named(sample_ids)}; lower the learning rate or look at these rows"
            )
        return found

    def evaluate(self, *args: Any, **options: Any) -> dict[str, float]:
        """Held-out nats per answer token and the share of answer tokens that come first, over all rows alike.

        Each process takes every so many-th batch; where these do not come out even, a first batch again that does not
        count, as sharded models need every process at every pass.
        """
        start = time.perf_counter()
        size, world = self.args.per_device_eval_batch_size, self.args.world_size
        batches = [self.held[first : first + size] for first in range(0, len(self.held), size)]
        taken = list(range(self.args.process_index, -(-len(batches) // world) * world, world))
        model: Any = self._wrap_model(self.model, training=False)  # type: ignore[arg-type]
        model.eval()
        sums = torch.zeros(3, dtype=torch.float64)  # loss, right tokens, tokens
        with torch.no_grad():
            for number in taken:
                batch = self._prepare_inputs(self.collator(batches[number % len(batches)]))
                with self.accelerator.autocast():
                    loss, outputs = self.compute_loss(model, batch, return_outputs=True)
                if number < len(batches):
                    sums += _sums(float(loss), outputs, batch)
        model.train()
        if world > 1:
            sums = self.accelerator.reduce(sums.float().to(self.args.device)).cpu().double()
        figures = {"eval_loss": float(sums[0] / sums[2]), "eval_accuracy": float(sums[1] / sums[2])}
        self.since += time.perf_counter() - start  # the measuring is no time of the training
        self.log(figures)
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, figures)
        return figures

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Adds to a training step's figures how fast it goes and the memory it takes."""
        if "loss" in logs:
            seconds = max(time.perf_counter() - self.since, 1e-9)
            logs = {**logs, "tokens_per_second": round(self.tokens * self.args.world_size / seconds, 1)}
            logs["memory_gib"] = round(_memory(self.args.device) / GIB, 3)
            self.tokens, self.since = 0, time.perf_counter()
        super().log(logs, start_time)

    def _get_train_sampler(self, train_dataset: Any = None) -> RowOrder:
        return self.order

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

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        super()._save_checkpoint(model, trial)
        pending = self._nested_mean(self._tr_loss)
        if self.args.should_save:
            folder = Path(str(self.args.output_dir)) / f"checkpoint-{self.state.global_step}"
            mark_whole(folder, self.metrics.lines, pending, self._total_loss_scalar, self._globalstep_last_logged)

    def _save(self, output_dir: str | None = None, state_dict: Any = None) -> None:
        if self.args.should_save and output_dir:
            Path(output_dir).mkdir(parents=True, exist_ok=True)
            save_trained(self.accelerator.unwrap_model(self.model), Path(output_dir) / WEIGHTS, state_dict)

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        load_trained(self.accelerator.unwrap_model(model or self.model), Path(resume_from_checkpoint) / WEIGHTS)

    def gathered(self) -> dict[str, torch.Tensor] | None:
        """The whole weights where each process holds a share of them; a call that every process makes."""
        return self.accelerator.get_state_dict(self.model) if self.is_fsdp_enabled else None

    def _nested_mean(self, value: torch.Tensor) -> float:
        return float(self.accelerator.gather(value.detach()).mean()) if self.args.world_size > 1 else value.item()

    def take_up(self, checkpoint: Checkpoint) -> None:
        """Puts back the sums of losses that transformers forgets between two logged steps."""
        self._tr_loss += checkpoint.loss_pending
        self._total_loss_scalar, self._globalstep_last_logged = checkpoint.loss_before, checkpoint.logged_step
        self._initial_global_step = 0  # the mean loss is over the whole training


class _Follow(TrainerCallback):
    """Tells the order of rows which epoch it is, and takes up a checkpoint once the trainer has reset itself."""

    def __init__(self, trainer: WatchedTrainer) -> None:
        self.trainer = trainer

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any
    ) -> None:
        """Takes up where the checkpoint was, or measures the base."""
        self.trainer.since = time.perf_counter()
        if self.trainer.resumed:
            self.trainer.take_up(self.trainer.resumed)

    def on_epoch_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any
    ) -> None:
        """The epoch decides the order of the rows."""
        self.trainer.order.epoch = int(state.epoch or 0)


def judge_loss(loss: float, sample_ids: Sequence[str], step: int) -> None:
    """Raises BadInput, naming the batch, when the loss is nan, infinite or exactly zero. Step 0 is the preflight's."""
    if math.isfinite(loss) and loss != 0:
        return
    stopped = f"training stopped at step {step}" if step else "preflight stopped before the first step"
    remedy = "look at their answers" if loss == 0 else "lower the learning rate or look at these rows"
    raise BadInput(f"{stopped}: the loss is {loss} on samples {_named(sample_ids)}; {remedy}")


def _sums(loss: float, outputs: Any, batch: dict[str, Any]) -> torch.Tensor:
    """(3,): the batch's summed loss, its answer tokens that got the highest logit, and its answer tokens."""
    wanted = batch["labels"][:, 1:]
    seen = wanted != IGNORED
    first = outputs["logits"].argmax(-1)
    if first.shape != (1, int(seen.sum())):  # the head saw all positions, and virtual tokens before them
        first = first[:, -batch["labels"].shape[1] :][:, :-1][seen]
    right = first.reshape(-1) == wanted[seen]
    return torch.tensor([loss * len(right), int(right.sum()), len(right)], dtype=torch.float64)


def _memory(device: torch.device) -> int:
    """Bytes in use, on a GPU at most so far."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    return int(psutil.Process().memory_info().rss)


def _named(sample_ids: Sequence[str]) -> str:
    rest = len(sample_ids) - SHOWN
    return ", ".join(sample_ids[:SHOWN]) + (f" and {rest} more" if rest > 0 else "")
