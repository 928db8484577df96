"""Useful tokens a second: our batches against fixed lengths and against TRL's SFTTrainer, same model and rows, one run.

    .venv/bin/python benchmarks/throughput.py [--rows 24] [--repeats 3]      about two minutes on a quiet core

Useful tokens are those of the rows, supervised ones apart; padding is none. The model is a random Qwen3 of 12 M weights
under LoRA, trained in fp32, 8 rows a step. The rows are of a training set built from the bundled sample, or from the
four novels where HUABEN_CORPORA names them:

    questions    as the first experiment on 三国 had them: 64 tokens of question and 64 of answer, padded to 128
    all tasks    as they come, up to 320 tokens, padded to 320

Rows that do not fit are left out for all. Seconds are those of one processor, on one thread, so that other work on the
machine does not count; repeats are interleaved, and the median is told. TRL runs twice: with its defaults, among which are
bf16 and activation checkpointing, held against ours in bf16; and in fp32 without checkpointing.
"""

import argparse
import os
import random
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from datasets import disable_progress_bars
from peft import LoraConfig, get_peft_model
from transformers import (
    PreTrainedTokenizerBase,
    PrinterCallback,
    Qwen3Config,
    Qwen3ForCausalLM,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)

from train.arguments import trainer_arguments
from train.batches import Collator
from train.config import TrainConfig
from train.embedded import EmbeddedConfig
from train.head import supervised_head
from train.pretrain import train_tokenizer
from train.rows import Row, read_rows
from train.sets import running_text
from train.steps import MetricsLog
from train.tokenise import IGNORED, Encoded, TokenConfig, encode_rows
from train.watched import WatchedTrainer

BATCH, SEED = 8, 20240801
TARGETS = {"fixed": 2.0, "TRL, defaults": 1.0}


def made_rows(folder: Path) -> list[Row]:
    """The rows of a training set of the sample, or of the real files where HUABEN_CORPORA names them."""
    from corpora.load import load_document
    from corpora.registry import load_registry
    from warehouse.curate import CurateConfig, curate
    from warehouse.ingest import ingest
    from warehouse.lake import writing
    from warehouse.training_set import BuildConfig, build

    registry = "classics" if os.environ.get("HUABEN_CORPORA") else "sample"
    with writing(folder) as lake:
        ingest(lake, [load_document(source) for source in load_registry(registry)])
        curate(lake, CurateConfig())
        build(lake, BuildConfig())
    return read_rows(*folder.glob("sets/*/train.parquet"))


def small_model(tokenizer: PreTrainedTokenizerBase) -> Any:
    """A random Qwen3 of 12 M weights with LoRA on every matrix but the head."""
    torch.manual_seed(SEED)
    model = Qwen3ForCausalLM(
        Qwen3Config(
            vocab_size=len(tokenizer), hidden_size=384, intermediate_size=1152, num_hidden_layers=6, head_dim=64,
            num_attention_heads=6, num_key_value_heads=2, max_position_embeddings=1024, tie_word_embeddings=True,
            bos_token_id=None, eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id,
        )
    )  # fmt: skip
    return get_peft_model(model, LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM"))


class Clock(TrainerCallback):
    """Processor seconds from the end of a training's first step, which warms up, to the end of its last."""

    began = ended = 0.0

    def on_step_end(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        """Starts at the first step's end and moves on at every later one."""
        self.ended = time.process_time()
        if state.global_step == 1:
            self.began = self.ended


class Fixed:
    """Rows in, a batch out in which each row is padded to the same number of tokens, whatever it needs."""

    def __init__(self, pad: int, length: int) -> None:
        self.pad, self.length = pad, length

    def __call__(self, rows: Sequence[Encoded]) -> dict[str, torch.Tensor]:
        """Tensors of shape (rows, length)."""
        ids = torch.full((len(rows), self.length), self.pad)
        labels, mask = torch.full_like(ids, IGNORED), torch.zeros_like(ids)
        for number, row in enumerate(rows):
            end = len(row.input_ids)
            ids[number, :end], labels[number, :end] = torch.tensor(row.input_ids), torch.tensor(row.labels)
            mask[number, :end] = 1
        return {"input_ids": ids, "labels": labels, "attention_mask": mask}


def timed(trainer: Trainer, clock: Clock) -> float:
    """The seconds of that training, which prints nothing."""
    trainer.remove_callback(PrinterCallback)
    trainer.train()
    return clock.ended - clock.began


def ours(model: Any, rows: Sequence[Encoded], pad: int, folder: Path, dtype: torch.dtype) -> float:
    """Seconds of our trainer, packed; in bf16 the weights stay in fp32 and sums are in bf16, as in TRL."""
    clock = Clock()
    config = TrainConfig(epochs=1, batch_size=BATCH, save_steps=0, precision="fp32")
    trainer = WatchedTrainer(
        rows=rows, held=[], by_length=False, log=MetricsLog(None), head=supervised_head(model), model=model, collator=Collator(pad, packed=True),
        args=trainer_arguments(config, folder, measured=False, dtype=dtype), callbacks=[clock],
    )  # fmt: skip
    return timed(trainer, clock)


def fixed(model: Any, rows: Sequence[Encoded], pad: int, folder: Path, length: int) -> float:
    """Seconds of a plain trainer on batches of a fixed length."""
    clock = Clock()
    arguments = TrainingArguments(
        output_dir=str(folder), num_train_epochs=1, per_device_train_batch_size=BATCH, learning_rate=2e-4, use_cpu=True,
        save_strategy="no", report_to=[], remove_unused_columns=False, disable_tqdm=True, logging_strategy="no", seed=SEED,
        dataloader_pin_memory=False,
    )  # fmt: skip
    trainer = Trainer(
        model=model,
        args=arguments,
        data_collator=Fixed(pad, length),
        train_dataset=rows,
        callbacks=[clock],  # type: ignore[arg-type]
    )
    return timed(trainer, clock)


def trl(model: Any, rows: Sequence[Encoded], tokenizer: PreTrainedTokenizerBase, folder: Path, defaults: bool) -> float:
    """Seconds of TRL's SFTTrainer on the same tokens; the loss is on the completion, which is its default."""
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    clock = Clock()
    plain: dict[str, Any] = {} if defaults else {"bf16": False, "gradient_checkpointing": False}
    arguments = SFTConfig(
        output_dir=str(folder), num_train_epochs=1, per_device_train_batch_size=BATCH, use_cpu=True, save_strategy="no",
        report_to=[], disable_tqdm=True, logging_strategy="no", seed=SEED, dataloader_pin_memory=False, **plain,
    )  # fmt: skip
    masks = [[int(label != IGNORED) for label in row.labels] for row in rows]
    data = Dataset.from_dict({"input_ids": [row.input_ids.tolist() for row in rows], "completion_mask": masks})
    trainer = SFTTrainer(model=model, args=arguments, train_dataset=data, processing_class=tokenizer, callbacks=[clock])
    return timed(trainer, clock)


def measure(
    name: str, rows: Sequence[Encoded], length: int, tokenizer: PreTrainedTokenizerBase, folder: Path, repeats: int
) -> None:
    """Print the medians of each way of training these rows, and how ours compares."""
    pad = int(tokenizer.pad_token_id)
    ways: dict[str, Callable[[Any], float]] = {
        "ours, fp32": lambda model: ours(model, rows, pad, folder, torch.float32),
        "ours, bf16": lambda model: ours(model, rows, pad, folder, torch.bfloat16),
        f"fixed, {length} tokens, fp32": lambda model: fixed(model, rows, pad, folder, length),
        "TRL, fp32": lambda model: trl(model, rows, tokenizer, folder, defaults=False),
        "TRL, defaults (bf16)": lambda model: trl(model, rows, tokenizer, folder, defaults=True),
    }
    share = (len(rows) - BATCH) / len(rows)  # all steps but the first
    tokens = share * sum(len(row.input_ids) for row in rows)
    supervised = share * sum(len(row.input_ids) - row.prompt_length for row in rows)
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(repeats):
        for way, run in ways.items():
            seconds[way].append(run(small_model(tokenizer)))
    medians = {way: statistics.median(found) for way, found in seconds.items()}
    mean = sum(len(row.input_ids) for row in rows) / len(rows)
    print(f"\n{name}: {len(rows)} rows of {mean:.0f} tokens on average, median of {repeats} interleaved repeats")
    print(f"{'':24}{'tokens/s':>10}{'supervised/s':>14}{'ours is':>10}{'target':>8}")
    for way, median in medians.items():
        ratio = median / medians["ours, bf16" if "bf16" in way else "ours, fp32"]
        target = next((f"{value:.0f}x" for start, value in TARGETS.items() if way.startswith(start)), "")
        print(f"{way:24}{tokens / median:10,.0f}{supervised / median:14,.0f}{ratio:9.2f}x{target:>8}")


def main() -> None:
    """Print the two tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=24, help="rows of each table, in steps of 8")
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    disable_progress_bars()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = made_rows(folder / "home")
        tokenizer = train_tokenizer(running_text(rows), EmbeddedConfig())
        encoded, _ = encode_rows(rows, tokenizer, TokenConfig(320, "skip"))
        quiz = {row.sample_id for row in rows if row.task == "quiz"}
        random.Random(SEED).shuffle(encoded)
        answers = {row.sample_id: len(row.input_ids) - row.prompt_length for row in encoded}
        short = [
            row for row in encoded
            if row.sample_id in quiz and answers[row.sample_id] <= 64 and len(row.input_ids) - answers[row.sample_id] <= 64
        ]  # fmt: skip
        print(f"{len(encoded):,} rows, {torch.get_num_threads()} threads, torch {torch.__version__}")
        for title, found, length in (("questions", short, 128), ("all tasks", encoded, 320)):
            many = min(given.rows, len(found)) // BATCH * BATCH
            measure(title, found[:many], length, tokenizer, folder / "out", given.repeats)


if __name__ == "__main__":
    main()
