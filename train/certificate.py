"""A finished training in, the files of its adapter's folder and its birth certificate out."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from train.adapters import AdapterConfig, quantised_bits, save
from train.birth import loaded_as, package_versions, training_set_of, write_birth
from train.config import TrainConfig
from train.curve import write_curve
from train.lengths import length_table
from train.prepare import Prepared
from train.template import template_hash
from train.tokenise import TokenConfig, TokenReport
from warehouse.fingerprint import code_fingerprint


def certificate(
    ready: Prepared,
    data: Sequence[Path],
    valid: Path | None,
    config: TrainConfig,
    adapter: AdapterConfig,
    tokens: TokenConfig,
    metrics: Mapping[str, Any],
    notes: Mapping[str, str],
) -> dict[str, Any]:
    """What is needed to make the adapter again, and how it came out; the same for equal trainings."""
    return {
        "base": asdict(ready.fingerprint),
        "loaded": loaded_as(ready.model.dtype, quantised_bits(adapter)),
        **({"own_code": ready.own_code} if ready.own_code else {}),  # says what ran; allows nothing
        "template_hash": template_hash(ready.tokenizer),
        "training_set": training_set_of([*map(Path, data), *([Path(valid)] if valid else [])]),
        **({"from": ready.descent} if ready.descent else {}),
        "config": {"train": asdict(config), "adapter": asdict(adapter), "tokens": asdict(tokens)},
        "packed": ready.packed,
        "rows": {"train": ready.report.kept, "valid": ready.held_report.kept},
        "metrics": dict(metrics),
        "packages": package_versions(),
        "code": {"train": code_fingerprint("train"), "git_commit": git_commit()},
        **notes,
    }


def write_adapter(
    folder: Path,
    ready: Prepared,
    tokens: TokenConfig,
    lines: Sequence[Mapping[str, float]],
    told_of: dict[str, Any],
    state: Mapping[str, Any] | None,
    name: str,
) -> None:
    """Write weights, metrics.jsonl, lengths.json, the loss curve and, last, birth.json."""
    save(ready.model, ready.tokenizer, folder, state)
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (folder / "metrics.jsonl").write_text(text, encoding="utf-8")
    lengths = {
        "limit": tokens.max_length,
        "overlong": tokens.overlong,
        "train": _fates(ready.report),
        "valid": _fates(ready.held_report),
        "table": [asdict(line) for line in length_table(ready.rows, ready.tokenizer, tokens.max_length)],
    }
    (folder / "lengths.json").write_text(json.dumps(lengths, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    write_curve(folder, name, lines)
    write_birth(folder / "birth.json", told_of)


def git_commit() -> str:
    """The commit of the checkout that this code runs from; empty where there is none."""
    try:
        found = subprocess.run(
            ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"], capture_output=True, text=True, check=False
        )
    except OSError:  # no git
        return ""
    return found.stdout.strip()


def _fates(report: TokenReport) -> dict[str, Any]:
    return {**asdict(report), "reasons": report.reasons}
