"""A Prefect server's address in, the runs that ended, go on or are late out; plain HTTP, as Prefect's client takes seconds
to import."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import httpx

OURS: dict[str, Any] = {"tags": {"all_": ["huaben"]}}
LIVING = {**OURS, "paused": {"eq_": False}}  # a paused one's runs are not due
OVERLAPS = "Deployment concurrency limit reached"  # as Prefect says of a run that it left out
LEFT_OUT = "left out: the one before it still ran"
_FAILED = re.compile(r"^Flow run encountered an exception: (BadInput: )?")  # and before what the error itself says


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a deployment as the server has it."""

    name: str
    state: str
    due: datetime
    began: datetime | None
    seconds: float
    message: str


def last_runs(api: str, limit: int) -> list[Run]:
    """Those that began last, the newest first; of those of a deployment that were left out, the newest alone, as there may be
    a hundred. Raises httpx.HTTPError where the server does not answer."""
    found: list[Run] = []
    seen: set[str] = set()
    for row in _rows(api, {"start_time": {"is_null_": False}}, "START_TIME_DESC", 200):
        run = _run(row)
        if run.state == "Skipped" or run.message == LEFT_OUT:
            if row["deployment"] in seen:
                continue
            seen.add(row["deployment"])
        found.append(run)
    return found[:limit]


def next_runs(api: str, limit: int) -> list[Run]:
    """The next of each deployment, under its name, and all that are late, the soonest first. Raises httpx.HTTPError where
    the server does not answer."""
    filters = {"state": {"type": {"any_": ["SCHEDULED"]}}}
    found: list[Run] = []
    seen: set[str] = set()
    for row in _rows(api, filters, "NEXT_SCHEDULED_START_TIME_ASC", 200, LIVING):
        if row["deployment_id"] not in seen or row["state_name"] == "Late":
            seen.add(row["deployment_id"])
            found.append(replace(_run(row), name=row["deployment"] or row["name"]))
    return found[:limit]


def under_way(api: str) -> list[tuple[str, Run]]:
    """Those that the server believes to be running, with their ids. Raises httpx.HTTPError where it does not answer."""
    filters = {"state": {"type": {"any_": ["RUNNING", "PENDING", "CANCELLING"]}}}
    return [(str(row["id"]), _run(row)) for row in _rows(api, filters, "START_TIME_DESC", 100)]


def _rows(
    api: str, filters: dict[str, Any], sort: str, limit: int, deployments: dict[str, Any] = OURS
) -> list[dict[str, Any]]:
    """As the server has them, each with the name of its `deployment`, empty where that is gone."""
    names = {row["id"]: row["name"] for row in _post(api, "deployments", {"deployments": OURS, "limit": 200})}
    asked = {
        "flow_runs": {**filters, "deployment_id": {"is_null_": False}},
        "deployments": deployments,
        "sort": sort,
        "limit": limit,
    }
    return [{**row, "deployment": names.get(row.get("deployment_id"), "")} for row in _post(api, "flow_runs", asked)]


def _post(api: str, what: str, asked: dict[str, Any]) -> list[dict[str, Any]]:
    try:
        answer = httpx.post(f"{api}/{what}/filter", json=asked, timeout=5)
        rows: Any = answer.raise_for_status().json()
    except (httpx.InvalidURL, ValueError) as error:
        raise httpx.DecodingError(f"{api} is no Prefect server: {error}") from None
    if not isinstance(rows, list):
        raise httpx.DecodingError(f"{api} is no Prefect server")
    return rows


def _run(row: dict[str, Any]) -> Run:
    """Under the name that it has once it begins: until then, and where it never does, Prefect's is drawn at random."""
    due = _time(row.get("next_scheduled_start_time") or row["expected_start_time"]) or datetime.now(UTC)
    message = (row.get("state") or {}).get("message") or ""
    if message.startswith(OVERLAPS):
        message = LEFT_OUT
    message = next(iter(_FAILED.sub("", message).splitlines()), "")
    name = f"{row['deployment']} of {due.astimezone():%Y-%m-%d %H:%M}" if row["deployment"] else row["name"]
    seconds = max(0.0, float(row.get("estimated_run_time") or 0))
    return Run(name, row["state_name"], due, _time(row.get("start_time")), seconds, message)


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
