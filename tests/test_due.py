"""Which of the runs that were due goes ahead: the clock is moved by hand."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.serve.due import Verdict, between, decide, upcoming

NIGHTLY = "30 2 * * *"
SHANGHAI = "Asia/Shanghai"
NIGHT = datetime(2026, 11, 20, 2, 30, tzinfo=ZoneInfo(SHANGHAI))
HALF_DAY = timedelta(hours=12)


def nights(count: int) -> list[datetime]:
    return [NIGHT + timedelta(days=n) for n in range(count)]


def test_a_run_in_its_turn_goes_ahead() -> None:
    assert decide(NIGHT, NIGHT + timedelta(seconds=5), [], NIGHT - timedelta(days=1), HALF_DAY) == Verdict(True)
    assert decide(NIGHT, NIGHT, [], None, HALF_DAY) == Verdict(True)


def test_a_week_asleep_becomes_one_run() -> None:
    first, *rest = nights(7)
    woken = rest[-1] + timedelta(hours=5)
    assert decide(first, woken, rest, first - timedelta(days=1), HALF_DAY) == Verdict(
        True, "stands for 7 runs that were due"
    )
    for late in rest:  # its turn comes after the first has begun, at `woken`
        verdict = decide(late, woken + timedelta(minutes=9), [], woken, HALF_DAY)
        assert not verdict.runs
        assert verdict.reason.startswith("missed, and made up for by the run that began at 2026-11-2")


def test_too_late_is_left_out() -> None:
    verdict = decide(NIGHT, NIGHT + timedelta(hours=13), [], None, HALF_DAY)
    assert not verdict.runs
    assert verdict.reason.endswith("13.0 h ago; 12.0 h are allowed")
    assert decide(NIGHT, NIGHT + HALF_DAY, [], None, HALF_DAY).runs  # to the second


def test_a_run_that_took_longer_than_a_day_does_not_swallow_the_next() -> None:
    assert decide(NIGHT, NIGHT + timedelta(hours=2), [], NIGHT - timedelta(days=1), HALF_DAY).runs


def test_a_clock_that_was_set_back_starts_nothing_twice() -> None:
    began = NIGHT + timedelta(seconds=3)
    assert not decide(NIGHT, NIGHT - timedelta(hours=1), [], began, HALF_DAY).runs


@given(
    missed=st.integers(1, 30),
    slept=st.floats(0, 23.9),
    began=st.one_of(st.none(), st.integers(-40, -1)),
    allowed=st.floats(0.1, 40),
)
def test_of_any_number_missed_at_most_one_runs(missed: int, slept: float, began: int | None, allowed: float) -> None:
    due = nights(missed)
    now = due[-1] + timedelta(hours=slept)
    last = NIGHT + timedelta(days=began) if began is not None else None
    ran = 0
    for at in due:
        verdict = decide(at, now, [other for other in due if other > at], last, timedelta(hours=allowed))
        if verdict.runs:
            ran, last = ran + 1, now
    assert ran == (slept <= allowed)


def test_due_times_between_two_moments() -> None:
    found = between(NIGHTLY, SHANGHAI, NIGHT, NIGHT + timedelta(days=2, hours=1))
    assert found == nights(3)[1:]
    assert between(NIGHTLY, SHANGHAI, NIGHT, NIGHT + timedelta(hours=23)) == []
    assert between("* * * * *", "UTC", NIGHT, NIGHT + timedelta(days=365))[-1] == NIGHT + timedelta(days=365)
    assert upcoming(NIGHTLY, SHANGHAI, NIGHT) == NIGHT + timedelta(days=1)


async def _prefect(cron: str, zone: str, start: datetime) -> list[datetime]:
    from prefect.server.schemas.schedules import CronSchedule

    return await CronSchedule(cron=cron, timezone=zone).get_dates(20, start=start)


@pytest.mark.parametrize("cron", [NIGHTLY, "0 4 * * 6", "15 1 * * 1-5", "*/7 3,9 1-15 * *"])
@pytest.mark.parametrize("zone", [SHANGHAI, "America/New_York"])
def test_prefect_reads_a_cron_line_in_the_same_way(cron: str, zone: str) -> None:
    import asyncio

    start = datetime(2026, 11, 5, 12, 0, 1, tzinfo=UTC)  # clear of the hour that is there twice
    theirs = asyncio.run(_prefect(cron, zone, start))
    ours = between(cron, zone, start, theirs[-1])
    assert [at.astimezone(UTC) for at in ours] == [at.astimezone(UTC) for at in theirs]
