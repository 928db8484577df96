"""What a person sees who looks in: on a home that has run, on one that is served, and on an empty one."""

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from main_job import environment
from tiny import new_lake
from typer.testing import CliRunner

from eval.current import promote
from flows.cli import app
from flows.doctor.server import server as looked_at
from flows.serve.alive import state_folder
from flows.serve.ask import last_runs
from flows.serve.progress import stand
from warehouse.lake import writing
from warehouse.runs import record_run

NOW = datetime.now(UTC)
REQUEST = httpx.Request("POST", "http://127.0.0.1:9/api")
SCHEDULE = '[[deployment]]\nname = "night"\njob = "curate"\ncron = "30 2 * * *"\ntimezone = "Asia/Shanghai"\n'


def row(name: str, now: str, due: timedelta, **more: Any) -> dict[str, Any]:
    at = (NOW + due).isoformat()
    return {"id": f"id-{name}", "name": name, "state_name": now, "expected_start_time": at, "start_time": None,
            "estimated_run_time": 0.0, "state": {"message": ""}, **more}  # fmt: skip


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """What Prefect's server answers, as far as we ask."""
    ended = row("night of 2026-11-20", "Completed", timedelta(hours=-9), start_time=NOW.isoformat(),
                estimated_run_time=75.0, state={"message": "12 records from 1 of 5 documents"})  # fmt: skip
    failed = row("night of 2026-11-19", "Failed", timedelta(hours=-33), start_time=NOW.isoformat(), state={"message":
                 "Flow run encountered an exception: BadInput: x.txt: no text; give another\nand a second line"})  # fmt: skip
    left_out = row("odd-bird", "Cancelled", timedelta(hours=-9), start_time=NOW.isoformat(), deployment_id="d1",
                   state={"message": "Deployment concurrency limit reached."})  # fmt: skip

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say(True)

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if "deployments/filter" in self.path:
                self._say([{"id": "d1", "name": "night"}, {"id": "d2", "name": "week"}])
                return
            kinds = asked["flow_runs"].get("state", {}).get("type", {}).get("any_", [])
            if "RUNNING" in kinds:
                self._say([row("dead", "Running", timedelta(hours=-2)), row("living", "Running", timedelta(hours=-2))])
            elif kinds:
                ahead = [("d1", "Late", -3), ("d1", "Late", -2), ("d1", "Scheduled", 9), ("d2", "Scheduled", 10),
                         ("d2", "Scheduled", 34)]  # fmt: skip
                self._say([row("odd-bird", now, timedelta(hours=h), deployment_id=d) for d, now, h in ahead])
            else:
                skipped = [row(f"bird-{n}", "Skipped", timedelta(hours=-n), start_time=NOW.isoformat(), deployment_id="d2",
                               state={"message": "too late"}) for n in range(1, 9)]  # fmt: skip
                self._say([*skipped, ended, failed, left_out])

        def _say(self, what: object) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(what).encode())

        def log_message(self, *_: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/api"
    monkeypatch.setenv("PREFECT_API_URL", url)
    yield url
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def home(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    made = new_lake(own_home)
    with writing(made) as lake:
        record_run(lake, "abc", "train", {}, {}, 12.5)
    adapter = made / "adapters" / "roleplay-1"
    adapter.mkdir(parents=True)
    (adapter / "adapter_model.safetensors").write_bytes(b"weights")
    checks = [{"name": "exact", "outcome": "held", "n": 40, "before": 0.5, "after": 0.625, "low": 0.0, "high": 0.2}]
    promote(made, adapter, "embedded", "e1", "the base", checks)
    return made


def status(*words: str) -> str:
    done = CliRunner().invoke(app, ["status", *words])
    assert done.exit_code == 0, done.output
    return "\n".join(" ".join(line.replace("│", " ").split()) for line in done.stdout.splitlines())


def test_without_a_server_the_schedule_tells(home: Path, tmp_path: Path) -> None:
    assert "no schedule is served; see: huaben serve --help" in status()
    path = tmp_path / "s.toml"
    state_folder(home).mkdir(parents=True)
    (state_folder(home) / "schedule").write_text(str(path), encoding="utf-8")
    assert status().startswith(f"{path}: no such file")
    path.write_text(SCHEDULE + 'config = "begins/where/it/is.served"\n', encoding="utf-8")
    text = status()
    assert "\nnight 20" in text
    assert "train abc 12.50\n" in text
    assert "\nruns 1\n" in text
    assert "current adapter adapters/roleplay-1 since " in text
    assert "exact 40 0.50 0.62 held\n" in text


def test_with_a_server_it_tells(home: Path, api: str) -> None:
    text = status()
    assert f"server {api.removesuffix('/api')}\n" in text
    assert "75 s 12 records from 1 of 5 documents\n" in text
    assert "0 s x.txt: no text; give another\n" in text and "second line" not in text
    due = (NOW - timedelta(hours=9)).astimezone()
    assert re.search(rf"\nnight of {due:%F %H:%M} Cancelled .+ left out: the one before it still ran\n", text)
    assert [line.split()[0] for line in text.splitlines() if line.startswith(("night 2", "week 2", "odd"))] == [
        "night",
        "week",
    ]
    assert "late, and 1 more\n" in text
    assert len([line for line in text.splitlines() if line.endswith("too late")]) == 1  # of the eight


def test_it_is_quick(home: Path) -> None:
    """Two seconds at most, of the processor's time, as others may be at work; none of the large packages is needed."""
    code = (
        "import resource, sys\nfrom flows.cli import app\napp(['status'], standalone_mode=False)\n"
        "took = resource.getrusage(resource.RUSAGE_SELF)\n"
        "print(sorted({'pandas', 'prefect', 'torch', 'transformers'} & sys.modules.keys()), took.ru_utime + took.ru_stime)"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], env=environment(home), capture_output=True, text=True, check=True
    )
    imported, seconds = done.stdout.splitlines()[-1].rsplit(" ", 1)
    assert imported == "[]"
    assert float(seconds) < 2


@pytest.mark.parametrize("named", ["nowhere", "http://[::1", "http://127.0.0.1:9/api"])
def test_an_address_where_no_server_is(own_home: Path, monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    monkeypatch.setenv("PREFECT_API_URL", named)
    done = CliRunner().invoke(app, ["status"])
    assert done.exit_code == 0, done.output
    wanted = f"PREFECT_API_URL: no Prefect server answers at {named}; start it, or unset the variable, or correct it"
    assert done.stderr.splitlines()[0] == wanted


def test_another_program_at_the_servers_address(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(httpx, "post", lambda *_, **__: httpx.Response(200, text="<p>hello", request=REQUEST))
    with pytest.raises(httpx.HTTPError):
        last_runs("http://127.0.0.1:9/api", 1)
    monkeypatch.setattr(httpx, "post", lambda *_, **__: httpx.Response(200, text="{}", request=REQUEST))
    with pytest.raises(httpx.HTTPError):
        last_runs("http://127.0.0.1:9/api", 1)


def test_an_empty_home(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    text = status()
    assert "holds no warehouse yet; make one with: huaben run" in text
    assert not own_home.exists()


def test_the_doctor_finds_late_and_dead_runs(tmp_path: Path, api: str) -> None:
    (state_folder(tmp_path) / "runs").mkdir(parents=True)
    (state_folder(tmp_path) / "runs" / "id-dead").write_text("1", encoding="ascii")
    # By how much depends on how long the tests before took.
    found = [(one.level, one.subject, re.sub(r"by 3\.\d", "by 3", one.found)) for one in looked_at(tmp_path)]
    assert found == [
        ("well", "Prefect server", f"{api} answers"),
        ("note", "schedules", "late runs: 2, the oldest that of night, by 3 hours"),
        ("note", "runs", "dead is running for the server, and its process is gone"),
    ]


def test_the_doctor_on_a_server_that_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    assert [(one.level, one.found) for one in looked_at(tmp_path)] == [
        ("fault", "http://127.0.0.1:9/api does not answer")
    ]
    assert "unset PREFECT_API_URL" in next(one.remedy for one in looked_at(tmp_path))
    monkeypatch.delenv("PREFECT_API_URL")
    assert [one.level for one in looked_at(tmp_path)] == ["well"]
    state_folder(tmp_path).mkdir(parents=True)
    (state_folder(tmp_path) / "schedule").write_text("s.toml", encoding="utf-8")
    assert [one.level for one in looked_at(tmp_path)] == ["note"]


def test_progress_is_that_of_the_outermost_bar() -> None:
    outer = SimpleNamespace(start_t=1, n=30, total=120, desc="Training: ", unit=" steps")
    inner = SimpleNamespace(start_t=2, n=9, total=10, desc="Rows", unit=" rows")
    endless = SimpleNamespace(start_t=0, n=9, total=None, desc="Pages", unit=" pages")
    assert stand([inner, outer, endless]) == (25.0, "Training: 30 of 120 steps")
    assert stand([endless]) is None
