"""Which failures of a job are tried again, when, and what is a person's wish and what the end of its time."""

import errno
import logging
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from prefect.client.schemas.actions import ArtifactCreate
from prefect.exceptions import TerminationSignal

from corpora.errors import BadInput
from flows.serve import jobs
from flows.serve.plan import Deployment
from flows.steps import _worth_retrying
from warehouse.turns import WriteConflict

INTERRUPTED = RuntimeError(jobs.INTERRUPTED)


@pytest.mark.parametrize(
    ("error", "by_step", "by_job"),
    [
        (OSError(errno.EIO, os.strerror(errno.EIO)), True, True),
        (ConnectionResetError(), True, True),
        (WriteConflict("another was first"), True, True),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), False, False),
        (BadInput("x.txt: no text; give another"), False, False),
        (httpx.ReadError("the server is away"), False, True),
        (MemoryError(), False, True),
        (INTERRUPTED, False, False),  # by a signal
        (TerminationSignal(15), False, False),
    ],
)
def test_what_waiting_can_help_is_tried_again(error: BaseException, by_step: bool, by_job: bool) -> None:
    state: Any = SimpleNamespace(result=lambda raise_on_failure: error)
    ours: Any = None
    assert (_worth_retrying(ours, ours, state), jobs._worth_retrying(ours, ours, state)) == (by_step, by_job)


def test_a_job_out_of_time_is_not_tried_again() -> None:
    state: Any = SimpleNamespace(result=lambda raise_on_failure: TimeoutError())
    ours: Any = None
    assert not jobs._worth_retrying(ours, ours, state)


@pytest.mark.parametrize("name", ["nightly", "crawl_Tiku-2", "整理", "清理", "curate.2", "curate:2"])
def test_a_deployment_of_any_name_has_its_page(name: str) -> None:
    assert ArtifactCreate(key=f"{jobs.artifact_name(name)}-summary").key


def test_names_stay_apart() -> None:
    assert jobs.artifact_name("crawl_Tiku-2") == "crawl-tiku-2"
    names = ["整理", "清理", "curate.2", "curate:2", "curate-2"]
    assert len({jobs.artifact_name(name) for name in names}) == len(names)


@pytest.mark.parametrize(
    ("error", "traced"), [(BadInput("x.txt: no text; give another"), False), (KeyError("x"), True)]
)
def test_what_is_for_people_has_no_trace_in_the_log(error: Exception, traced: bool) -> None:
    record = logging.LogRecord("prefect.flow_runs", logging.ERROR, "", 0, "%r", (error,), (type(error), error, None))
    assert jobs.in_one_sentence(record)
    assert bool(record.exc_info) == traced


def test_pauses_double_and_are_drawn_at_random() -> None:
    made: Any = jobs.attempts(
        lambda place: jobs.Outcome("", ""), Deployment("n", "tidy", "0 1 * * *", retries=3, retry_s=60)
    )
    assert (made.retries, made.retry_delay_seconds, made.retry_jitter_factor) == (3, [60, 120, 240], 0.5)
    assert made.timeout_seconds == 12 * 3600


@pytest.mark.parametrize(("hours", "kind"), [(1e-12, TimeoutError), (12.0, RuntimeError)])
def test_a_query_that_the_clock_interrupts_is_out_of_time_and_nobodys_wish(hours: float, kind: type[Exception]) -> None:
    def work(_: Path) -> jobs.Outcome:
        raise INTERRUPTED

    made: Any = jobs.attempts(work, Deployment("n", "tidy", "0 1 * * *", timeout_h=hours))
    with pytest.raises(kind) as raised:
        made.fn(Path())
    assert isinstance(raised.value, kind)
    assert jobs._worth_retrying(None, None, SimpleNamespace(result=lambda raise_on_failure: raised.value)) is False  # type: ignore[arg-type]
