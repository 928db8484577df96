"""An exported training set and a base in, an adapter with its birth certificate out.

    python -m train.finetune --config configs/sample.toml \\
        --data SET/train.parquet --valid SET/valid.parquet --base BASE --out ADAPTER

Runs where there are only torch, transformers, peft, accelerate, numpy, pandas and pyarrow. The folder ADAPTER is
whole or absent: adapter_model.safetensors, adapter_config.json, birth.json, metrics.jsonl, lengths.json.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from transformers import PrinterCallback, TrainingArguments, set_seed

from train.adapters import AdapterConfig, attach, check, save
from train.bases import Precision, base_fingerprint, load_base
from train.birth import package_versions, training_set_of, write_birth
from train.folders import whole_folder
from train.lengths import length_table
from train.rows import Row, read_rows
from train.steps import Bar, Collator, MetricsLog, WatchedTrainer, as_features
from train.template import template_hash
from train.threads import suited_threads
from train.tokenise import TokenConfig, TokenReport, encode_rows
from warehouse.kit import BadInput, read_toml, settings

OTHERS = ("registries", "base", "curate", "build", "embedded", "generate")  # keys of a run's config for other rooms


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
    by_length: bool = True  # rows of like length share a batch, so that less is padding
    gradient_checkpointing: bool = False  # less memory for a third more time
    precision: Precision = "auto"
    seed: int = 20240801

    def __post_init__(self) -> None:
        if min(self.batch_size, self.accumulate, self.log_steps) < 1 or self.epochs <= 0 or self.learning_rate <= 0:
            raise ValueError(
                "batch_size, accumulate and log_steps must be at least 1, epochs and learning_rate above 0"
            )


@dataclass(frozen=True, slots=True)
class Trained:
    """What a run of training made. Losses are nats per answer token; None without held-out rows."""

    folder: Path
    steps: int
    seconds: float
    train_loss: float  # mean over the run
    base_loss: float | None  # held out, before the first step
    eval_loss: float | None  # held out, after the last
    trainable: int  # weights
    report: TokenReport


def finetune(
    data: Sequence[Path],
    valid: Path | None,
    base: str | Path,
    out: Path,
    config: TrainConfig,
    adapter: AdapterConfig,
    tokens: TokenConfig,
) -> Trained:
    """Trains on the rows of `data` and leaves the adapter in `out`; `valid` is measured before and after.

    The same rows, base and configs give the same adapter, byte for byte, on the same kind of CPU. Raises BadInput
    when something cannot be read, does not go together, or the loss cannot be learnt from; `out` is then as before.
    """
    start = time.perf_counter()
    check_out(out)
    check(adapter, config.gradient_checkpointing)
    rows = read_rows(*data)
    held_out = read_rows(valid) if valid else []
    check_apart(rows, held_out)

    set_seed(config.seed)  # before the adapter's first weights are drawn
    model, tokenizer = load_base(base, config.precision)
    fingerprint = base_fingerprint(base, model)
    limit = getattr(model.config.get_text_config(), "max_position_embeddings", None)
    if limit is not None and tokens.max_length > limit:
        raise BadInput(f"{base}: takes {limit} tokens, max_length is {tokens.max_length}; lower it under [tokens]")
    encoded, report = encode_rows(rows, tokenizer, tokens)
    held, held_report = encode_rows(held_out, tokenizer, replace(tokens, overlong="skip"))  # never measured cut
    if not encoded:
        raise BadInput(f"{data[0]}: no row is left to train on: {report.reasons}; raise max_length under [tokens]")
    tuned = attach(model, adapter)

    with whole_folder(out) as folder:
        log = MetricsLog(folder / "metrics.jsonl")
        trainer = WatchedTrainer(
            model=tuned,
            args=_arguments(config, folder, measured=bool(held), dtype=model.dtype),
            data_collator=Collator(tokenizer.pad_token_id),
            train_dataset=as_features(encoded),  # type: ignore[arg-type]
            eval_dataset=as_features(sorted(held, key=lambda row: len(row.input_ids))) or None,  # type: ignore[arg-type]
            callbacks=[log, Bar()],
        )
        trainer.remove_callback(PrinterCallback)  # it prints on standard output
        with suited_threads(tuned):
            done = trainer.train()
        save(tuned, tokenizer, folder)
        measured = [line["eval_loss"] for line in log.lines if "eval_loss" in line]
        trained = Trained(
            folder=Path(out),
            steps=done.global_step,
            seconds=time.perf_counter() - start,
            train_loss=done.training_loss,
            base_loss=measured[0] if measured else None,
            eval_loss=measured[-1] if measured else None,
            trainable=sum(weight.numel() for weight in tuned.parameters() if weight.requires_grad),
            report=report,
        )
        lengths = {
            "limit": tokens.max_length,
            "train": _fates(report),
            "valid": _fates(held_report),
            "table": [asdict(line) for line in length_table(rows, tokenizer, tokens.max_length)],
        }
        text = json.dumps(lengths, ensure_ascii=False, indent=1)
        (folder / "lengths.json").write_text(text + "\n", encoding="utf-8")
        certificate = {
            "base": asdict(fingerprint),
            "template_hash": template_hash(tokenizer),
            "training_set": training_set_of([*map(Path, data), *([Path(valid)] if valid else [])]),
            "config": {"train": asdict(config), "adapter": asdict(adapter), "tokens": asdict(tokens)},
            "rows": {"train": report.kept, "valid": held_report.kept},
            "metrics": {
                name: getattr(trained, name) for name in ("steps", "train_loss", "base_loss", "eval_loss", "trainable")
            },
            "packages": package_versions(),
        }
        write_birth(folder / "birth.json", certificate)
    return trained


def check_out(out: Path) -> None:
    """Raises BadInput unless `out` is free: absent, an empty folder, or an earlier adapter, which is replaced."""
    out = Path(out)
    if out.is_file() or (out.is_dir() and any(out.iterdir()) and not (out / "birth.json").is_file()):
        raise BadInput(f"{out}: something else is there already; name a new folder for the adapter")


def check_apart(rows: Sequence[Row], held_out: Sequence[Row]) -> None:
    """Raises BadInput when a held-out row is also trained on."""
    shared = {row.sample_id for row in rows} & {row.sample_id for row in held_out}
    if shared:
        first = min(shared)
        raise BadInput(f"{len(shared)} held-out rows are also trained on ({first} is one); give splits of one set")


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


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0, 2 for what the user gave, 130 for Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m train.finetune", description="Train an adapter on a training set.")
    parser.add_argument("--config", type=Path, help="TOML file with tables [train], [adapter] and [tokens]")
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="parquet files to train on")
    parser.add_argument("--valid", type=Path, help="parquet file to measure the loss on")
    parser.add_argument("--base", required=True, help="folder of a model, or its name on the Hugging Face hub")
    parser.add_argument("--out", type=Path, required=True, help="folder for the adapter")
    given = parser.parse_args(arguments)
    try:
        trained = finetune(given.data, given.valid, given.base, given.out, *read_configs(given.config))
    except BadInput as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; nothing was left behind", file=sys.stderr)
        return 130
    held = "" if trained.eval_loss is None else f", held-out loss {trained.base_loss:.3f} -> {trained.eval_loss:.3f}"
    print(f"{trained.folder}: {trained.steps} steps in {trained.seconds:.0f} s{held}")
    return 0


def _arguments(config: TrainConfig, folder: Path, measured: bool, dtype: torch.dtype) -> TrainingArguments:
    return TrainingArguments(
        output_dir=str(folder),
        num_train_epochs=config.epochs,
        max_steps=config.max_steps or -1,
        per_device_train_batch_size=config.batch_size,
        per_device_eval_batch_size=config.batch_size,
        gradient_accumulation_steps=config.accumulate,
        learning_rate=config.learning_rate,
        lr_scheduler_type=config.schedule,
        warmup_steps=config.warmup_share,  # below 1 it is a share
        weight_decay=config.weight_decay,
        max_grad_norm=config.clip,
        seed=config.seed,
        data_seed=config.seed,
        train_sampling_strategy="group_by_length" if config.by_length else "random",
        activation_checkpointing=config.gradient_checkpointing,
        activation_checkpointing_kwargs={"use_reentrant": False},  # the other kind loses the adapter's gradients
        bf16=dtype == torch.bfloat16,
        fp16=dtype == torch.float16,
        logging_steps=config.log_steps,
        logging_nan_inf_filter=False,  # a nan must be seen
        eval_strategy="epoch" if measured else "no",
        eval_on_start=measured,  # an untrained adapter changes nothing: this is the base's loss
        prediction_loss_only=True,
        save_strategy="no",
        report_to=[],
        remove_unused_columns=False,  # the sample ids must reach the batch
        dataloader_pin_memory=torch.cuda.is_available(),
        disable_tqdm=True,  # our own bar writes on standard error only
    )


def _fates(report: TokenReport) -> dict[str, Any]:
    return {**asdict(report), "reasons": report.reasons}


if __name__ == "__main__":
    sys.exit(main())
