"""The model to train and its longest rows in, what a step of training takes of the machine's memory out.

A forward and a backward pass over the longest batch, reached in three strides of four times the tokens each: a
process on the CPU that asks for too much is killed without a word, so each stride is taken only if it should fit.
No weight moves, and no random number that training draws is used up.
"""

import threading
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import psutil
import torch

from train.adapters import AdapterConfig
from train.bases import training_device
from train.batches import Collator, model_inputs
from train.config import TrainConfig
from train.head import SupervisedHead
from train.threads import suited_threads
from train.tokenise import Encoded
from train.watched import judge_loss
from warehouse.kit import BadInput

STRIDES = (1 / 16, 1 / 4, 1.0)  # of the longest batch's tokens
LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")  # of a container
GIB = 2**30
PAUSE = 0.005  # seconds between two looks at a process's memory


@dataclass(frozen=True, slots=True)
class Fit:
    """What the longest batch takes. Memory in bytes: weights, activations, gradients and the optimiser's moments."""

    rows: int
    tokens: int  # of its longest row, to which the others are padded
    needed: int
    available: int
    device: str

    @property
    def sentence(self) -> str:
        """The figures for a person."""
        return (
            f"the longest batch, {self.rows} rows of {self.tokens} tokens, takes {_gib(self.needed)} of the "
            f"{_gib(self.available)} that {self.device} has for it"
        )


def dry_run(
    model: Any,
    encoded: Sequence[Encoded],
    collator: Collator,
    config: TrainConfig,
    adapter: AdapterConfig,
    head: SupervisedHead | None = None,
) -> Fit:
    """The measured memory of one step on the longest batch; the model is left on the device that trains it.

    Raises BadInput saying what to change when it does not fit, and naming the rows when their loss is not finite.
    """
    device = training_device()
    _place(model, device, remedy(0, config, adapter))
    longest = sorted(encoded, key=lambda row: len(row.input_ids), reverse=True)[: config.batch_size]
    rows, tokens = len(longest), len(longest[0].input_ids)
    moments = sum(2 * weight.numel() * weight.element_size() for weight in model.parameters() if weight.requires_grad)
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []), suited_threads(model):
        _pass(model, collator([_end_of(longest[0], 2)]), device, head)  # touches every weight once
        resting, available = _used(device) + moments, available_memory(device)
        growth, before, loss = 0, 1, 1.0  # bytes that the stride before took, and its tokens
        for share in STRIDES:
            batch = _part(longest, share)
            size = len(batch) * len(batch[0].input_ids)
            growth = growth * size // before
            if resting + growth <= available:
                peak, loss = _measured(model, collator(batch), device, head)
                growth = max(0, peak + moments - resting)
            if resting + growth > available:
                whole = resting + growth * rows * tokens // size
                fitting = int((available - resting) / max(1, growth) * size / tokens)
                raise BadInput(
                    f"preflight: the longest batch, {rows} rows of {tokens} tokens, does not fit: it takes some "
                    f"{_gib(whole)}, and {_name(device)} has {_gib(available)} for it; {remedy(fitting, config, adapter)}"
                )
            before = size
    judge_loss(loss, [row.sample_id for row in longest], 0)
    return Fit(rows, tokens, resting + growth, available, _name(device))


def remedy(fitting: int, config: TrainConfig, adapter: AdapterConfig) -> str:
    """What to change so that the longest batch fits, when `fitting` rows of it would."""
    if 0 < fitting < config.batch_size:
        batches = -(-config.batch_size * config.accumulate // fitting)
        same = "" if fitting * batches == config.batch_size * config.accumulate else "about "
        return f"set batch_size = {fitting} and accumulate = {batches} under [train], which is {same}the same step"
    ways = []
    if not config.gradient_checkpointing and adapter.method != "prefix":
        ways.append("set gradient_checkpointing = true under [train]")
    if adapter.method != "qlora":
        ways.append(f'set method = "{"lora" if adapter.method == "full" else "qlora"}" under [adapter]')
    return ", ".join([*ways, "lower max_length under [tokens]"]) + " or take a smaller base"


def available_memory(device: torch.device) -> int:
    """Bytes that this process may have on the device, with what it has already."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return int(free) + torch.cuda.memory_reserved(device)
    free = psutil.virtual_memory().available + _used(device)
    limits = [path.read_text().strip() for path in map(Path, LIMITS) if path.is_file()]
    return min([free, *(int(limit) for limit in limits if limit.isdigit())])


def _used(device: torch.device) -> int:
    if device.type == "cuda":
        return int(torch.cuda.memory_allocated(device))
    return int(psutil.Process().memory_info().rss)


def _place(model: Any, device: torch.device, change: str) -> None:
    """Moves the model to the device; quantised weights are loaded where they stay."""
    if device.type == "cpu" or getattr(model, "is_quantized", False):
        return
    try:
        model.to(device)
    except torch.OutOfMemoryError:
        raise BadInput(f"preflight: the base's weights alone do not fit on {_name(device)}; {change}") from None


def _measured(
    model: Any, batch: dict[str, Any], device: torch.device, head: SupervisedHead | None
) -> tuple[int, float]:
    """Most bytes in use during a pass, and its loss; more bytes than there are where it fails for want of memory."""
    try:
        with _Peak(device) as peak:
            loss = _pass(model, batch, device, head)
    except (torch.OutOfMemoryError, RuntimeError) as error:
        if not isinstance(error, torch.OutOfMemoryError) and "allocate memory" not in str(error):
            raise
        model.zero_grad(set_to_none=True)
        return 2 * available_memory(device), 1.0
    return peak.bytes, loss


def _pass(model: Any, batch: dict[str, Any], device: torch.device, head: SupervisedHead | None) -> float:
    """Forward and backward as the trainer does them, without a step. Returns the loss."""
    inputs = {
        name: value.to(device) if isinstance(value, torch.Tensor) else value
        for name, value in model_inputs(batch).items()
    }
    model.train()
    precise = torch.autocast(device.type, dtype=model.dtype, enabled=model.dtype != torch.float32)
    with precise, head.only(inputs) if head else nullcontext(inputs) as given:
        loss = model(**given).loss
    loss.backward()
    model.zero_grad(set_to_none=True)
    return float(loss.detach())


class _Peak:
    """The most memory in use while the block runs, as `bytes`."""

    def __init__(self, device: torch.device) -> None:
        self.device, self.bytes, self.done = device, _used(device), threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        if self.device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(self.device)
        else:
            self.thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self.device.type == "cuda":
            self.bytes = int(torch.cuda.max_memory_allocated(self.device))
        else:
            self.done.set()
            self.thread.join()

    def _watch(self) -> None:
        process = psutil.Process()
        while not self.done.wait(PAUSE):
            self.bytes = max(self.bytes, int(process.memory_info().rss))


def _part(longest: Sequence[Encoded], share: float) -> list[Encoded]:
    """So many of the batch's tokens, in fewer rows and, below one row, in a shorter one."""
    rows = max(1, int(len(longest) * share))
    length = max(2, int(len(longest[0].input_ids) * len(longest) * share / rows))
    return [_end_of(row, length) for row in longest[:rows]]


def _end_of(row: Encoded, length: int) -> Encoded:
    left = row.input_ids[-length:]
    return replace(row, input_ids=left, prompt_length=max(0, row.prompt_length - len(row.input_ids) + len(left)))


def _gib(size: int) -> str:
    return f"{size / GIB:.2f} GiB"


def _name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "the machine's memory"
