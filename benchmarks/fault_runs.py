"""A config in; runs of `huaben run`, the processor time they have taken, what they leave behind and who is still alive, out."""

import hashlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, suppress
from dataclasses import dataclass, field
from pathlib import Path

from flows.doctor import home as doctor
from warehouse.lake import reading
from warehouse.rowhash import row_hashes

ROOT = Path(__file__).parent.parent
# The main job on the bundled sample, with as little as possible of everything that takes long and could not break.
CONFIG = """
registries = ["sample"]
[curate.split]
valid = 0.08
test = 0.2
[build]
name = "sample"
[embedded]
vocab_size = 512
hidden_size = 32
layers = 2
heads = 2
kv_heads = 1
steps = 4
[train]
max_steps = 4
save_steps = 1
[generate]
max_new_tokens = 2
limit = 6
"""
HUABEN = [sys.executable, "-P", "-c", "from flows.cli import app; app()"]
_TICKS = os.sysconf("SC_CLK_TCK")
_BAR = re.compile(r"([A-Za-z][\w' -]+):\s+\d+%\|")


@dataclass(frozen=True)
class Ended:
    """How a command ended. `place`: the last progress bar that it showed."""

    status: int
    out: str
    said: str
    seconds: float

    @property
    def place(self) -> str:
        """What it was at, by its last progress bar."""
        bars = _BAR.findall(self.said)
        return bars[-1].strip() if bars else "start"

    @property
    def sentence(self) -> str:
        """Its last line that is no progress bar."""
        lines = [line.strip() for line in re.split(r"[\r\n]", self.said) if line.strip() and not _BAR.search(line)]
        return lines[-1] if lines else ""

    @property
    def plain(self) -> bool:
        """Whether no traceback reached the person."""
        return "Traceback" not in self.said and "Error logging" not in self.said


@dataclass
class Run:
    """A huaben command under way, in a session of its own."""

    home: Path
    words: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)

    def __enter__(self) -> "Run":
        self._out, self._err = tempfile.TemporaryFile("w+"), tempfile.TemporaryFile("w+")
        self._began = time.perf_counter()
        self.process = subprocess.Popen(
            [*HUABEN, *self.words],
            env=environment(self.home, self.env),
            stdin=subprocess.DEVNULL,
            stdout=self._out,
            stderr=self._err,
            start_new_session=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.kill()
            self.process.wait()
        self._out.close()
        self._err.close()

    def children(self) -> list[int]:
        """The processes that it has started and that still run."""
        found = []
        for path in Path(f"/proc/{self.process.pid}/task").glob("*/children"):
            try:
                found += [int(number) for number in path.read_text().split()]
            except OSError:
                continue
        return found

    def worked(self) -> float:
        """Processor seconds that it and its children have taken: a point in the run that a busy machine does not move."""
        return sum(map(worked_by, [self.process.pid, *self.children()]))

    def until(self, reached: Callable[[], bool], patience_s: float = 600.0) -> bool:
        """Whether it came that far before it ended."""
        end = time.monotonic() + patience_s
        while self.process.poll() is None and time.monotonic() < end:
            if reached():
                return True
            time.sleep(0.05)
        return False

    def kill(self, children: bool = True) -> None:
        """SIGKILL to it, and to those that it has started."""
        for pid in [self.process.pid, *(self.children() if children else [])]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def ended(self) -> Ended:
        """Wait for its end."""
        status = self.process.wait(timeout=900)
        seconds = time.perf_counter() - self._began
        self._out.seek(0)
        self._err.seek(0)
        return Ended(status, self._out.read(), self._err.read(), seconds)


def huaben(home: Path, *words: str, env: Mapping[str, str] | None = None) -> Ended:
    """A command, from start to end."""
    with Run(home, words, env or {}) as run:
        return run.ended()


def environment(home: Path, more: Mapping[str, str]) -> dict[str, str]:
    """What a command finds in its environment: no server of somebody else, all state below `home`."""
    found = {key: value for key, value in os.environ.items() if not key.startswith(("PREFECT_", "HUABEN_"))}
    return {
        **found,
        "HF_HUB_OFFLINE": "1",
        "HUABEN_HOME": str(home),
        "PYTHONPATH": str(ROOT),
        **more,
    }


def state(home: Path) -> dict[str, str]:
    """A hash of everything that a run is to leave behind.

    Tables of the lake by their rows, `runs` without its `seconds`; of sets, bases, adapters and evaluations each file by its
    bytes. Left out is what no two runs share: seconds in JSON files, the home folder's path in what peft writes, and the
    pages and pictures drawn from both.
    """
    with reading(home) as lake:
        found = {f"table {name}": value for name, value in row_hashes(lake).items() if name != "runs"}
        runs = lake.connection.execute("SELECT run_id, kind, inputs, results FROM runs ORDER BY ALL").fetchall()
    found["table runs"] = hashlib.sha256(repr(runs).encode()).hexdigest()
    for folder in ("sets", "bases", "adapters", "evaluations"):
        for path in sorted((home / folder).rglob("*")):
            if path.is_file() and path.suffix not in (".html", ".png"):
                found[str(path.relative_to(home))] = _content(path, home)
    return found


def leftovers(home: Path) -> list[str]:
    """What must not be there after a run that ended well: the doctor's findings, half-made files, living processes."""
    checks = (doctor.warehouse, doctor.training_sets, doctor.adapters, doctor.leftovers)
    with redirect_stderr(io.StringIO()):  # the doctor's bars
        found = [f"{one.subject}: {one.found}" for check in checks for one in check(home) if one.level != "well"]
    half = [path for path in home.rglob("*") if path.suffix in (".part", ".partial", ".old")]
    return found + [f"half-made: {path}" for path in half] + [f"process: {line}" for line in alive(home)]


def alive(home: Path, patience_s: float = 15.0) -> list[str]:
    """Processes that work on the home folder and do not go within the time."""
    end = time.monotonic() + patience_s
    while (found := _working_on(home)) and time.monotonic() < end:
        time.sleep(0.2)
    return found


def _working_on(home: Path) -> list[str]:
    mark, found = f"HUABEN_HOME={home}\0".encode(), []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (process / "environ").read_bytes() + b"\0":
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return found


def worked_by(pid: int) -> float:
    """Processor seconds of a process; 0 when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:13])) / _TICKS


def _content(path: Path, home: Path) -> str:
    """A hash of the file, of JSON without the seconds and the home folder that it tells."""
    if path.suffix not in (".json", ".jsonl"):
        return hashlib.sha256(path.read_bytes()).hexdigest()
    text = path.read_text(encoding="utf-8").replace(str(home), "$HUABEN_HOME")
    told = [json.loads(part) for part in ([text] if path.suffix == ".json" else text.splitlines())]
    return hashlib.sha256(json.dumps(_timeless(told), sort_keys=True).encode()).hexdigest()


def _timeless(value: object) -> object:
    if isinstance(value, dict):
        return {key: _timeless(item) for key, item in value.items() if key != "seconds"}
    return [_timeless(item) for item in value] if isinstance(value, list) else value
