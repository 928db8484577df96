"""The record of promotions ↔ which adapter is current, and which were before.

$HUABEN_HOME/promotions.jsonl    one line for each promotion or step back, oldest first; the current adapter is what they
                                 leave on top: a promotion lays one on the pile, a step back takes one off
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from train.weights import weight_files, weights_sha256
from warehouse.kit import BadInput, write_whole


@dataclass(frozen=True, slots=True)
class Promotion:
    """A line of the record. `adapter` is a path below the home folder where it lies there."""

    at: str  # UTC, ISO 8601
    event: Literal["promote", "back"]
    adapter: str
    adapter_sha256: str
    base: str
    evaluation: str = ""  # folder's name under evaluations
    against: str = ""  # the adapter that was current, or the base where there was none
    forced: bool = False
    checks: Sequence[dict[str, Any]] = ()

    def folder(self, home: Path) -> Path:
        """Where the adapter lies."""
        return home / self.adapter  # an absolute path stays what it is


def promotions(home: Path) -> list[Promotion]:
    """The record, oldest first; empty where nothing was promoted yet. Raises BadInput where a line is broken."""
    path = home / "promotions.jsonl"
    if not path.is_file():
        return []
    try:
        return [Promotion(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]
    except (ValueError, TypeError) as error:
        raise BadInput(f"{path} is broken ({error}); mend the line or restore the file") from None


def current(home: Path) -> Promotion | None:
    """The promotion that is in force; None where nothing is promoted."""
    pile = _pile(promotions(home))
    return pile[-1] if pile else None


def current_adapter(home: Path) -> Path | None:
    """The current adapter's folder. Raises BadInput when its weights are gone or are not those that were promoted."""
    found = current(home)
    if found is None:
        return None
    folder = found.folder(home)
    remedy = "restore it, or promote another with --force"
    if not weight_files(folder):
        raise BadInput(f"{folder}: the current adapter is gone; {remedy}")
    if weights_sha256(folder) != found.adapter_sha256:
        raise BadInput(f"{folder}: these are not the weights that were promoted; {remedy}")
    return folder


def promote(
    home: Path,
    adapter: Path,
    base: str,
    evaluation: str = "",
    against: str = "",
    checks: Sequence[Mapping[str, Any]] = (),
    forced: bool = False,
) -> Promotion:
    """Makes the adapter current and gives back the line that was added to the record."""
    line = Promotion(
        _now(), "promote", _below(home, adapter), weights_sha256(adapter), base, evaluation,
        against, forced, [dict(check) for check in checks],
    )  # fmt: skip
    _add(home, line)
    return line


def step_back(home: Path) -> Promotion:
    """Makes the adapter current that was so before. Raises BadInput where there was none."""
    pile = _pile(promotions(home))
    if len(pile) < 2:
        now = f"{pile[-1].adapter} is the first one" if pile else "nothing is promoted yet"
        raise BadInput(f"{home}: there is no earlier adapter to go back to: {now}")
    left, earlier = pile[-1], pile[-2]
    line = Promotion(
        _now(), "back", earlier.adapter, earlier.adapter_sha256, earlier.base, earlier.evaluation, left.adapter
    )
    _add(home, line)
    return line


def _pile(lines: Sequence[Promotion]) -> list[Promotion]:
    pile: list[Promotion] = []
    for line in lines:
        if line.event == "promote":
            pile.append(line)
        elif len(pile) > 1:
            pile.pop()
    return pile


def _add(home: Path, line: Promotion) -> None:
    lines = [*promotions(home), line]
    with write_whole(home / "promotions.jsonl") as part:
        part.write_text("".join(json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in lines), encoding="utf-8")


def _below(home: Path, adapter: Path) -> str:
    place, root = adapter.resolve(), home.resolve()
    return place.relative_to(root).as_posix() if place.is_relative_to(root) else str(place)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
