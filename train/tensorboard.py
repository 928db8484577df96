"""Logged figures in, event files for TensorBoard out, beside the adapter: tensorboard --logdir FOLDER

They name the machine they were made on, as TensorBoard wants it, and so are no part of the adapter's folder.
"""

import shutil
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from train.checkpoints import Checkpoint

SAID = "tensorboard = true needs the package tensorboard: pip install tensorboard; going on without event files"


def events_folder(out: Path) -> Path:
    """Where the event files of the adapter `out` lie."""
    return Path(out).with_name(f"{Path(out).name}.tensorboard")


def event_files(out: Path, wanted: bool, checkpoint: Checkpoint | None) -> list[TrainerCallback]:
    """The callback that writes them, if they are wanted and the package is there; a line on standard error if not."""
    if not wanted:
        return []
    if find_spec("tensorboard") is None:
        print(SAID, file=sys.stderr)
        return []
    return [EventFiles(events_folder(out), checkpoint.step if checkpoint else None)]


class EventFiles(TrainerCallback):
    """Writes every logged figure; those after the step that a training goes on from are dropped by TensorBoard."""

    def __init__(self, folder: Path, resumed: int | None) -> None:
        from torch.utils.tensorboard import SummaryWriter

        if resumed is None:
            shutil.rmtree(folder, ignore_errors=True)
        self.writer: Any = SummaryWriter(str(folder), purge_step=resumed if resumed is None else resumed + 1)

    def on_log(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any) -> None:
        """Adds the figures of this step."""
        for name, value in (given.get("logs") or {}).items():
            if isinstance(value, int | float):
                self.writer.add_scalar(name, value, state.global_step)

    def on_train_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any) -> None:
        """Writes what is left."""
        self.writer.close()
