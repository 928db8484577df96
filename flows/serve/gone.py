"""A Prefect server and the deployments of a schedule in; those of this home folder that the schedule has no more, paused, out."""

from collections.abc import Collection
from pathlib import Path
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterTags


def pause_gone(client: SyncPrefectClient, kept: Collection[UUID], home: Path) -> list[str]:
    """Their names. Left as they are, runs of theirs would be put on the list for ever, and nobody would start one.

    What they did stays to be seen. Those of other home folders, on a server that others use too, are left alone.
    """
    ours = DeploymentFilter(tags=DeploymentFilterTags(all_=["huaben"]))
    gone = [
        one
        for one in client.read_deployments(deployment_filter=ours)
        if one.id not in kept and not one.paused and (one.parameters or {}).get("home") == str(home.absolute())
    ]
    for one in gone:
        client.pause_deployment(one.id)
    return [one.name for one in gone]
