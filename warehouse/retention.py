"""The list of snapshots and a policy in, which of them stay and why out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate


@dataclass(frozen=True)
class RetentionConfig:
    """Which snapshots are kept: the `keep_last` newest, those younger than `keep_days`, and always those that a training
    set was made from.

    Files that nothing names any more stay for `grace_hours`, for who still reads them. A Parquet file of whose rows more
    than `rewrite_share` were deleted is written anew without them.
    """

    keep_last: int = 20
    keep_days: float = 30.0
    grace_hours: float = 24.0
    rewrite_share: float = 0.5

    def __post_init__(self) -> None:
        if self.keep_last < 1:
            raise ValueError(f"keep_last is {self.keep_last}; the newest snapshot always stays, so give 1 or more")
        if self.keep_days < 0 or self.grace_hours < 0:
            raise ValueError("keep_days and grace_hours count backwards from now; give 0 or more")
        if not 0 < self.rewrite_share <= 1:
            raise ValueError(f"rewrite_share is {self.rewrite_share}; it is a share of rows, above 0 and up to 1")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot's number, when it was made, its label, and the ids and names of the tables it changed."""

    number: int
    made: datetime
    label: str
    touched: frozenset[str]


def kept(
    snapshots: Sequence[Snapshot], named: Mapping[int, str], config: RetentionConfig, now: datetime
) -> dict[int, str]:
    """The numbers of the snapshots that stay, each with the reason. `named`: snapshots with the training set made of each.

    With a snapshot stay those that last changed a table before it: by their numbers a training set is known, and it
    must be the same after others have gone. A snapshot is as young as the youngest before it: where the clock was set back
    in between, the numbers tell the order.
    """
    ordered = sorted(snapshots, key=lambda snapshot: snapshot.number)
    reasons: dict[int, str] = {}
    last_change: dict[str, int] = {}
    ages = accumulate((snapshot.made for snapshot in ordered), max)
    for position, (snapshot, made) in enumerate(zip(ordered, ages, strict=True)):
        last_change |= dict.fromkeys(snapshot.touched, snapshot.number)
        why = ""
        if snapshot.number in named:
            why = f"training set {named[snapshot.number]}"
        elif len(ordered) - position <= config.keep_last:
            why = f"one of the newest {config.keep_last}"
        elif now - made < timedelta(days=config.keep_days):
            why = f"younger than {config.keep_days:g} days"
        if why:
            reasons |= {n: "last change of a table before a kept one" for n in last_change.values() if n not in reasons}
            reasons[snapshot.number] = why
    return reasons
