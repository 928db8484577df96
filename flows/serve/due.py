"""When a run was due, and when others were, in; whether it runs now or is left out, and why, out. No clock is read here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

from cronsim import CronSim

AHEAD = timedelta(days=1)  # by which a clock may be set back without a night's run being done twice


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the run goes ahead; the reason either way, empty where it is simply its turn."""

    runs: bool
    reason: str = ""


def decide(
    scheduled: datetime, now: datetime, due: Sequence[datetime], began: datetime | None, max_lateness: timedelta
) -> Verdict:
    """What becomes of a run that was due at `scheduled`.

    `due`: when runs of the same deployment were due since `began`, whether or not a server was there to put them on its
    list. `began`: when the deployment's newest run began that did work, None where there is none.
    All that were missed become one: the first that gets its turn stands for the newest, by which its lateness is measured,
    and those after it find that one has begun since they were due. A run that began further ahead than `AHEAD` was started by
    a clock that was wrong, and stands for none.
    """
    if began is not None and scheduled <= began <= now + AHEAD:
        return Verdict(False, f"missed, and made up for by the run that began at {_shown(began)}")
    newest = max([scheduled, *(at for at in due if at <= now)])
    late = now - newest
    if late > max_lateness:
        return Verdict(
            False, f"too late: due at {_shown(newest)}, {_hours(late)} ago; {_hours(max_lateness)} are allowed"
        )
    others = sum(at != scheduled and at <= now for at in due)
    return Verdict(True, f"stands for {others + 1} runs that were due" if others else "")


def between(cron: str, timezone: str, after: datetime, until: datetime) -> list[datetime]:
    """When the cron line was due, later than `after`, up to `until`; the thousand newest at most. Times are aware."""
    span = CronSim(cron, _plain(until, timezone) + timedelta(seconds=1), reverse=True)
    found = islice(takewhile(lambda at: at > after, span), 1000)
    return [*found][::-1]


def upcoming(cron: str, timezone: str, now: datetime) -> datetime:
    """When the cron line is due next."""
    return next(CronSim(cron, _plain(now, timezone)))


def _plain(at: datetime, timezone: str) -> datetime:
    """As the standard library has it: Prefect's own kind of time loses its zone when another is put in its place."""
    return datetime.fromtimestamp(at.timestamp(), ZoneInfo(timezone))


def _shown(at: datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M}"


def _hours(span: timedelta) -> str:
    return f"{span.total_seconds() / 3600:.1f} h"
