"""What a schedule makes of late, missed, crashed, failing and cancelled runs, on one real Prefect server."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from main_job import ROOT, environment
from prefect import flow
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import FlowRun
from prefect.exceptions import TerminationSignal
from prefect.flow_engine import run_flow
from prefect.runner import Runner
from prefect.settings import PREFECT_API_URL, PREFECT_HOME, temporary_settings
from prefect.states import Cancelling, Completed, Running, Scheduled

from corpora.progress import track
from flows.doctor.home import leftovers, warehouse
from flows.notify.channel import NotifyConfig
from flows.notify.notice import Notice
from flows.notify.send import send
from flows.serve import jobs
from flows.serve.alive import alive, life, state_folder
from flows.serve.crashed import WHY, mark_crashed
from flows.serve.plan import Plan, ServerConfig, read_plan
from flows.serve.progress import shown_progress
from flows.serve.run import deployed, missed
from flows.serve.server import known_server, running_server
from flows.serve.turn import began_at
from warehouse.lake import writing
from warehouse.summary import table_counts

pytestmark = pytest.mark.slow
TOKEN = "planted-token-3c59dc04"
SCHEDULE = """
[[deployment]]
name = "nightly"
job = "tidy"
cron = "30 2 * * *"
timezone = "Asia/Shanghai"
max_lateness_h = 30

[[deployment]]
name = "strict"
job = "tidy"
cron = "30 2 * * *"
max_lateness_h = 0.0001

[[deployment]]
name = "sample"
job = "curate"
cron = "30 2 1 1 *"
"""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("serve") / "home"


@pytest.fixture(scope="module")
def schedule(home: Path) -> Path:
    path = home.parent / "schedule.toml"
    path.write_text(SCHEDULE, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def api(home: Path) -> Iterator[str]:
    """A server of the tests' own, with its database below their home."""
    named = os.environ.pop("PREFECT_API_URL", None)
    with (
        running_server(ServerConfig(port=free_port()), home) as (url, own),
        temporary_settings({PREFECT_API_URL: url, PREFECT_HOME: home / "prefect"}),
    ):
        assert own
        assert known_server(home) == url
        assert (home / "prefect" / "prefect.db").is_file()
        yield url
    if named:
        os.environ["PREFECT_API_URL"] = named


@pytest.fixture
def client(api: str) -> Iterator[SyncPrefectClient]:
    with get_client(sync_client=True) as found:
        yield found


@pytest.fixture
def plan(schedule: Path) -> Plan:
    return read_plan(schedule)


@pytest.fixture
def deploy(client: SyncPrefectClient, plan: Plan, schedule: Path, home: Path) -> Callable[[str], UUID]:
    return lambda name: deployed(plan.named(name), schedule, home).apply()  # type: ignore[return-value]


def due(client: SyncPrefectClient, deployment: UUID, since: datetime, until: datetime) -> list[FlowRun]:
    """What Prefect's own scheduler puts on the list for a time that has gone by."""
    span = {"start_time": since.isoformat(), "end_time": until.isoformat(), "min_runs": 9, "max_runs": 9}
    client.request("POST", "/deployments/{id}/schedule", path_params={"id": str(deployment)}, json=span)
    runs = client.get_scheduled_flow_runs_for_deployments([deployment], scheduled_before=until)
    return sorted(
        (one.flow_run if hasattr(one, "flow_run") else one for one in runs), key=lambda run: run.expected_start_time
    )


def run(client: SyncPrefectClient, flow: Any, of: FlowRun, **parameters: Any) -> FlowRun:
    """The run, done in this process."""
    run_flow(
        flow, flow_run=client.read_flow_run(of.id), parameters={**of.parameters, **parameters}, return_type="state"
    )
    return client.read_flow_run(of.id)


def test_three_missed_nights_become_one_run(client: SyncPrefectClient, plan: Plan, schedule: Path, home: Path) -> None:
    runner = Runner(name="tests", pause_on_shutdown=False)
    deployment = runner.add_deployment(deployed(plan.named("nightly"), schedule, home))
    now = datetime.now(UTC)
    backlog = due(client, deployment, now - timedelta(days=3), now)  # type: ignore[arg-type]
    assert len(backlog) == 3
    asyncio.run(runner.start(run_once=True))
    ended = [client.read_flow_run(one.id) for one in backlog]
    ran = [one for one in ended if one.state_name == "Completed"]
    (message,) = [str(one.state.message) for one in ran if one.state]  # any of the three may be the first to get in
    assert message.partition(";")[0] == "0 snapshots and 0 files went"
    assert sorted(one.state_name or "" for one in ended) == ["Cancelled", "Cancelled", "Completed"]
    assert ran[0].name.startswith("nightly of ")
    assert life(home, str(ran[0].id)) == "unknown"


def test_a_run_whose_time_is_over_is_left_out_with_the_reason(
    client: SyncPrefectClient, deploy: Callable[[str], UUID]
) -> None:
    now = datetime.now(UTC)
    late = due(client, deploy("strict"), now - timedelta(days=1), now)[0]
    done = run(client, jobs.tidy_job, late)
    assert (done.state_name, done.state_type.value if done.state_type else "") == ("Skipped", "COMPLETED")
    assert done.state and "too late: due at " in str(done.state.message)


def test_what_nobody_was_there_to_start_is_found_when_serve_starts(
    client: SyncPrefectClient, plan: Plan, deploy: Callable[[str], UUID]
) -> None:
    one = plan.named("strict")
    before = client.read_deployment(deploy("strict"))
    now = datetime.now(UTC)
    assert missed(client, one, before, before.created or now) is None  # type: ignore[arg-type]
    found = missed(client, one, before, now + timedelta(days=10))  # type: ignore[arg-type]
    assert found and not found[1].runs
    lenient = plan.named("nightly")
    found = missed(client, lenient, before, now + timedelta(days=10))  # type: ignore[arg-type]
    assert found and found[1].runs
    assert found[1].reason == "stands for 10 runs that were due"
    assert now + timedelta(days=9) <= found[0] <= now + timedelta(days=10)


def test_a_run_that_began_a_little_early_is_that_of_its_time(
    client: SyncPrefectClient, deploy: Callable[[str], UUID]
) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=8)
    early = client.create_flow_run_from_deployment(deploy("strict"), state=Scheduled(scheduled_time=soon))
    client.set_flow_run_state(early.id, Running(), force=True)
    begun = client.read_flow_run(early.id)
    assert begun.start_time and begun.start_time < soon
    assert abs(began_at(begun) - soon) < timedelta(milliseconds=1)
    client.set_flow_run_state(early.id, Completed(), force=True)


def test_a_crashed_run_is_marked_and_a_living_one_is_not(
    client: SyncPrefectClient, home: Path, deploy: Callable[[str], UUID]
) -> None:
    deployment = deploy("strict")
    dead, living = (client.create_flow_run_from_deployment(deployment, state=Scheduled()) for _ in range(2))
    for one in (dead, living):
        client.set_flow_run_state(one.id, Running(), force=True)
    (state_folder(home) / "runs" / str(dead.id)).write_text("1", encoding="ascii")  # no lock on it: its process is gone
    with alive(home, str(living.id)):
        found = mark_crashed(client, [deployment], home, own_server=False)
    assert [one.id for one in found] == [dead.id]
    after = client.read_flow_run(dead.id)
    assert after.state and (after.state_name, after.state.message) == ("Crashed", WHY)
    assert client.read_flow_run(living.id).state_name == "Running"
    assert life(home, str(dead.id)) == "unknown"
    assert [one.id for one in mark_crashed(client, [deployment], home, own_server=True)] == [living.id]


def test_a_job_that_fails_is_tried_again_and_told(
    home: Path, tmp_path: Path, api: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "s.toml"
    path.write_text(
        '[[deployment]]\nname = "x"\njob = "tidy"\ncron = "0 1 * * *"\nretries = 2\nretry_s = 0\n'
        '[[notify]]\nformat = "slack"\nurl_env = "HUABEN_TEST_HOOK"\nretries = 0\n',
        encoding="utf-8",
    )
    told: list[str] = []

    def noted(notices: list[Notice], channels: list[NotifyConfig]) -> list[str]:
        told.extend(one.text for one in notices)
        return send(notices, channels)

    monkeypatch.setenv("HUABEN_TEST_HOOK", f"http://127.0.0.1:9/hook/{TOKEN}")
    monkeypatch.setattr(jobs, "send", noted)
    tries: list[int] = []

    def tidy(*_: object) -> None:
        tries.append(1)
        raise OSError("the disk went away")

    monkeypatch.setattr("flows.tidy.tidy_flow", tidy)
    state = jobs.tidy_job(schedule=str(path), deployment="x", home=str(home), return_state=True)
    assert state.is_failed()
    assert len(tries) == 3
    assert told == ["the disk went away"]


def test_a_signal_is_known_under_any_name() -> None:
    try:
        try:
            raise TerminationSignal(signal=15)
        except TerminationSignal:
            raise RuntimeError("the query went wrong") from None
    except RuntimeError as error:
        assert jobs.stopped(error)
    assert jobs.stopped(RuntimeError("Query interrupted"))
    assert not jobs.stopped(OSError("the disk went away"))


def test_a_cancelled_run_leaves_nothing_half_done(
    client: SyncPrefectClient, api: str, schedule: Path, home: Path, deploy: Callable[[str], UUID], tmp_path: Path
) -> None:
    env = {**environment(home), "PREFECT_API_URL": api, "PYTHONSAFEPATH": "1"}
    code = (
        "import asyncio; from pathlib import Path; from prefect.runner import Runner; from flows.serve.plan import read_plan;"
        "from flows.serve.run import deployed;"
        f"path, home = Path({str(schedule)!r}), Path({str(home)!r}); runner = Runner(query_seconds=1, pause_on_shutdown=False);"
        "runner.add_deployment(deployed(read_plan(path).named('sample'), path, home)); asyncio.run(runner.start())"
    )
    deploy("sample")
    fresh = tmp_path / "fresh"
    process = subprocess.Popen([sys.executable, "-P", "-c", code], env=env, cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        deployment = client.read_deployment_by_name("scheduled-curate/sample").id
        begun = client.create_flow_run_from_deployment(deployment, parameters={"home": str(fresh)})
        wait(lambda: (fresh / "data").is_dir())  # it writes
        client.set_flow_run_state(begun.id, Cancelling())
        wait(lambda: client.read_flow_run(begun.id).state_name == "Cancelled")
        wait(lambda: life(fresh, str(begun.id)) == "unknown")
    finally:
        process.terminate()
        process.wait(timeout=60)
    assert [*leftovers(fresh)] == []
    with writing(fresh) as lake:  # the next one finds it free
        assert set(table_counts(lake).values()) == {0}
    assert {one.level for one in warehouse(fresh)} == {"well"}


def test_a_long_loop_shows_its_progress(client: SyncPrefectClient) -> None:
    seen: list[Any] = []

    def progress() -> Any:
        asked = {"artifacts": {"type": {"any_": ["progress"]}}}
        return client.request("POST", "/artifacts/filter", json=asked).json()

    @flow(name="long")
    def long() -> None:
        with shown_progress(0.2):
            for number in track(range(30), "Work", unit="steps"):
                time.sleep(0.05)
                if number == 25:
                    seen.extend(progress())

    long()
    (half,), (whole,) = seen, progress()
    assert (half["key"], half["flow_run_id"]) == ("progress", whole["flow_run_id"])
    assert half["data"] < 100  # in a log a bar moves every ten seconds
    assert str(half["description"]).startswith("Work: ")
    assert (whole["data"], whole["description"]) == (100.0, "done")


def test_the_address_of_a_webhook_is_nowhere_in_what_the_server_keeps(client: SyncPrefectClient, home: Path) -> None:
    """Last in the file: everything before has left its logs, artifacts and states."""

    def kept() -> bytes:
        return b"".join(path.read_bytes() for path in sorted((home / "prefect").rglob("*")) if path.is_file())

    wait(lambda: b"not delivered: ConnectError, 1 times" in kept(), 30)  # logs are sent in batches
    assert TOKEN.encode() not in kept()


def wait(held: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not held():
        assert time.monotonic() < deadline
        time.sleep(0.1)
