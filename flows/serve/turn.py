"""The run that asks, as the Prefect server knows it, in; whether it is its turn, by `decide`, out."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterStartTime,
    FlowRunFilterState,
    FlowRunFilterStateName,
)
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.sorting import FlowRunSort
from prefect.runtime import flow_run

from flows.serve.due import Verdict, between, decide
from flows.serve.plan import Deployment

SKIPPED = "Skipped"  # the name of the state in which a run ends that was left out


def own_turn(plan: Deployment) -> Verdict:
    """Whether the flow run in which this is called goes ahead. What a person started always does."""
    if not flow_run.id:
        return Verdict(True)
    with get_client(sync_client=True) as client:
        run = client.read_flow_run(UUID(str(flow_run.id)))
        if not run.auto_scheduled or run.deployment_id is None or run.expected_start_time is None:
            return Verdict(True)
        began = [began_at(one) for one in began_runs(client, run.deployment_id) if one.id != run.id]
    now = datetime.now(UTC)
    newest = max(began, default=None)
    due = between(plan.cron, plan.timezone, min(filter(None, (run.expected_start_time, newest))), now)
    return decide(run.expected_start_time, now, due, newest, timedelta(hours=plan.max_lateness_h))


def began_runs(client: SyncPrefectClient, deployment: UUID, limit: int = 50) -> list[FlowRun]:
    """Those of the deployment's newest runs that began and were not left out, the newest first."""
    found = client.read_flow_runs(
        flow_run_filter=FlowRunFilter(
            deployment_id=FlowRunFilterDeploymentId(any_=[deployment]),
            start_time=FlowRunFilterStartTime(is_null_=False),
            state=FlowRunFilterState(name=FlowRunFilterStateName(not_any_=[SKIPPED])),
        ),
        sort=FlowRunSort.START_TIME_DESC,
        limit=limit,
    )
    return [run for run in found if run.run_count]  # one that Prefect cancelled before it ran has a start time as well


def began_at(run: FlowRun) -> datetime:
    """When the run began; when it was due, where that was later: Prefect's runner is up to ten seconds early, and the run
    was that of its time nevertheless."""
    return max(at for at in (run.start_time, run.expected_start_time) if at is not None)
