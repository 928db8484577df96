"""A plan and a home folder in; its deployments on a Prefect server, and whatever is due run, until somebody stops it, out."""

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy, State
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.schedules import CronSchedule
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import ObjectNotFound
from prefect.flows import Flow
from prefect.runner import Runner
from prefect.schedules import Cron
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.states import Scheduled
from prefect.types.entrypoint import EntrypointType

from corpora.errors import BadInput
from corpora.files import write_whole
from flows.notify.channel import lacking
from flows.notify.notice import Notice
from flows.notify.send import send
from flows.serve.alive import only_one, state_folder
from flows.serve.crashed import WHY, mark_crashed, told
from flows.serve.due import AHEAD, Verdict, between, decide, upcoming
from flows.serve.gone import pause_gone
from flows.serve.leashed import SERVED
from flows.serve.plan import Deployment, Plan
from flows.serve.server import answers, running_server
from flows.serve.turn import began_at, began_runs
from flows.serve.watchers import hush_watchers

STRATEGY = {"skip": ConcurrencyLimitStrategy.CANCEL_NEW, "queue": ConcurrencyLimitStrategy.ENQUEUE}

PATIENCE_S = 60.0  # for a run to put away what it has half-made


def serve(plan: Plan, path: Path, home: Path, say: Callable[[str], None]) -> bool:
    """Runs the plan until it is stopped; False where its server went away. `path`: where the plan was read from. Raises
    BadInput before anything is started where something is wrong with it."""
    hush_watchers()
    deployments = [deployed(one, path, home) for one in plan.deployment]
    os.environ[SERVED] = str(os.getpid())
    os.environ["PYTHONSAFEPATH"] = "1"  # a folder in the working folder must not hide a room from the runs
    os.environ.setdefault("PYTHONWARNINGS", "ignore::FutureWarning")  # of transformers and peft, for each other
    if not os.environ.get("PREFECT_API_URL"):
        say(f"Prefect: starting at http://{plan.server.host}:{plan.server.port}; a first start takes a minute")
    with (
        only_one(home),
        running_server(plan.server, home, say) as (api, own),
        temporary_settings({PREFECT_API_URL: api}),
    ):
        os.environ["PREFECT_API_URL"] = api  # for the processes of the runs
        say(f"Prefect: {api.removesuffix('/api')}" + ("" if own else " (started by somebody else)"))
        with write_whole(state_folder(home) / "schedule") as part:
            part.write_text(str(path.absolute()), encoding="utf-8")  # for huaben status
        for line in lacking(plan.notify):  # blocks: they can be looked up, and made, on a server alone
            say(line)
        runner = Runner(name="huaben", pause_on_shutdown=False)  # a paused schedule would not know what it missed
        with get_client(sync_client=True) as client:
            now = datetime.now(UTC)
            before = {one.name: _found(client, one) for one in plan.deployment}
            dead = mark_crashed(client, [one.id for one in before.values() if one], home, own)
            told(dead, say)
            for line in send([Notice("failed", run.name, WHY) for run in dead], plan.notify):
                say(line)
            late = {one.name: missed(client, one, before[one.name], now) for one in plan.deployment}
            kept = []
            for one, made in zip(plan.deployment, deployments, strict=True):
                kept.append(cast(UUID, runner.add_deployment(made)))
                made_up_for(client, kept[-1], one, late[one.name], say)
            for name in pause_gone(client, kept, home):
                say(f"{name}: no more in the schedule; it is paused")
        for one in plan.deployment:
            say(f"{one.name}: next on {upcoming(one.cron, one.timezone, now):%Y-%m-%d %H:%M %Z}")
        return ran(runner, api, say)


def ran(runner: Runner, api: str, say: Callable[[str], None]) -> bool:
    """Whether the runner ran until somebody stopped it, and not until its server went away; either is said."""
    try:
        asyncio.run(_until_stopped(runner))
    except Exception:  # the runner's services fail one by one, each in its own way
        if answers(api):
            raise
        say(
            f"the Prefect server at {api.removesuffix('/api')} went away; start again, and what was missed is made up for"
        )
        return False
    say("stopped; what was running is cancelled, with nothing half-written")
    return True


async def _until_stopped(runner: Runner) -> None:
    """Until Ctrl-C or SIGTERM: then no further run is started, and those under way are told to stop, which the server, still
    there, hears from them."""
    started = asyncio.create_task(runner.start())
    await asyncio.sleep(0)  # it sets a handler of its own, which would leave at once
    asked = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    stopping = asyncio.create_task(asked.wait())
    await asyncio.wait([started, stopping], return_when=asyncio.FIRST_COMPLETED)
    if asked.is_set():
        await runner.astop()  # cancels them
        await asyncio.wait([started], timeout=PATIENCE_S)
    started.cancel()
    with suppress(asyncio.CancelledError):
        await started


def deployed(one: Deployment, path: Path, home: Path) -> RunnerDeployment:
    """The deployment as Prefect takes it. Raises BadInput where Prefect does not understand its cron line."""
    module, _, name = one.entrypoint.rpartition(".")
    flow: Flow[..., object] = getattr(import_module(module), name)
    try:
        CronSchedule(cron=one.cron, timezone=one.timezone)
    except ValueError:
        raise BadInput(
            f"{path}: deployment {one.name!r}: Prefect does not understand cron {one.cron!r}; write it plainer"
        ) from None
    made = flow.to_deployment(
        name=one.name,
        schedule=Cron(one.cron, timezone=one.timezone),
        parameters=one.parameters(path, home),
        tags=["huaben", *one.tags],
        concurrency_limit=ConcurrencyLimitConfig(limit=1, collision_strategy=STRATEGY[one.overlap]),
        paused=False,
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    return cast(RunnerDeployment, made)  # a coroutine only where there is a loop already


def missed(
    client: SyncPrefectClient, one: Deployment, before: DeploymentResponse | None, now: datetime
) -> tuple[datetime, Verdict] | None:
    """When the newest of the runs was due that nobody was there to start, and what becomes of them; None where there is none.

    To be asked before the deployment is made anew, at which Prefect forgets the runs that were due.
    """
    if before is None or before.paused or before.created is None:
        return None
    newest = max((at for run in began_runs(client, before.id) if (at := began_at(run)) <= now + AHEAD), default=None)
    since = max(filter(None, (newest, before.created)))
    due = between(one.cron, one.timezone, since, now)
    if not due:
        return None
    return due[-1], decide(due[0], now, due, newest, timedelta(hours=one.max_lateness_h))


def made_up_for(
    client: SyncPrefectClient,
    deployment: UUID,
    one: Deployment,
    found: tuple[datetime, Verdict] | None,
    say: Callable[[str], None],
) -> None:
    """One run for all that were missed, if it is not too late for it."""
    if found is None:
        return
    due, verdict = found
    if verdict.runs:
        state: State[Any] = Scheduled(
            scheduled_time=due, message=verdict.reason or "missed: nobody was there to start it"
        )
        client.create_flow_run_from_deployment(
            deployment, state=state, tags=["missed"], idempotency_key=f"{one.name} {due}"
        )
        say(
            f"{one.name}: missed at {due:%Y-%m-%d %H:%M %Z}; it runs now"
            + f" and {verdict.reason}" * bool(verdict.reason)
        )
    else:
        say(f"{one.name}: missed, and left out: {verdict.reason}")


def _found(client: SyncPrefectClient, one: Deployment) -> DeploymentResponse | None:
    try:
        return client.read_deployment_by_name(f"scheduled-{one.job}/{one.name}")
    except ObjectNotFound:
        return None
