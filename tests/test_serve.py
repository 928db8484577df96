"""What a schedule makes of late, missed, crashed, failing and cancelled runs, on one real Prefect server."""

import asyncio
import os
import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import httpx
import pytest
from main_job import CONFIG, HUABEN, ROOT, environment
from prefect import flow
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterDeploymentId
from prefect.client.schemas.objects import FlowRun
from prefect.exceptions import TerminationSignal
from prefect.flow_engine import run_flow
from prefect.runner import Runner
from prefect.runtime import flow_run
from prefect.settings import PREFECT_API_URL, PREFECT_HOME, temporary_settings
from prefect.states import Cancelling, Completed, Running, Scheduled
from robot_on_loopback import Robot
from site_on_loopback import Page, Site, html

from corpora.errors import Stopped
from corpora.progress import track
from flows.doctor.home import leftovers, warehouse
from flows.notify.channel import NotifyConfig
from flows.notify.notice import Notice
from flows.notify.send import send
from flows.serve import jobs
from flows.serve.alive import alive, life, state_folder
from flows.serve.ask import next_runs
from flows.serve.crashed import WHY, mark_crashed
from flows.serve.gone import pause_gone
from flows.serve.plan import Plan, ServerConfig, read_plan
from flows.serve.progress import shown_progress
from flows.serve.run import deployed, missed, ran
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
        assert httpx.get(url.removesuffix("/api") + "/ui-settings").json()["api_url"] == "/api"
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


def test_what_the_schedule_has_no_more_is_put_on_no_list(
    client: SyncPrefectClient, plan: Plan, schedule: Path, home: Path, api: str, tmp_path: Path
) -> None:
    one = replace(plan.named("nightly"), name="renamed", cron="* * * * *")
    old, theirs = (deployed(one, schedule, place).apply() for place in (home, tmp_path / "another"))  # type: ignore[misc]
    assert old == theirs  # one server has one of a name: it is the other home's now
    kept = [found.id for found in client.read_deployments() if found.id != old]
    assert pause_gone(client, kept, home) == []
    old = deployed(one, schedule, home).apply()  # type: ignore[assignment]
    waiting = client.create_flow_run_from_deployment(old, state=Scheduled())  # type: ignore[arg-type]
    assert pause_gone(client, kept, home) == ["renamed"]
    assert pause_gone(client, kept, home) == []
    assert client.read_deployment(old).paused  # type: ignore[arg-type]
    assert "renamed" not in {run.name for run in next_runs(api, 200)}
    client.set_flow_run_state(waiting.id, Completed(), force=True)


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
    assert jobs.stopped(Stopped("adapters/a: stopped after 3 steps, which are saved there; run it again to go on"))
    assert not jobs.stopped(OSError("the disk went away"))


def test_a_server_that_goes_away_is_said_in_one_sentence() -> None:
    async def start() -> None:
        raise ExceptionGroup("unhandled errors in a TaskGroup", [RuntimeError("Service exceeded error threshold.")])

    said: list[str] = []
    assert ran(SimpleNamespace(start=start), "http://127.0.0.1:9/api", said.append) is False  # type: ignore[arg-type]
    assert [line.partition(";")[0] for line in said] == ["the Prefect server at http://127.0.0.1:9 went away"]


POLICIES = """
[[deployment]]
name = "live-brief"
job = "curate"
cron = "30 2 1 1 *"
config = "{config}"
timeout_h = 0.00005

[[deployment]]
name = "live-curate"
job = "curate"
cron = "30 2 1 1 *"
config = "{config}"

[[deployment]]
name = "live-crawl"
job = "crawl"
cron = "30 2 1 1 *"
spider = "{spider}"
overlap = "queue"

[[deployment]]
name = "live-tidy"
job = "tidy"
cron = "30 2 1 1 *"
backup = "{backup}"
overlap = "skip"

[[notify]]
format = "slack"
url_env = "HUABEN_LIVE_HOOK"
"""
NIGHT = """
[[deployment]]
name = "night-curate"
job = "curate"
cron = "30 2 * * *"
config = "{config}"
max_lateness_h = 25

[[deployment]]
name = "night-retrain"
job = "retrain"
cron = "30 2 1 1 *"
config = "{config}"

[[notify]]
format = "slack"
url_env = "HUABEN_LIVE_HOOK"
rejected_share = 0.0
"""


@contextmanager
def serving(api: str, schedule: Path, home: Path) -> Iterator[tuple[Robot, "subprocess.Popen[str]"]]:
    """A live `huaben serve` that tells a robot; SIGTERM ends it."""
    home.mkdir()
    (home / "huaben.toml").write_text("[warehouse]\nwait = 600\n")  # seconds for a turn, on a busy machine
    with Robot(f"/hook/{TOKEN}").listening() as robot:
        more = {"PREFECT_API_URL": api, "PREFECT_RUNNER_POLL_FREQUENCY": "1", "HUABEN_LIVE_HOOK": robot.url}
        command = [*HUABEN, "serve", "--config", str(schedule)]
        with open(home.parent / "serve.log", "w", encoding="utf-8") as log:
            serve = subprocess.Popen(
                command, env={**environment(home), **more}, cwd=ROOT, stderr=log, stdout=log, text=True
            )
        try:
            yield robot, serve
        finally:
            serve.terminate()
            serve.wait(timeout=120)
    said = (home.parent / "serve.log").read_text(encoding="utf-8")
    assert serve.returncode == 0 and "stopped; what was running is cancelled" in said, said


def live_schedule(text: str, folder: Path, url: str = "") -> Path:
    """The schedule, with the files that it names."""
    files = {name: folder / f"{name}.toml" for name in ("config", "spider", "live")}
    files["config"].write_text(CONFIG.replace("max_steps = 4", "max_steps = 2").replace("steps = 8", "steps = 2"))
    files["spider"].write_text(
        f'name = "tiku"\nkind = "quiz"\nstart = ["{url}/"]\npages = [\'/p/\\d+\']\ncontent = "div.main"\n'
        'private_hosts = ["127.0.0.1"]\ndelay_s = 0\n',
        encoding="utf-8",
    )
    files["live"].write_text(text.format(**files, backup=folder / "backups"), encoding="utf-8")
    return files["live"]


@pytest.fixture
def site() -> Iterator[Site]:
    with Site().serving() as made:
        asks = "<p>1. 单刀赴会的是（ ）。</p><p>A. 关羽</p><p>B. 张飞</p><p>答案：A</p>"
        made.pages = {
            "/": Page(html("题库", "/p/1.html", "/p/2.html")),
            "/p/1.html": Page(html("甲卷", body=asks)),
            "/p/2.html": Page(html("通知", body="<p>本站今日停机。</p>")),
        }
        yield made


@pytest.mark.long
def test_a_live_serve_keeps_its_policies(
    client: SyncPrefectClient, api: str, site: Site, tmp_path: Path, own_home: Path
) -> None:
    """Both policies for runs that overlap, a time-out, a cancellation, and the messages: one server and one `huaben serve`
    for all of it, as each run takes seconds to start."""
    fresh, brief = tmp_path / "fresh", tmp_path / "brief"
    with serving(api, live_schedule(POLICIES, tmp_path, site.url), own_home) as (robot, serve):
        ids = deployments(client, "live-", 4, serve)

        def begin(name: str, **parameters: str) -> FlowRun:
            return client.create_flow_run_from_deployment(ids[name], parameters=parameters)

        cancelled, timed_out = begin("live-curate", home=str(fresh)), begin("live-brief", home=str(brief))
        queued = [begin("live-crawl") for _ in range(2)]
        wait(lambda: (fresh / "data").is_dir(), 400)  # it writes
        client.set_flow_run_state(cancelled.id, Cancelling())
        cancelled, timed_out, *queued = ended(client, [cancelled, timed_out, *queued])
        tidied = ended(client, [begin("live-tidy") for _ in range(2)])
        wait(
            lambda: all(life(home, str(one.id)) == "unknown" for home, one in ((fresh, cancelled), (brief, timed_out)))
        )

    assert [one.state_name for one in (cancelled, timed_out, *queued)] == [
        "Cancelled",
        "TimedOut",
        "Completed",
        "Completed",
    ]
    one, two = sorted(queued, key=lambda run: run.start_time or datetime.now(UTC))
    assert one.end_time and two.start_time and one.end_time <= two.start_time  # it waited for its turn
    assert sorted(str(one.state_name) for one in tidied) == ["Cancelled", "Completed"]  # one was left out
    for home, documents in ((fresh, {0}), (brief, {0, 5})):  # nothing, or a whole step
        assert [*leftovers(home)] == [] and {one.level for one in warehouse(home)} == {"well"}
        with writing(home) as lake:  # the next one finds it free
            counts = table_counts(lake)
            assert counts["documents"] in documents and bool(counts["documents"]) == bool(counts["questions"])

    assert one.state and one.state.message == "3 pages, 0 failed; 2 records from 2 of 2 documents"
    assert "| page | " in artifacts(client, one)["live-crawl-summary"]
    (backup,) = (tmp_path / "backups").iterdir()
    assert (backup / "backup.json").is_file()
    (told,) = [page for run in tidied for key, page in artifacts(client, run).items() if key == "live-tidy-summary"]
    assert str(backup) in told and "| snapshots expired | " in told
    posted = sorted(str(body["text"]).partition(": ")[2].partition(": ")[0] for _, body in robot.got)
    assert posted == ["live-brief", "live-crawl"], robot.got  # a time-out, and a page of two without a question


@pytest.mark.long
def test_a_night_of_a_live_serve(client: SyncPrefectClient, api: str, tmp_path: Path, own_home: Path) -> None:
    """A scheduled curation, and a training on what it made."""
    with serving(api, live_schedule(NIGHT, tmp_path), own_home) as (robot, serve):
        ids = deployments(client, "night-", 2, serve)
        now = datetime.now(UTC)
        due(client, ids["night-curate"], now - timedelta(days=1), now)
        by = FlowRunFilter(deployment_id=FlowRunFilterDeploymentId(any_=[ids["night-curate"]]))
        (curated,) = [
            one for one in client.read_flow_runs(flow_run_filter=by) if (one.expected_start_time or now) < now
        ]
        (curated,) = ended(client, [curated])
        (retrained,) = ended(client, [client.create_flow_run_from_deployment(ids["night-retrain"])])

    assert [(one.state_name, one.auto_scheduled) for one in (curated, retrained)] == [
        ("Completed", True),
        ("Completed", False),
    ]
    assert curated.state and "samples kept; sample-" in str(curated.state.message)
    pages = artifacts(client, curated)
    assert {"came-in", "fates", "splits"} <= pages.keys()
    assert "## What came in" in pages["night-curate-summary"] and "## Fates" in pages["night-curate-summary"]
    pages = artifacts(client, retrained)
    assert {"preflight", "lengths", "scores", "comparison", "guarded", "comparison-page"} <= pages.keys()
    (link,) = re.findall(r"is also `(.+?)` on the machine that trained", pages["night-retrain-summary"])
    assert Path(link).is_file() and "| guarded | rows | before | after | change |" in pages["night-retrain-summary"]
    told = [str(body["text"]) for _, body in robot.got]  # after two steps it may be better or worse than the base
    assert len(told) == ("not promoted" in str(retrained.state and retrained.state.message)) + sum(
        "rejected" in t for t in told
    )


def deployments(client: SyncPrefectClient, prefix: str, number: int, serve: "subprocess.Popen[str]") -> dict[str, UUID]:
    """Those that serve has put on the server, by name, once they are there."""
    found: dict[str, UUID] = {}

    def there() -> bool:
        found.update({one.name: one.id for one in client.read_deployments() if one.name.startswith(prefix)})
        assert serve.poll() is None
        return len(found) == number

    wait(there, 400)
    return found


def ended(client: SyncPrefectClient, runs: Sequence[FlowRun]) -> list[FlowRun]:
    """The same, once all have come to an end."""
    found: list[FlowRun] = []

    def all_ended() -> bool:
        found[:] = [client.read_flow_run(run.id) for run in runs]
        return all(run.state and run.state.is_final() for run in found)

    wait(all_ended, 800)
    return found


def artifacts(client: SyncPrefectClient, run: FlowRun) -> dict[str, str]:
    """The content of the artifacts of a run and of all below it, by key."""
    known = [run.id]
    for number in known:  # grows
        below = {"flow_runs": {"parent_flow_run_id": {"any_": [str(number)]}}}
        known += [UUID(one["id"]) for one in client.request("POST", "/flow_runs/filter", json=below).json()]
    asked = {"artifacts": {"flow_run_id": {"any_": [*map(str, known)]}}}
    return {one["key"]: str(one["data"]) for one in client.request("POST", "/artifacts/filter", json=asked).json()}


def test_a_long_loop_shows_its_progress(client: SyncPrefectClient) -> None:
    seen: list[Any] = []
    begun: list[str] = []

    def progress() -> Any:
        asked = {"artifacts": {"type": {"any_": ["progress"]}, "flow_run_id": {"any_": begun}}}
        return client.request("POST", "/artifacts/filter", json=asked).json()

    @flow(name="long")
    def long() -> None:
        begun.append(str(flow_run.id))
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
