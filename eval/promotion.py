"""A comparison with the current adapter → whether the new one may take its place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from eval.paired import Change, metric_named
from warehouse.kit import BadInput

if TYPE_CHECKING:  # seconds to import, and only named here
    from eval.compare import Comparison

Outcome = Literal["held", "worse", "not measured"]

# The general questions' two measures, guarded like metrics, and which way is better.
PROBES = {"probe_loss": ("loss", "lower"), "probe_right": ("right", "higher")}
GUARDED = ("exact", "rouge_l", "repetition", "finished", "empty", "leaks", "probe_loss")


@dataclass(frozen=True)
class PromoteConfig:
    """[promote]: what a new adapter may not be worse at than the current one.

    A metric's name as in docs/metrics.md, over all rows; "quiz/exact" or "quiz/single_choice/exact" over those of a task
    or type; "probe_loss" and "probe_right" over the general questions.
    """

    guarded: tuple[str, ...] = GUARDED
    # How much worse, in the metric's unit, is let pass. Whatever is learnt moves the loss on all else a little: a twentieth
    # of a nat is five per cent in perplexity a character.
    allowed: dict[str, float] = field(default_factory=lambda: {"probe_loss": 0.05})

    def __post_init__(self) -> None:
        if not self.guarded:
            raise ValueError("guarded is empty; name at least one metric")
        for name in (*self.guarded, *self.allowed):
            *place, metric = name.split("/")
            if len(place) > 2 or (metric in PROBES and place):
                raise ValueError(f"{name!r}: write METRIC, TASK/METRIC or TASK/TYPE/METRIC")
            try:
                better = _better(metric)
            except BadInput as error:
                raise ValueError(f"{error}, {', '.join(PROBES)}") from None
            if name in self.allowed and (better == "near 1" or self.allowed[name] < 0):
                raise ValueError(f"allowed {name!r}: give 0 or more, for a metric of which more or less is better")


@dataclass(frozen=True, slots=True)
class Check:
    """One guarded metric, held against the current adapter's. Numbers in the metric's unit; None where there are none."""

    name: str
    outcome: Outcome
    n: int = 0
    before: float | None = None
    after: float | None = None
    low: float | None = None  # of the change's 95 % interval
    high: float | None = None


def judge(found: "Comparison", other: int, config: PromoteConfig) -> list[Check]:
    """Each guarded metric of the last model against that other one.

    It is worse where the whole interval of its paired change is, by more than is allowed. Raises BadInput where nothing guarded could
    be measured: that proves nothing.
    """
    checks = [_check(name, _change_of(name, found, other), config.allowed) for name in config.guarded]
    if all(check.outcome == "not measured" for check in checks):
        raise BadInput(
            f"none of the guarded metrics ({', '.join(config.guarded)}) could be measured on these {found.rows} rows; "
            "evaluate more rows or guard other metrics"
        )
    return checks


def refusal(checks: Sequence[Check], against: str) -> str:
    """Why the adapter may not be promoted, in one sentence; empty where it may."""
    worse = [
        f"{check.name} got worse, from {check.before:.2f} to {check.after:.2f} (95 % interval of the change "
        f"{check.low:+.2f} to {check.high:+.2f}, {check.n} rows)"
        for check in checks
        if check.outcome == "worse"
    ]
    return f"against {against}: {'; '.join(worse)}" if worse else ""


def _change_of(name: str, found: "Comparison", other: int) -> Change | None:
    *place, metric = name.split("/")
    if metric in PROBES:
        lines = [line for line in found.probes[other] if (line.language, line.measure) == ("all", PROBES[metric][0])]
        return lines[0].change if lines else None
    task, kind = [*place, "all", "all"][:2]
    changes = found.changes[other]
    # A task of one type has no line of its own: its type's is the same.
    keys = [key for key in changes if key[0] == task and kind in ("all", key[1])]
    return changes[keys[0]].get(metric) if keys else None


def _check(name: str, change: Change | None, allowed: Mapping[str, float]) -> Check:
    if change is None or change.low is None or change.high is None:
        return Check(name, "not measured", change.n if change else 0)
    far = change.verdict == "worse"
    if far and allowed.get(name):
        higher = _better(name.split("/")[-1]) == "higher"
        far = change.high < -allowed[name] if higher else change.low > allowed[name]
    outcome: Outcome = "worse" if far else "held"
    return Check(name, outcome, change.n, change.before, change.after, change.low, change.high)


def _better(metric: str) -> str:
    return PROBES[metric][1] if metric in PROBES else metric_named(metric).better
