"""An adapter's metrics.jsonl → the points of its loss curve."""

import json
import math
from dataclasses import dataclass
from pathlib import Path

from warehouse.kit import BadInput


@dataclass(frozen=True, slots=True)
class LossCurve:
    """Mean cross-entropy per supervised token, in nats, by optimiser step."""

    train: tuple[tuple[int, float], ...] = ()
    valid: tuple[tuple[int, float], ...] = ()


def read_losses(path: Path) -> LossCurve:
    """The curve from lines of {step, loss} and {step, eval_loss}; lines with neither are passed over.

    Raises BadInput when the file is missing or a line is broken or has a loss that is no finite number.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise BadInput(f"{path}: no such file; give the metrics.jsonl in an adapter's folder") from None
    points: dict[str, list[tuple[int, float]]] = {"loss": [], "eval_loss": []}
    for number, line in enumerate(lines, 1):
        try:
            entry = json.loads(line) if line.strip() else {}
            found = [(key, int(entry["step"]), float(entry[key])) for key in points if entry.get(key) is not None]
        except (ValueError, KeyError, TypeError, AttributeError):
            raise BadInput(f"{path}: line {number} is no logged step; train again or remove the line") from None
        for key, step, value in found:
            if not math.isfinite(value):
                raise BadInput(f"{path}: line {number}: {key} is {value}; such a run is not to be reported on")
            points[key].append((step, value))
    return LossCurve(tuple(points["loss"]), tuple(points["eval_loss"]))
