"""An exported training set and a base in, an adapter with its birth certificate out.

    python -m train.finetune --config configs/sample.toml \\
        --data SET/train.parquet --valid SET/valid.parquet --base BASE --out ADAPTER

With --preflight-only it checks all that can be checked before the first step, and writes nothing.
Runs where there are only torch, transformers, peft, accelerate, numpy, pandas and pyarrow. The folder ADAPTER is
whole or absent: adapter_model.safetensors, adapter_config.json, birth.json, metrics.jsonl, lengths.json.
"""

import argparse
import json
import sys
import time
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import PrinterCallback, TrainingArguments

from train.adapters import AdapterConfig, quantised_bits, save
from train.birth import loaded_as, package_versions, training_set_of, write_birth
from train.config import TrainConfig, read_configs
from train.folders import whole_folder
from train.lengths import length_table
from train.preflight import Preflight, told
from train.prepare import prepare
from train.steps import Bar, Collator, MetricsLog, StopOnSignal, WatchedTrainer, as_features
from train.template import template_hash
from train.threads import suited_threads
from train.tokenise import TokenConfig, TokenReport
from warehouse.kit import BadInput, listen


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
    preflight: Preflight
    stopped: bool  # by SIGTERM, before the last step


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
    ready = prepare(data, valid, base, config, adapter, tokens)
    tuned, tokenizer, report = ready.model, ready.tokenizer, ready.report

    with whole_folder(out) as folder:
        log, stop = MetricsLog(folder / "metrics.jsonl"), StopOnSignal()
        trainer = WatchedTrainer(
            model=tuned,
            args=_arguments(config, folder, measured=bool(ready.held), dtype=tuned.dtype),
            data_collator=Collator(tokenizer.pad_token_id),
            train_dataset=as_features(ready.encoded),  # type: ignore[arg-type]
            eval_dataset=as_features(sorted(ready.held, key=lambda row: len(row.input_ids))) or None,  # type: ignore[arg-type]
            callbacks=[log, Bar(), stop],
        )
        trainer.remove_callback(PrinterCallback)  # it prints on standard output
        try:
            with suited_threads(tuned):
                done = trainer.train()
        finally:
            stop.restore()
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
            preflight=ready.preflight,
            stopped=stop.told,
        )
        lengths = {
            "limit": tokens.max_length,
            "train": _fates(report),
            "valid": _fates(ready.held_report),
            "table": [asdict(line) for line in length_table(ready.rows, tokenizer, tokens.max_length)],
        }
        text = json.dumps(lengths, ensure_ascii=False, indent=1)
        (folder / "lengths.json").write_text(text + "\n", encoding="utf-8")
        certificate = {
            "base": asdict(ready.fingerprint),
            "loaded": loaded_as(tuned.dtype, quantised_bits(adapter)),
            "template_hash": template_hash(tokenizer),
            "training_set": training_set_of([*map(Path, data), *([Path(valid)] if valid else [])]),
            "config": {"train": asdict(config), "adapter": asdict(adapter), "tokens": asdict(tokens)},
            "rows": {"train": report.kept, "valid": ready.held_report.kept},
            "metrics": {
                name: getattr(trained, name) for name in ("steps", "train_loss", "base_loss", "eval_loss", "trainable")
            },
            "packages": package_versions(),
            **({"stopped": "by SIGTERM, before the last step"} if stop.told else {}),
        }
        write_birth(folder / "birth.json", certificate)
    return trained


def check_out(out: Path) -> None:
    """Raises BadInput unless `out` is free: absent, an empty folder, or an earlier adapter, which is replaced."""
    out = Path(out)
    if out.is_file() or (out.is_dir() and any(out.iterdir()) and not (out / "birth.json").is_file()):
        raise BadInput(f"{out}: something else is there already; name a new folder for the adapter")


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0, 2 for what the user gave, 130 for Ctrl-C, 143 for SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m train.finetune", description="Train an adapter on a training set.")
    parser.add_argument("--config", type=Path, help="TOML file with tables [train], [adapter] and [tokens]")
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="parquet files to train on")
    parser.add_argument("--valid", type=Path, help="parquet file to measure the loss on")
    parser.add_argument("--base", required=True, help="folder of a model, or its name on the Hugging Face hub")
    parser.add_argument("--out", type=Path, help="folder for the adapter")
    parser.add_argument("--preflight-only", action="store_true", help="check rows, tokens and memory; write nothing")
    given = parser.parse_args(arguments)
    if given.out is None and not given.preflight_only:
        parser.error("the following arguments are required: --out")
    # transformers and peft warn each other of names that neither of us can change.
    warnings.filterwarnings("ignore", category=FutureWarning, module="transformers|peft")
    listen()
    try:
        if given.preflight_only:
            done = prepare(given.data, given.valid, given.base, *read_configs(given.config)).preflight
            print("\n".join(told(done)))
            return 0
        trained = finetune(given.data, given.valid, given.base, given.out, *read_configs(given.config))
    except BadInput as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; nothing was left behind", file=sys.stderr)
        return 130
    held = "" if trained.eval_loss is None else f", held-out loss {trained.base_loss:.3f} -> {trained.eval_loss:.3f}"
    early = "; stopped by SIGTERM before the last step" if trained.stopped else ""
    print(f"{trained.folder}: {trained.steps} steps in {trained.seconds:.0f} s{held}{early}")
    return 143 if trained.stopped else 0


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
        use_cpu=not torch.cuda.is_available(),  # said, as bf16 on a CPU is refused otherwise
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
