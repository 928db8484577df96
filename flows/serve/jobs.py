"""The flows that a schedule calls, with parameters that JSON holds: each asks whether it is its turn, calls the flow that
does the work, and tells what came of it.

    prefect deploy --all      deploys them with Prefect's own commands, by prefect.yaml
"""

import errno
import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from signal import SIGTERM
from typing import Any

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.exceptions import TerminationSignal
from prefect.logging import get_run_logger
from prefect.runtime import flow_run
from prefect.states import Completed

from corpora.errors import BadInput, Stopped
from corpora.files import stable_id
from flows.notify.notice import Notice, failed
from flows.notify.send import send
from flows.serve.alive import alive
from flows.serve.leashed import end_with_serve
from flows.serve.plan import Deployment, Plan, read_plan
from flows.serve.progress import shown_progress
from flows.serve.turn import SKIPPED, own_turn
from flows.serve.watchers import hush_watchers

INTERRUPTED = "Query interrupted"  # what DuckDB makes of a signal, or of the end of its time, in the middle of a query


@dataclass(frozen=True)
class Outcome:
    """What a job came to: a line for the list of runs, a page for its artifact, and what somebody should be told."""

    line: str
    page: str
    notices: list[Notice] = field(default_factory=list)


def _run_name() -> str:
    at = flow_run.scheduled_start_time or datetime.now(UTC)
    return f"{flow_run.parameters.get('deployment') or 'run'} of {at.astimezone():%Y-%m-%d %H:%M}"


@flow(name="scheduled-curate", flow_run_name=_run_name, validate_parameters=False)
def curate_job(schedule: str, deployment: str, home: str, config: str = "") -> State[Any]:
    """Crawl, load, extract, store, curate and build, as the config says."""

    def work(place: Path) -> Outcome:
        from flows.config import read_config
        from flows.curate import curate_flow, sources_of
        from flows.serve.outcome import of_curate

        run = read_config(Path(config) if config else None)
        report = curate_flow(
            sources_of(run.registries), run.curate, run.build, place, run.crawl, run.engine, run.assist
        )
        return of_curate(deployment, report)

    return _job(schedule, deployment, home, work)


@flow(name="scheduled-retrain", flow_run_name=_run_name, validate_parameters=False)
def retrain_job(schedule: str, deployment: str, home: str, config: str = "") -> State[Any]:
    """Train on the newest snapshot, evaluate, compare with the current adapter, and promote."""

    def work(place: Path) -> Outcome:
        from flows.config import read_config
        from flows.retrain import retrain_flow
        from flows.serve.outcome import of_retrain

        return of_retrain(deployment, retrain_flow(read_config(Path(config) if config else None), place))

    return _job(schedule, deployment, home, work)


@flow(name="scheduled-crawl", flow_run_name=_run_name, validate_parameters=False)
def crawl_job(schedule: str, deployment: str, home: str, spider: str) -> State[Any]:
    """Fetch what has changed on a site."""

    def work(place: Path) -> Outcome:
        from corpora.crawl.spider import read_spider
        from flows.crawling import crawl_flow
        from flows.serve.outcome import of_crawl

        return of_crawl(deployment, crawl_flow(read_spider(Path(spider)), place))

    return _job(schedule, deployment, home, work)


@flow(name="scheduled-tidy", flow_run_name=_run_name, validate_parameters=False)
def tidy_job(schedule: str, deployment: str, home: str, config: str = "", backup: str = "") -> State[Any]:
    """Expire snapshots, join and remove files; then copy everything to a new folder below `backup`, if one is named."""

    def work(place: Path) -> Outcome:
        from corpora.settings import read_toml, settings
        from flows.serve.outcome import of_tidy
        from flows.steps import step
        from flows.tidy import tidy_flow
        from warehouse.backup import backup as backup_home
        from warehouse.retention import RetentionConfig

        table = read_toml(Path(config)).get("retention", {}) if config else {}
        made = tidy_flow(settings(RetentionConfig, table, f"{config}: [retention]"), place)
        copied = None
        if backup:
            folder = Path(backup) / f"huaben-{datetime.now(UTC):%Y%m%dT%H%M%S}"
            copied = folder, step(backup_home, "back up")(place, folder)
        return of_tidy(made, copied)

    return _job(schedule, deployment, home, work)


def _job(schedule: str, deployment: str, home: str, work: Callable[[Path], Outcome]) -> State[Any]:
    hush_watchers()
    end_with_serve()
    for kind in ("flow", "task"):
        logging.getLogger(f"prefect.{kind}_runs").addFilter(in_one_sentence)
    plan = read_plan(Path(schedule))
    one, place = plan.named(deployment), Path(home)
    place.mkdir(parents=True, exist_ok=True)
    with alive(place, str(flow_run.id)):
        verdict = own_turn(one)
        log = get_run_logger()
        if not verdict.runs:
            log.info(verdict.reason)
            return Completed(message=verdict.reason, name=SKIPPED)  # Cancelled would end the process with an error
        if verdict.reason:
            log.info(verdict.reason)
        try:
            outcome = attempts(work, one)(place)
        except BaseException as error:
            if stopped(error):  # by somebody, who knows
                raise (
                    error if isinstance(error, TerminationSignal | KeyboardInterrupt) else TerminationSignal(SIGTERM)
                ) from error
            tell(failed(deployment, error), plan)
            raise
        create_markdown_artifact(key=f"{artifact_name(deployment)}-summary", markdown=outcome.page)
        tell(outcome.notices, plan)
        return Completed(message="; ".join(filter(None, (outcome.line, verdict.reason))))


def attempts(work: Callable[[Path], Outcome], one: Deployment) -> Callable[[Path], Outcome]:
    """`work` as a task: cut off when its time is up; tried again, after pauses that double and are drawn at random, where
    that can help."""
    limit_s = one.timeout_h * 3600

    def shown(place: Path) -> Outcome:
        began = time.monotonic()
        with shown_progress():
            try:
                return work(place)
            except RuntimeError as error:
                if str(error) == INTERRUPTED and time.monotonic() - began >= limit_s:
                    raise TimeoutError(f"it took longer than {one.timeout_h:g} h") from error
                raise

    made: Any = task(
        name=one.job,
        task_run_name=f"{one.name}: attempt",
        cache_policy=NO_CACHE,
        timeout_seconds=limit_s,
        retries=one.retries,
        retry_delay_seconds=[one.retry_s * 2**k for k in range(one.retries)] or None,
        retry_jitter_factor=0.5 if one.retries else None,
        retry_condition_fn=_worth_retrying,
    )(shown)
    return made  # type: ignore[no-any-return]


def artifact_name(deployment: str) -> str:
    """The deployment's name in the only characters that Prefect takes: small letters, digits, dashes; no two alike."""
    dashed = deployment.lower().replace("_", "-")
    plain = re.sub("[^a-z0-9-]", "-", dashed)
    return plain if plain == dashed else f"{plain}-{stable_id(deployment)}"


def in_one_sentence(record: logging.LogRecord) -> bool:
    """For Prefect's logs: what BadInput says is for people, and the trace of the code below it, three times, would bury it."""
    if record.exc_info and isinstance(record.exc_info[1], BadInput):
        record.exc_info = None
    return True


def tell(notices: list[Notice], plan: Plan) -> None:
    """Send the notices; what could not be delivered is logged."""
    for line in send(notices, plan.notify):
        get_run_logger().warning(line)


def stopped(error: BaseException) -> bool:
    """Whether the error comes of a signal to stop, under whatever name."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, TerminationSignal | KeyboardInterrupt | Stopped) or str(seen) == INTERRUPTED:
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def _worth_retrying(_task: object, _run: TaskRun, state: State[Any]) -> bool:
    """What is wrong in a file stays wrong, a full disk full, a run that took too long would again; and who is told to stop
    stops."""
    error = state.result(raise_on_failure=False)
    if isinstance(error, BadInput | TimeoutError) or getattr(error, "errno", None) == errno.ENOSPC:
        return False
    return not (isinstance(error, BaseException) and stopped(error))
