"""Runs that a Prefect server believes to be running, and whose process is gone, in; the same marked as crashed out."""

from collections.abc import Callable, Collection
from pathlib import Path
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterParentFlowRunId,
    FlowRunFilterState,
    FlowRunFilterStateType,
    TaskRunFilter,
    TaskRunFilterState,
    TaskRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.states import Crashed

from flows.serve.alive import bury, life

UNDER_WAY = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]
WHY = "Its process was gone when huaben serve started anew"


def mark_crashed(
    client: SyncPrefectClient, deployments: Collection[UUID], home: Path, own_server: bool
) -> list[FlowRun]:
    """The runs of the deployments whose process is gone, now Crashed, with their sub-flows and tasks; their turn is free again.

    On a server that others use too, a run of which this home folder knows nothing may live on another machine, and is left.
    """
    if not deployments:
        return []
    state = FlowRunFilterState(type=FlowRunFilterStateType(any_=UNDER_WAY))
    filters = FlowRunFilter(deployment_id=FlowRunFilterDeploymentId(any_=[*deployments]), state=state)
    dead = [
        run for run in client.read_flow_runs(flow_run_filter=filters) if is_dead(life(home, str(run.id)), own_server)
    ]
    for run in dead:
        _mark(client, run.id)
        bury(home, str(run.id))
    return dead


def is_dead(found: str, own_server: bool) -> bool:
    """Whether a run is dead, of whose life that was found out."""
    return found == "died" or (found == "unknown" and own_server)


def _mark(client: SyncPrefectClient, run: UUID) -> None:
    """Children first, so that a run never ends before what is under it."""
    state = FlowRunFilterState(type=FlowRunFilterStateType(any_=UNDER_WAY))
    parent = FlowRunFilterParentFlowRunId(any_=[run])
    for child in client.read_flow_runs(flow_run_filter=FlowRunFilter(parent_flow_run_id=parent, state=state)):
        _mark(client, child.id)
    of_run = FlowRunFilter(id={"any_": [run]})  # type: ignore[arg-type]
    running = TaskRunFilter(state=TaskRunFilterState(type=TaskRunFilterStateType(any_=UNDER_WAY)))
    for task in client.read_task_runs(flow_run_filter=of_run, task_run_filter=running):
        client.set_task_run_state(task.id, Crashed(message=WHY), force=True)
    # Not forced: only a transition by the rules frees the deployment's concurrency slot.
    client.set_flow_run_state(run, Crashed(message=WHY))


def told(dead: Collection[FlowRun], say: Callable[[str], None]) -> None:
    """A line for each."""
    for run in dead:
        say(f"{run.name}: {WHY[0].lower()}{WHY[1:]}; it is marked as crashed")
