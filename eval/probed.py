"""eval/probe/general.jsonl and what models made of it in; the questions, the answers, and how these changed, out.

$HUABEN_HOME/evaluations/<id>/probe.json        {"key": …, "base": [{"id", "loss", "right"}, …], "adapter": […]}
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from eval.paired import Change, paired_change


@dataclass(frozen=True, slots=True)
class ProbeQuestion:
    """A general question, its answer and three that are wrong."""

    id: str
    language: str  # zh or en
    kind: str  # knowledge, arithmetic, language, sense, instruction
    prompt: str
    answer: str
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProbeAnswer:
    """What a model makes of one question: the answer's loss in nats a character, and whether it is the likeliest of all."""

    id: str
    loss: float
    right: bool


@dataclass(frozen=True, slots=True)
class ProbeLine:
    """A line of the probe's table: the change of one measure over the questions of one language, or of all."""

    language: str  # zh, en, all
    measure: str  # loss (nats a character, lower is better) or right (per cent)
    change: Change


Probed = Mapping[str, Sequence[ProbeAnswer]]  # by the model's name


def probe_questions() -> list[ProbeQuestion]:
    """The questions, in the order of the file."""
    lines = probe_file().read_text(encoding="utf-8").splitlines()
    return [ProbeQuestion(**{**entry, "others": tuple(entry["others"])}) for entry in map(json.loads, lines)]


def read_probe(path: Path) -> dict[str, list[ProbeAnswer]]:
    """The answers by model; none where there is no such file."""
    if not path.is_file():
        return {}
    table: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return {name: [ProbeAnswer(**one) for one in own] for name, own in table.items() if name != "key"}


def probe_table(before: Sequence[ProbeAnswer], after: Sequence[ProbeAnswer]) -> list[ProbeLine]:
    """Loss and share of right answers before and after, by language and for all, over the questions of both."""
    languages = {one.id: one.language for one in probe_questions()}
    later = {one.id: one for one in after}
    shared = [(one, later[one.id], languages.get(one.id, "")) for one in before if one.id in later]
    lines = []
    for language in ("all", "zh", "en"):
        pairs = [(one, two) for one, two, own in shared if language in ("all", own)]
        for measure, better, scale in (("loss", "lower", 1.0), ("right", "higher", 100.0)):
            first, last = (np.array([scale * getattr(pair[at], measure) for pair in pairs]) for at in (0, 1))
            if (change := paired_change(first, last, better)) is not None:
                lines.append(ProbeLine(language, measure, change))
    return lines


def probe_file() -> Any:
    """Where the questions lie in the package."""
    return files("eval").joinpath("probe", "general.jsonl")
