"""A home folder in, findings on the Prefect server that serves it, runs that are late, and runs whose process is gone out."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from flows.doctor.finding import Finding
from flows.serve.alive import life, served
from flows.serve.ask import next_runs, under_way
from flows.serve.server import answers, known_server

LATE = timedelta(minutes=5)  # Prefect's runner asks every ten seconds, and a run starts within one or two minutes


def server(home: Path) -> Iterator[Finding]:
    """Whether the server answers, and what it holds keeps its time; one finding where nothing is served."""
    api, schedule = known_server(home), served(home)
    remedy = f"start it again: huaben serve --config {schedule or 'SCHEDULE.toml'}"
    if not api:
        found = "none runs for this home folder" + (", which was served before" if schedule else "")
        yield Finding("note" if schedule else "well", "Prefect server", found, remedy if schedule else "")
        return
    if not answers(api):
        named = bool(os.environ.get("PREFECT_API_URL"))  # huaben serve would ask the same one
        remedy = "start it, or unset PREFECT_API_URL, or correct it: it ends in /api" if named else remedy
        yield Finding("fault", "Prefect server", f"{api} does not answer", remedy)
        return
    yield Finding("well", "Prefect server", f"{api} answers")
    try:
        due, running = next_runs(api, 100), under_way(api)
    except httpx.HTTPError as error:
        yield Finding("fault", "Prefect server", f"{api} does not tell its runs ({type(error).__name__})", remedy)
        return
    now = datetime.now(UTC)
    late = [run for run in due if now - run.due > LATE and run.state != "AwaitingConcurrencySlot"]
    if late:
        found = f"late runs: {len(late)}, the oldest that of {late[0].name}, by {_hours(now - late[0].due)}"
        yield Finding("note", "schedules", found, f"nobody starts them: is huaben serve running? {remedy}")
    else:
        waiting = {run.name for run in due}
        yield Finding("well", "schedules", f"{len(waiting)} deployments, no run is late")
    for run, one in running:
        if life(home, run) == "died":
            found = f"{one.name} is {one.state.lower()} for the server, and its process is gone"
            yield Finding("note", "runs", found, f"it is marked as crashed when serve starts; {remedy}")


def _hours(span: timedelta) -> str:
    return f"{span.total_seconds() / 3600:.1f} hours"
