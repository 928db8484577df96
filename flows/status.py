"""A home folder in; what ran last, what runs next, how much there is and which adapter is current, shown, out."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import httpx

from corpora.errors import BadInput
from eval.current import current
from flows.console import out, say, show_table
from flows.serve.alive import served
from flows.serve.ask import Run, last_runs, next_runs
from flows.serve.due import upcoming
from flows.serve.plan import plan_in
from flows.serve.server import known_server
from warehouse.lake import reading
from warehouse.place import place_of
from warehouse.recent import recent
from warehouse.summary import table_counts

SHOWN = 8


def show_status(home: Path, schedule: Path | None = None) -> None:
    """Everything a person asks for who looks in: nothing is changed, and no server started."""
    _schedules(home, schedule)
    _warehouse(home)
    _current(home)


def _schedules(home: Path, schedule: Path | None) -> None:
    api, path = known_server(home), schedule or served(home)
    try:
        runs = last_runs(api, SHOWN) if api else []
        due = next_runs(api, 200) if api else []
    except httpx.HTTPError:
        if os.environ.get("PREFECT_API_URL"):
            said = (
                f"PREFECT_API_URL: no Prefect server answers at {api}; start it, or unset the variable, or correct it"
            )
        else:
            said = (
                f"the Prefect server at {api.removesuffix('/api')} does not answer; "
                f"start it with: huaben serve --config {path or 'SCHEDULE.toml'}"
            )
        say(said)
        api, runs, due = "", [], []
    if api:
        out.print(f"server  {api.removesuffix('/api')}")
        _runs("Last runs", runs)
        show_table(
            "Next runs", ("run", "due", ""), [(one[0].name, _time(one[0].due), _late(one)) for one in _each(due)], 3
        )
        return
    if not path:
        out.print("no schedule is served; see: huaben serve --help")
        return
    now = datetime.now(UTC)
    try:
        rows = sorted((upcoming(one.cron, one.timezone, now), one.name) for one in plan_in(Path(path)).deployment)
    except BadInput as error:
        out.print(str(error), markup=False)
        return
    out.print(f"not served now; {path} would run next:", markup=False)
    show_table("", ("deployment", "due"), [(name, _time(at)) for at, name in rows], 2)


def _runs(title: str, runs: Sequence[Run]) -> None:
    rows = [(run.name, run.state, _time(run.began), f"{run.seconds:,.0f} s", run.message[:200]) for run in runs]
    show_table(title, ("run", "state", "began", "took", ""), rows, 5)


def _warehouse(home: Path) -> None:
    try:
        with reading(home) as lake:
            tables, done = table_counts(lake), recent(lake, SHOWN)
    except BadInput as error:
        out.print(str(error), markup=False)
        return
    show_table(
        "Done last", ("snapshot", "at", "what", "seconds"),
        [(f"{one.snapshot}", _time(one.at), one.label, one.seconds) for one in done], 3,
    )  # fmt: skip
    show_table("", ("table", "rows"), tables.items())
    sizes = {name: _size(home / name) for name in ("sets", "adapters", "bases", "evaluations")}
    sizes = {"warehouse": sum(place_of(home).data.files().values()), **sizes}
    show_table("", ("folder", "MiB"), [(name, size / 2**20) for name, size in sizes.items()])


def _current(home: Path) -> None:
    found = current(home)
    if found is None:
        out.print("no adapter is current; promote one with: huaben promote ADAPTER")
        return
    out.print(f"current adapter  {found.adapter}  since {_time(datetime.fromisoformat(found.at))}", markup=False)
    if found.checks:
        rows = [
            (check["name"], check["n"], check["before"], check["after"], check["outcome"]) for check in found.checks
        ]
        show_table(f"Guarded, against {found.against}", ("metric", "rows", "before", "after", ""), rows, 1)


def _each(due: Sequence[Run]) -> list[list[Run]]:
    """By deployment, each in its order: there may be a hundred that are late."""
    found: dict[str, list[Run]] = {}
    for run in due:
        found.setdefault(run.name, []).append(run)
    return [*found.values()]


def _late(runs: Sequence[Run]) -> str:
    late = sum(run.state == "Late" for run in runs)
    waits = "waits for the one before" if runs[0].state == "AwaitingConcurrencySlot" else ""
    return waits or (f"late, and {late - 1} more" if late > 1 else "late" if late else "")


def _time(at: datetime | None) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M}" if at else "–"


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
