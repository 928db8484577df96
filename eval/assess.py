"""A training set's held-out split, a base and an adapter → the predictions and scores of both, in one folder.

$HUABEN_HOME/evaluations/<id>/base.jsonl      what the base wrote
$HUABEN_HOME/evaluations/<id>/adapter.jsonl   what the base under the adapter wrote
$HUABEN_HOME/evaluations/<id>/scores.json     written last

What a base wrote is taken over from another evaluation that asked the same base for the same rows in the same way.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eval.generate import GenerateConfig, generate_predictions
from eval.predictions import Prediction, read_predictions
from eval.scores import ScoreRow, score_predictions
from train.trust import NOBODY, TrustConfig
from train.weights import weights_sha256
from warehouse.fingerprint import code_fingerprint
from warehouse.kit import BadInput, make_newest, sha256_file, stable_id, write_whole


@dataclass(frozen=True, slots=True)
class Assessment:
    """The scores of base and adapter on the same held-out rows, under the names "base" and "adapter"."""

    run_id: str
    folder: Path
    inputs: Mapping[str, Any]
    predictions: Mapping[str, list[Prediction]]
    scores: Mapping[str, list[ScoreRow]]
    seconds: float  # 0 when it was there already
    done_before: bool


def assess(
    set_folder: Path,
    base: str,
    adapter: Path,
    into: Path,
    config: GenerateConfig,
    split: str = "test",
    trust: TrustConfig = NOBODY,
) -> Assessment:
    """The assessment of the adapter, made unless `into` has it already for the same set, models and config.

    Raises BadInput when the split has no rows, or the base or the adapter cannot be used.
    """
    began = time.perf_counter()
    held_out = Path(set_folder) / f"{split}.parquet"
    inputs = {
        "set": Path(set_folder).name,
        "split": split,
        "split_sha256": _sha256(held_out, "give the folder of a training set that huaben build made"),
        "base": Path(base).name if Path(base).is_dir() else base,
        "adapter": adapter.name,
        "adapter_sha256": weights_sha256(adapter),
        "generate": asdict(config),
    }
    run_id = stable_id("evaluate", code_fingerprint("train", "eval"), json.dumps(inputs, sort_keys=True))
    folder = into / run_id[:8]
    models = {"base": None, "adapter": adapter}
    done_before = (folder / "scores.json").is_file()
    notes = {name: folder / f"{name}.key" for name in models}
    if not done_before:
        known = known_answers(into)
        for name, weights in models.items():
            path = folder / f"{name}.jsonl"
            if not path.is_file():  # whole or absent: a stopped run goes on from here
                folder.mkdir(parents=True, exist_ok=True)
                generate_predictions(held_out, base, path, config, weights, adapter, known, notes[name], trust)
    predictions = {name: read_predictions(folder / f"{name}.jsonl") for name in models}
    scores = {name: score_predictions(found) for name, found in predictions.items()}
    if not done_before:
        with write_whole(folder / "scores.json") as part:
            table = {name: [asdict(row) for row in rows] for name, rows in scores.items()}
            keys = {name: path.read_text(encoding="ascii") for name, path in notes.items() if path.is_file()}
            written = {"run_id": run_id, "inputs": inputs, "keys": keys, "scores": table}
            part.write_text(json.dumps(written, ensure_ascii=False, indent=1))
        make_newest(folder / "scores.json", into.glob("*/scores.json"))
    for path in notes.values():  # scores.json has them now
        path.unlink(missing_ok=True)
    seconds = 0.0 if done_before else time.perf_counter() - began
    return Assessment(run_id, folder, inputs, predictions, scores, seconds, done_before)


def known_answers(into: Path) -> dict[str, Path]:
    """The finished files of all evaluations there, by the key that names what the answers depend on."""
    found = {}
    for path in sorted(into.glob("*/scores.json")):
        keys = json.loads(path.read_text(encoding="utf-8")).get("keys", {})
        found.update({key: path.parent / f"{name}.jsonl" for name, key in keys.items()})
    return found


def _sha256(path: Path, remedy: str) -> str:
    if not path.is_file():
        raise BadInput(f"{path}: no such file; {remedy}")
    return sha256_file(path)
