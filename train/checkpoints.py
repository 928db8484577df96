"""A training under way in, a folder beside the adapter from which it goes on bit for bit, out.

    ADAPTER.partial/run.json             what the training was given; to go on, it must be given the same
    ADAPTER.partial/metrics.jsonl        the lines so far
    ADAPTER.partial/checkpoint-200/      trained weights, optimiser, schedule, random numbers; whole.json is written last
    ADAPTER.partial/best-150.safetensors the weights with the best held-out figure, where they are to be kept

The folder goes when the adapter is whole. A checkpoint without whole.json was being written when the process died.
"""

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from warehouse.kit import BadInput, write_whole

WEIGHTS, MARK = "trained.safetensors", "whole.json"
NUMBERED = re.compile(r"checkpoint-(\d+)")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A state to go on from. The losses are what the trainer had summed up by then, in nats."""

    folder: Path
    step: int
    lines: list[dict[str, float]]  # of metrics.jsonl
    loss_pending: float  # since the last logged step
    loss_before: float  # up to it
    logged_step: int


def partial_folder(out: Path) -> Path:
    """Where the checkpoints of the adapter `out` lie."""
    return Path(out).with_name(f"{Path(out).name}.partial")


def start_run(out: Path, given: Mapping[str, Any], resume: bool) -> Checkpoint | None:
    """The newest whole checkpoint to go on from, or None for a start from the beginning in an empty folder.

    Raises BadInput when the checkpoints are of a training that was given something else, or the folder is not ours.
    """
    folder, now = partial_folder(out), json.loads(json.dumps(given))
    run = folder / "run.json"
    if folder.exists() and any(folder.iterdir()) and not run.is_file():
        raise BadInput(
            f"{folder}: something else is there, where checkpoints are to be kept; name another adapter folder"
        )
    found = newest(folder) if resume else None
    if found is not None:
        then = json.loads(run.read_text(encoding="utf-8"))
        if changed := _changed(then, now):
            raise BadInput(
                f"{folder}: its checkpoints are of a training with other {', '.join(changed)}; give what it was given, "
                "or leave --resume out to start from the beginning"
            )
        return found
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(parents=True)
        with write_whole(run) as path:
            path.write_text(json.dumps(now, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return None


def newest(folder: Path) -> Checkpoint | None:
    """The whole checkpoint of the most steps in the folder, or None."""
    steps = sorted(int(found[1]) for path in folder.glob("checkpoint-*") if (found := NUMBERED.fullmatch(path.name)))
    for step in reversed(steps):
        mark = folder / f"checkpoint-{step}" / MARK
        if mark.is_file():
            return Checkpoint(folder=mark.parent, step=step, **json.loads(mark.read_text(encoding="utf-8")))
    return None


def mark_whole(
    folder: Path, lines: list[dict[str, float]], loss_pending: float, loss_before: float, logged_step: int
) -> None:
    """Say that all of the checkpoint is there; the last file that is written."""
    told = {"lines": lines, "loss_pending": loss_pending, "loss_before": loss_before, "logged_step": logged_step}
    with write_whole(folder / MARK) as path:
        path.write_text(json.dumps(told), encoding="utf-8")


def save_trained(model: torch.nn.Module, path: Path, state: Mapping[str, torch.Tensor] | None = None) -> None:
    """Write the weights that training moves, by name; from `state` where the model holds only a share of each."""
    weights = {name: weight for name, weight in model.named_parameters() if weight.requires_grad}
    found = {name: (state[name] if state else weight).detach().contiguous().cpu() for name, weight in weights.items()}
    with write_whole(path) as beside:
        save_file(found, beside)


def load_trained(model: torch.nn.Module, path: Path) -> None:
    """Put back what `save_trained` wrote."""
    found = load_file(path)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.requires_grad:
                weight.copy_(found[name])


def _changed(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """The names of what differs, one level down where a value is a table: "learning_rate", "train.parquet"."""
    changed: list[str] = []
    for name in sorted({*then, *now}):
        old, new = then.get(name), now.get(name)
        if old != new and isinstance(old, dict) and isinstance(new, dict):
            changed += [key for key in sorted({*old, *new}) if old.get(key) != new.get(key)]
        elif old != new:
            changed.append(name)
    return changed
