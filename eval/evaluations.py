"""Evaluations as they lie on disk → the models in them, with their answers, probes and what was evaluated on.

An evaluation is a folder that `huaben evaluate` or `huaben run` wrote, by path or by its name under
$HUABEN_HOME/evaluations; or any file of predictions, of one model.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eval.predictions import Prediction, read_predictions
from eval.probed import ProbeAnswer, read_probe
from warehouse.kit import BadInput


@dataclass(frozen=True, slots=True)
class Answered:
    """One model's answers. `adapter_sha256` is of its weights; empty for a base or a file from elsewhere."""

    name: str  # short, unique among those compared: base, earlier, adapter
    chinese: str
    detail: str  # the base's name, the adapter's folder
    predictions: Sequence[Prediction]
    probe: Sequence[ProbeAnswer] = ()
    adapter_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A folder's content: what was put in, and both models."""

    folder: Path
    inputs: dict[str, Any]
    base: Answered
    adapter: Answered


_ORDER = {1: (("adapter", "适配器"),), 2: (("earlier", "前版"), ("adapter", "本版"))}


def read_evaluation(folder: Path) -> Evaluation:
    """The evaluation in the folder. Raises BadInput where it is none, or not finished."""
    inputs = _inputs(folder)
    probes = read_probe(folder / "probe.json")
    answers = {name: read_predictions(folder / f"{name}.jsonl") for name in ("base", "adapter")}
    base = Answered("base", "基座", inputs["base"], answers["base"], probes.get("base", ()))
    adapter = Answered("adapter", "适配器", inputs["adapter"], answers["adapter"], probes.get("adapter", ()))
    return Evaluation(folder, inputs, base, replace(adapter, adapter_sha256=inputs["adapter_sha256"]))


def models_of(evaluations: Sequence[str], home: Path) -> list[Answered]:
    """The models to hold side by side, the newest last: the last evaluation's base, then each adapter as they are named.

    Without any named, the evaluation that was made last. Files of predictions stand under their own names. Raises BadInput
    where one is not to be found, or one model alone is left.
    """
    found = [_read(one, home) for one in evaluations] or [newest_evaluation(home)]
    folders = [one for one in found if isinstance(one, Evaluation)]
    names = _ORDER.get(len(folders)) or [(f"adapter {n}", f"第{n}版") for n in range(1, len(folders) + 1)]
    labelled = iter(names)
    models = [folders[-1].base] if folders else []
    for one in found:
        if isinstance(one, Evaluation):
            name, chinese = next(labelled)
            models.append(replace(one.adapter, name=name, chinese=chinese))
        else:
            models.append(one)
    if len(models) < 2:
        raise BadInput(f"{evaluations[0]}: one model alone; name another evaluation or file to hold it against")
    if len({one.name for one in models}) < len(models):
        raise BadInput(f"{', '.join(evaluations)}: two models of the same name; give the files other names")
    return models


def evaluations(home: Path, weights: str = "") -> Iterator[Evaluation]:
    """All that are finished, the newest first; with the SHA-256 of an adapter's weights, those of that adapter."""
    paths = (home / "evaluations").glob("*/scores.json")
    for path in sorted(paths, key=lambda path: path.stat().st_mtime_ns, reverse=True):
        if not weights or _inputs(path.parent)["adapter_sha256"] == weights:
            yield read_evaluation(path.parent)


def newest_evaluation(home: Path) -> Evaluation:
    """The one that was finished last. Raises BadInput where there is none."""
    found = next(evaluations(home), None)
    if found is None:
        raise BadInput(f"{home} holds no evaluation yet; make one with: huaben evaluate ADAPTER --base BASE")
    return found


def _inputs(folder: Path) -> dict[str, Any]:
    path = folder / "scores.json"
    if not path.is_file():
        raise BadInput(f"{folder} is no finished evaluation: it has no scores.json; make one with: huaben evaluate")
    try:
        inputs: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["inputs"]
        if not {"base", "adapter", "adapter_sha256", "set", "split_sha256", "generate"} <= inputs.keys():
            raise KeyError("inputs")
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BadInput(f"{path} is broken; remove {folder} and evaluate again") from None
    return inputs


def _read(named: str, home: Path) -> Evaluation | Answered:
    path = Path(named)
    if path.is_file():
        return Answered(path.stem, path.stem, path.name, read_predictions(path))
    folder = path if path.is_dir() else home / "evaluations" / named
    if not folder.is_dir():
        raise BadInput(
            f"{named}: neither a folder of an evaluation, nor one under {home / 'evaluations'}, nor a file of predictions"
        )
    return read_evaluation(folder)
