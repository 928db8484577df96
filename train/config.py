"""A run's TOML file in; how the weights are moved, what is trained beside the base and how long rows may be, out."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from train.adapters import AdapterConfig
from train.precision import Precision
from train.tokenise import TokenConfig
from warehouse.kit import BadInput, read_toml, settings

Keep = Literal["last", "eval_loss", "eval_accuracy"]
OTHERS = (
    "registries",
    "base",
    "engine",
    "crawl",
    "assist",
    "curate",
    "build",
    "embedded",
    "launch",
    "generate",
    "promote",
    "retention",
    "trust",  # read by train.trust
)  # for other rooms and other readers


@dataclass(frozen=True)
class TrainConfig:
    """How the weights are moved. The defaults suit LoRA on a base of half a billion weights and more."""

    epochs: float = 3.0
    max_steps: int = 0  # stops earlier; 0: after the epochs
    batch_size: int = 8  # rows on one device
    accumulate: int = 1  # batches to one optimiser step
    learning_rate: float = 2e-4  # the embedded base, so small, needs ten times as much: configs/sample.toml
    schedule: str = "cosine"
    warmup_share: float = 0.05  # of all steps
    weight_decay: float = 0.0
    clip: float = 1.0  # largest norm of the gradient
    log_steps: int = 5
    eval_steps: int = 0  # steps between two looks at the held-out rows; 0: at the end of each epoch
    keep: Keep = "last"  # which weights: the last, or those with the best held-out figure
    patience: int = 0  # measurements in a row that may bring nothing better before the training ends; 0: any number
    save_steps: int = 200  # steps between two checkpoints, from which a killed training goes on; 0: none
    packing: Literal["auto", "always", "never"] = "auto"  # rows end to end instead of padded; auto: where it is exact
    by_length: bool = True  # where rows are not packed: those of like length share a batch, so that less is padding
    tensorboard: bool = False  # event files beside the adapter, in NAME.tensorboard; needs the package tensorboard
    gradient_checkpointing: bool = False  # less memory for a third more time
    precision: Precision = "auto"
    seed: int = 20240801

    def __post_init__(self) -> None:
        if min(self.batch_size, self.accumulate, self.log_steps) < 1 or self.epochs <= 0 or self.learning_rate <= 0:
            raise ValueError(
                "batch_size, accumulate and log_steps must be at least 1, epochs and learning_rate above 0"
            )
        if min(self.eval_steps, self.patience, self.save_steps) < 0:
            raise ValueError("eval_steps, patience and save_steps must be 0 or more")


def read_configs(path: Path | None) -> tuple[TrainConfig, AdapterConfig, TokenConfig]:
    """The tables [train], [adapter] and [tokens] of a run's TOML file; the defaults for what it does not say."""
    tables: dict[str, Any] = read_toml(path) if path else {}
    for name in tables:
        if name not in ("train", "adapter", "tokens", *OTHERS):
            raise BadInput(f"{path}: unknown table [{name}]; known tables: train, adapter, tokens")
    return (
        settings(TrainConfig, tables.get("train", {}), f"{path}: [train]"),
        settings(AdapterConfig, tables.get("adapter", {}), f"{path}: [adapter]"),
        settings(TokenConfig, tables.get("tokens", {}), f"{path}: [tokens]"),
    )
