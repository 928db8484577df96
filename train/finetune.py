"""An exported training set and a base in, an adapter with its birth certificate out.

    python -m train.finetune --config configs/sample.toml \\
        --data SET/train.parquet --valid SET/valid.parquet --base BASE --out ADAPTER
    accelerate launch --config_file configs/accelerate/ddp.yaml -m train.finetune ...      on several devices

With --preflight-only it checks all that can be checked before the first step, and writes nothing. With --resume it
goes on from the newest checkpoint in ADAPTER.partial, with --from OTHER from another adapter's weights.
Runs where there are only torch, transformers, peft, accelerate, numpy, pandas and pyarrow. The folder ADAPTER is
whole or absent: adapter_model.safetensors, adapter_config.json, birth.json, metrics.jsonl, lengths.json, loss.html.
"""

import argparse
import os
import shutil
import sys
import time
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from transformers import PrinterCallback

from train.adapters import AdapterConfig
from train.arguments import trainer_arguments
from train.batches import Collator
from train.certificate import certificate, write_adapter
from train.checkpoints import load_trained, newest, partial_folder, start_run
from train.config import TrainConfig, read_configs
from train.folders import explained, whole_folder
from train.launch import REFUSAL
from train.preflight import Preflight, told
from train.prepare import prepare
from train.spread import Spread, here
from train.steps import Bar, Keeper, MetricsLog, StopOnSignal, best_step
from train.tensorboard import event_files
from train.threads import suited_threads
from train.tokenise import TokenConfig, TokenReport
from train.trust import NOBODY, TrustConfig, read_trust
from train.watched import WatchedTrainer
from warehouse.kit import BadInput, listen, sha256_file

METRICS = ("steps", "train_loss", "base_loss", "eval_loss", "kept_step", "trainable")  # in the birth certificate


@dataclass(frozen=True, slots=True)
class Trained:
    """What a run of training made. Losses are nats per answer token; None without held-out rows."""

    folder: Path
    steps: int
    seconds: float  # of this process; a training that went on took longer
    train_loss: float  # mean over the run
    base_loss: float | None  # held out, before the first step
    eval_loss: float | None  # held out, of the weights that are kept
    kept_step: int  # after which the weights were as they are kept
    trainable: int  # weights
    report: TokenReport
    preflight: Preflight
    stopped: bool  # by SIGTERM, before the last step
    resumed: int  # the step it went on from; 0 from the beginning


def finetune(
    data: Sequence[Path],
    valid: Path | None,
    base: str | Path,
    out: Path,
    config: TrainConfig,
    adapter: AdapterConfig,
    tokens: TokenConfig,
    *,
    resume: bool = False,
    start: Path | None = None,
    spread: Spread = here,
    trust: TrustConfig = NOBODY,
) -> Trained:
    """Trains on the rows of `data` and leaves the adapter in `out`; `valid` is measured before and after.

    `resume` goes on from the newest checkpoint beside `out` if there is one, `start` from another adapter's weights;
    `spread` tokenises; `trust` names bases whose own code may run.
    The same rows, base and configs give the same adapter, byte for byte, on the same kind of CPU, however often the
    training was killed and resumed. Raises BadInput when something cannot be read, does not go together, or the loss
    cannot be learnt from; `out` is then as before.
    """
    began = time.perf_counter()
    check_out(out)
    ready = prepare(data, valid, base, config, adapter, tokens, start, spread, trust)
    tuned, partial = ready.model, partial_folder(out)
    given = {
        "files": {path.name: sha256_file(path) for path in map(Path, [*data, *([valid] if valid else [])])},
        "base": asdict(ready.fingerprint),
        "from": ready.descent,
        **({"own_code": ready.own_code} if ready.own_code else {}),
        "config": {**asdict(config), **asdict(adapter), **asdict(tokens)},
    }
    arguments = trainer_arguments(config, partial, bool(ready.held), tuned.dtype)
    first, opened = arguments.process_index == 0, False
    try:
        with explained(out), arguments.main_process_first(local=False):
            checkpoint = start_run(out, given, resume) if first else newest(partial) if resume else None
            opened = True
        arguments.eval_on_start = bool(ready.held) and checkpoint is None
        with explained(out):
            log = MetricsLog(partial / "metrics.jsonl" if first else None, checkpoint.lines if checkpoint else ())
            stop = StopOnSignal()
            keeper = Keeper(log, partial, bool(ready.held), config.eval_steps, config.keep, config.patience)
            trainer = WatchedTrainer(
                rows=ready.encoded,
                held=ready.held,
                by_length=config.by_length and not ready.packed,
                log=log,
                head=ready.head,
                resumed=checkpoint,
                model=tuned,
                args=arguments,
                collator=Collator(ready.tokenizer.pad_token_id, ready.packed),
                callbacks=[log, Bar(), stop, keeper, *event_files(out, config.tensorboard and first, checkpoint)],
            )
            trainer.remove_callback(PrinterCallback)  # it prints on standard output
            if trainer.is_fsdp_enabled and (config.save_steps or config.keep != "last"):
                raise BadInput('sharded, weights are gathered at the end only; set save_steps = 0 and keep = "last"')
            try:
                with suited_threads(tuned):
                    done = trainer.train(resume_from_checkpoint=str(checkpoint.folder) if checkpoint else None)
            finally:
                stop.restore()
            trainer.accelerator.wait_for_everyone()
            stopped = stop.told and done.global_step < trainer.state.max_steps
            if keeper.best and not stopped:
                load_trained(tuned, keeper.best)
        measured = {int(line["step"]): line["eval_loss"] for line in log.lines if "eval_loss" in line}
        kept = best_step(log.lines, keeper.metric) if keeper.best and not stopped else None
        trained = Trained(
            folder=Path(out),
            steps=done.global_step,
            seconds=time.perf_counter() - began,
            train_loss=done.training_loss,
            base_loss=measured.get(0),
            eval_loss=measured[kept if kept is not None else max(measured)] if measured else None,
            kept_step=done.global_step if kept is None else kept,
            trainable=sum(weight.numel() for weight in tuned.parameters() if weight.requires_grad),
            report=ready.report,
            preflight=ready.preflight,
            stopped=stopped,
            resumed=checkpoint.step if checkpoint else 0,
        )
        state = trainer.gathered()
        if first:
            metrics = {name: getattr(trained, name) for name in METRICS}
            notes = {
                **({"stopped": "by SIGTERM, before the last step"} if stopped else {}),
                **({"early": f"nothing better in {config.patience} measurements"} if keeper.early else {}),
            }
            told_of = certificate(ready, data, valid, config, adapter, tokens, metrics, notes)
            with whole_folder(out) as folder:
                write_adapter(folder, ready, tokens, log.lines, told_of, state, name=Path(out).name)
        trainer.accelerator.wait_for_everyone()
    except BaseException as error:
        if first and opened and (isinstance(error, BadInput) or newest(partial) is None):
            shutil.rmtree(partial, ignore_errors=True)
        raise
    if first and not stopped:
        shutil.rmtree(partial, ignore_errors=True)
    return trained


def check_out(out: Path) -> None:
    """Raises BadInput unless `out` is free: absent, an empty folder, or an earlier adapter, which is replaced."""
    out = Path(out)
    if out.is_file() or (out.is_dir() and any(out.iterdir()) and not (out / "birth.json").is_file()):
        raise BadInput(f"{out}: something else is there already; name a new folder for the adapter")


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0, 2 for what the user gave, 130 for Ctrl-C, 143 for SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m train.finetune", description="Train an adapter on a training set.")
    parser.add_argument("--config", type=Path, help="TOML file with tables [train], [adapter], [tokens], [trust]")
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="parquet files to train on")
    parser.add_argument("--valid", type=Path, help="parquet file to measure the loss on")
    parser.add_argument("--base", required=True, help="folder of a model, or its name on the Hugging Face hub")
    parser.add_argument("--out", type=Path, help="folder for the adapter")
    parser.add_argument("--resume", action="store_true", help="go on from the newest checkpoint in OUT.partial, if any")
    parser.add_argument("--from", dest="start", type=Path, help="folder of an adapter whose weights to start from")
    parser.add_argument("--preflight-only", action="store_true", help="check rows, tokens and memory; write nothing")
    given = parser.parse_args(arguments)
    if given.out is None and not given.preflight_only:
        parser.error("the following arguments are required: --out")
    # transformers and peft warn each other of names that neither of us can change.
    warnings.filterwarnings("ignore", category=FutureWarning, module="transformers|peft")
    listen()
    try:
        configs, trust = read_configs(given.config), read_trust(given.config)
        if given.preflight_only:
            done = prepare(given.data, given.valid, given.base, *configs, given.start, trust=trust).preflight
            print("\n".join(told(done)))
            return 0
        trained = finetune(
            given.data, given.valid, given.base, given.out, *configs,
            resume=given.resume, start=given.start, trust=trust,
        )  # fmt: skip
    except BadInput as error:
        print(error, file=sys.stderr)
        if told_to := os.environ.get(REFUSAL):  # by a flow, whose processes say it on their own lines
            Path(told_to).write_text(str(error), encoding="utf-8")
        return 2
    except KeyboardInterrupt:
        left = given.out and newest(partial_folder(given.out))
        print(f"stopped; {checkpoint_note(left.step)}" if left else "stopped; nothing was left behind", file=sys.stderr)
        return 130
    if os.environ.get("RANK", "0") == "0":  # of several processes one speaks
        print(said(trained))
    return 143 if trained.stopped else 0


def said(trained: Trained) -> str:
    """One line on what came out, for a person."""
    held = "" if trained.eval_loss is None else f", held-out loss {trained.base_loss:.3f} -> {trained.eval_loss:.3f}"
    kept = f" after step {trained.kept_step}" if trained.kept_step != trained.steps else ""
    resumed = f", {trained.resumed} of them before" if trained.resumed else ""
    early = f"; stopped by SIGTERM before the last step, {checkpoint_note(trained.steps)}" if trained.stopped else ""
    return f"{trained.folder}: {trained.steps} steps{resumed} in {trained.seconds:.0f} s{held}{kept}{early}"


def checkpoint_note(step: int) -> str:
    """How to go on after that step."""
    return f"a checkpoint after step {step} is kept: --resume goes on from there"


if __name__ == "__main__":
    sys.exit(main())
