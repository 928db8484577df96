"""A child process that is begun again when it dies, but not for ever, and never once it was stopped."""

import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest
from main_job import CONFIG, HUABEN, ROOT, environment

import flows.serve.kept
from flows.serve.kept import STARTS, Kept

Begun = list["subprocess.Popen[bytes]"]
SCHEDULE = """
[server]
port = {port}

[[deployment]]
name = "often"
job = "curate"
cron = "* * * * *"
config = "{config}"
"""


def living(begun: Begun) -> "subprocess.Popen[bytes]":
    """A process that ends with its standard input, as a leashed server does."""
    begun.append(subprocess.Popen(["cat"], stdin=subprocess.PIPE))
    return begun[-1]


def until(held: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not held():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_one_that_is_killed_is_begun_again_and_gone_when_stopped() -> None:
    begun: Begun = []
    told: list[str] = []
    kept = Kept(lambda: living(begun), again=lambda: told.append("again"))
    kept.watch()
    begun[0].kill()
    until(lambda: told == ["again"])
    assert kept.process is begun[1]
    assert begun[1].poll() is None
    kept.stop()
    assert [process.returncode for process in begun] == [-9, 0]
    assert told == ["again"]


def test_one_that_dies_again_and_again_is_left_dead() -> None:
    begun: Begun = []
    given_up: list[int] = []

    def dying() -> "subprocess.Popen[bytes]":
        begun.append(subprocess.Popen(["false"], stdin=subprocess.PIPE))
        return begun[-1]

    kept = Kept(dying, given_up=lambda: given_up.append(len(begun)))
    kept.watch()
    until(lambda: bool(given_up))
    kept.stop()
    assert given_up == [STARTS] == [len(begun)]


def test_a_long_life_begins_a_new_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flows.serve.kept, "SETTLED_S", 0.0)
    begun: Begun = []
    kept = Kept(lambda: living(begun))
    kept.watch()
    for number in range(STARTS + 1):
        begun[number].kill()
        until(lambda number=number: len(begun) == number + 2)  # type: ignore[misc]
    kept.stop()
    assert begun[-1].returncode == 0


def test_where_none_can_be_begun_it_is_tried_again() -> None:
    begun: Begun = []
    tried: list[str] = []

    def full() -> "subprocess.Popen[bytes]":
        if len(tried) == 1:
            tried.append("failed")
            raise OSError("no space left on device")
        tried.append("begun")
        return living(begun)

    kept = Kept(full)
    kept.watch()
    begun[0].kill()
    until(lambda: len(begun) == 2)
    kept.stop()
    assert tried == ["begun", "failed", "begun"]


def test_one_that_was_never_watched_is_stopped() -> None:
    begun: Begun = []
    Kept(lambda: living(begun)).stop()
    assert begun[0].returncode == 0


@contextmanager
def serving(folder: Path) -> Iterator[tuple[psutil.Popen, Callable[..., bool]]]:
    """A live `huaben serve` with a run a minute, and whether it has said some words so many times."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    plan, config, log = (folder / name for name in ("schedule.toml", "config.toml", "serve.log"))
    plan.write_text(SCHEDULE.format(port=port, config=config))
    config.write_text(CONFIG)
    with open(log, "w", encoding="utf-8") as written:
        serve = psutil.Popen(
            [*HUABEN, "serve", "--config", str(plan)], env=environment(folder / "home"), cwd=ROOT,
            stdout=written, stderr=written,
        )  # fmt: skip
    try:
        yield serve, lambda words, times=1: log.read_text(encoding="utf-8").count(words) >= times
    finally:
        with suppress(psutil.NoSuchProcess):
            serve.terminate()
        serve.wait(timeout=120)


@pytest.mark.long
def test_the_server_of_serve_is_killed_and_its_run_goes_on(tmp_path: Path) -> None:
    """And so does the next one."""
    with serving(tmp_path) as (serve, said):
        until(lambda: said("Task run 'ingest' - Finished"), 300)
        (server,) = [one for one in serve.children() if "server" in one.cmdline()]
        server.kill()
        until(lambda: said("the Prefect server died and is started again"), 30)
        until(lambda: said("samples kept", 2), 300)
    assert serve.wait() == 0
    assert not said("Traceback") and not said("rashed"), (tmp_path / "serve.log").read_text(encoding="utf-8")


@pytest.mark.long
def test_a_run_ends_with_serve_when_that_is_killed(tmp_path: Path) -> None:
    """Soon, and though nobody is there to hear of it."""
    with serving(tmp_path) as (serve, said):
        until(lambda: said("Task run 'ingest' - Finished"), 300)
        (run,) = [one for one in serve.children() if "server" not in one.cmdline()]
        serve.kill()
        assert psutil.wait_procs([run], 60)[1] == []
