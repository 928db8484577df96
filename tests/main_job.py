"""The main job on the bundled sample with a few steps of everything, run once for all tests that look at it."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

CONFIG = """
registries = ["sample"]
[curate.split]
valid = 0.08
test = 0.2
[build]
name = "sample"
[embedded]
steps = 8
[train]
max_steps = 4
[generate]
max_new_tokens = 8
limit = 12
"""
ROOT = Path(__file__).parent.parent
# -P: the working folder may have folders named like our rooms, and must not hide them.
HUABEN = [sys.executable, "-P", "-c", "from flows.cli import app; app()"]


@dataclass(frozen=True)
class Job:
    """A home folder on which the main job has run, and what it printed."""

    home: Path
    config: Path
    output: str

    def huaben(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a huaben command on that home."""
        return huaben(self.home, *words)


def huaben(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A huaben command in a process of its own."""
    return subprocess.run([*HUABEN, *words], env=environment(home), capture_output=True, text=True, check=False)


def environment(home: Path) -> dict[str, str]:
    """The environment of a command that keeps everything below `home`."""
    return {
        **os.environ,
        "HUABEN_HOME": str(home),
        "PREFECT_HOME": str(home / "prefect"),
        "PYTHONPATH": str(ROOT),
    }


def stopped_run(home: Path, config: Path, when: Callable[[], bool], how: signal.Signals) -> tuple[int, str]:
    """Start `huaben run`, send it a signal as soon as `when` holds, and give back its exit status and stderr."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as err:  # a pipe would stay open in Prefect's server
        process = subprocess.Popen(
            [*HUABEN, "run", "--config", str(config)],
            env=environment(home),
            stdout=subprocess.DEVNULL,
            stderr=err,
            start_new_session=True,  # so that a kill takes Prefect's server with it
        )
        deadline = time.monotonic() + 240
        while not when() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        if how == signal.SIGKILL:
            os.killpg(process.pid, how)
        else:
            process.send_signal(how)
        status = process.wait(timeout=300)
        err.seek(0)
        return status, err.read()


@pytest.fixture(scope="session")
def job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    """The main job, run to its end."""
    folder = tmp_path_factory.mktemp("job")
    config = folder / "quick.toml"
    config.write_text(CONFIG, encoding="utf-8")
    home = folder / "home"
    done = huaben(home, "run", "--config", str(config))
    assert done.returncode == 0, done.stderr
    return Job(home, config, done.stdout)
