"""The four novels, and copies of them with other people and other words, in; seconds and memory of each stage, and how they
grow with the number of books, out.

    HUABEN_CORPORA=../shared/corpora .venv/bin/python benchmarks/scale.py --times 1 10 --engines local ray --workers 1 2

Every run is a process of its own, from files to a tokenised training set, in a folder that is removed afterwards. Seconds are
wall clock, and each belongs to one stage; memory is what the process and its children hold together, looked up every 100 ms,
and the highest in a stage is the stage's.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import psutil

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
from benchmarks.scale_books import write_books  # noqa: E402
from benchmarks.scale_stages import STAGES, timed_job  # noqa: E402


@dataclass(frozen=True)
class Figures:
    """One run. `seconds`, `cores` (seconds of all cores together) and `peak` (MiB) by stage; `counts` of rows; `load`: of the
    machine when it began."""

    times: int
    engine: str
    workers: int
    counts: dict[str, int]
    seconds: dict[str, float]
    cores: dict[str, float]
    peak: dict[str, float]
    megabytes: float  # of text
    load: float
    lake_megabytes: float


@dataclass(frozen=True)
class Look:
    """What a process and its children hold (MiB) at a time, and what they have used of all cores (seconds)."""

    at: float
    held: float
    used: float


def measured(times: int, kind: str, workers: int, within: Path | None, limit: float) -> Figures | str:
    """The figures, or a sentence on how far it came."""
    with tempfile.TemporaryDirectory(dir=within, prefix="scale-") as named:
        folder, load = Path(named), os.getloadavg()[0]
        write_books(folder, times)
        size = sum(path.stat().st_size for path in folder.glob("*.txt")) / 1e6
        words = [sys.executable, __file__, "--child", named, "--engines", kind, "--workers", str(workers)]
        quiet = {
            "PREFECT_LOGGING_LEVEL": "ERROR", "PREFECT_HOME": str(folder / "prefect"), "PYTHONPATH": str(ROOT),
            "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "300", "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "DO_NOT_TRACK": "1", "TOKENIZERS_PARALLELISM": "false",
        }  # fmt: skip
        held: list[Look] = []
        with open(folder / "said", "w+", encoding="utf-8") as said:
            child = subprocess.Popen(words, stdout=said, stderr=said, env={**os.environ, **quiet})
            began = time.monotonic()
            while True:
                ended, status = os.waitpid(child.pid, os.WNOHANG)
                if ended:
                    break
                if (look := _look(child.pid)).used:
                    held.append(look)
                if time.monotonic() - began > limit or psutil.virtual_memory().available < 1 << 30:
                    for process in [*psutil.Process(child.pid).children(recursive=True), child]:
                        process.kill()
                    limit = 0
                time.sleep(0.1)
            seconds, cores, peak, last = by_stage(folder / "stages.tsv", held)
            if status:
                said.seek(0)
                why = "stopped for want of time or memory" if not limit else said.read()[-1500:]
                return (
                    f"{times}x {kind} {workers}: ended in {last!r}: {why}; so far {_line(seconds)}; "
                    f"core seconds {_line(cores)}; peak MiB {_line(peak)}"
                )
        counts = json.loads((folder / "counts.json").read_text(encoding="utf-8"))
        lake = sum(path.stat().st_size for path in (folder / "home" / "data").rglob("*.parquet")) / 1e6
        shutil.rmtree(folder / "home", ignore_errors=True)
        return Figures(times, kind, workers, counts, seconds, cores, peak, size, load, lake)


def _line(figures: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:,.1f}" for name, value in figures.items())


def by_stage(log: Path, held: list[Look]) -> tuple[dict[str, float], dict[str, float], dict[str, float], str]:
    lines = log.read_text(encoding="utf-8").splitlines() if log.is_file() else []
    turns = [(float(at), name) for at, _, name in (line.partition("\t") for line in lines)]
    seconds: defaultdict[str, float] = defaultdict(float)
    peak: defaultdict[str, float] = defaultdict(float)
    at = np.array([look.at for look in held])
    told = np.array([look.used for look in held])
    used = np.cumsum(np.maximum(np.diff(told, prepend=told[:1]), 0))  # what nobody waited for takes its seconds along
    ends = [at for at, _ in turns[1:]] + [held[-1].at if held else 0.0]
    cores: defaultdict[str, float] = defaultdict(float)
    for (begin, name), end in zip(turns, ends, strict=False):
        seconds[name] += end - begin
        cores[name] += float(np.diff(np.interp([begin, end], at, used))[0])
        for look in held[int(np.searchsorted(at, begin)) : int(np.searchsorted(at, end))]:
            peak[name] = max(peak[name], look.held)
    for figures in (seconds, cores, peak):
        figures.pop("", None)
    return dict(seconds), dict(cores), dict(peak), turns[-1][1] if turns else "start"


def _look(pid: int) -> Look:
    held = used = 0.0
    try:
        root = psutil.Process(pid)
        for process in (root, *root.children(recursive=True)):
            with process.oneshot():
                held += process.memory_info().rss / (1 << 20)
                used += sum(process.cpu_times()[:4])  # its own, and of children that have ended
    except psutil.NoSuchProcess:  # one has just ended: what the others hold is looked up next time
        held = used = 0.0
    return Look(time.time(), held, used)


def growth(runs: list[Figures]) -> str:
    """The exponents of the power laws through the runs, by stage: seconds, core seconds and peak memory over rows."""
    rows = np.log([run.counts["samples"] for run in runs])
    lines = ["| stage | seconds | core seconds | peak MiB | grow as rows to the power of |", "|---|---:|---:|---:|---|"]
    for name in (*STAGES, "all"):
        cells = []
        for what in ("seconds", "cores", "peak"):
            values = [_whole(run, what) if name == "all" else getattr(run, what).get(name, 0.0) for run in runs]
            cells.append(f"{np.polyfit(rows, np.log(values), 1)[0]:.2f}" if all(v > 0 for v in values) else "too short")
        lines.append(f"| {name} | {' | '.join(cells)} | |")
    return "\n".join(lines)


def _whole(run: Figures, what: str) -> float:
    return max(run.peak.values()) if what == "peak" else sum(getattr(run, what).values())


def table(runs: list[Figures]) -> str:
    """A column a run: seconds, core seconds, peak MiB by stage."""

    def line(name: str, cell: Callable[[Figures], str]) -> str:
        return f"| {name} | {' | '.join(cell(run) for run in runs)} |"

    def stage(name: str) -> Callable[[Figures], str]:
        return lambda r: f"{r.seconds.get(name, 0):,.1f} / {r.cores.get(name, 0):,.1f} / {r.peak.get(name, 0):,.0f}"

    return "\n".join(
        [
            line("seconds / core seconds / peak MiB", lambda r: f"{r.times}× {r.engine}, {r.workers}"),
            "|---|" + "---:|" * len(runs),
            *(line(name, stage(name)) for name in STAGES),
            line("all", lambda r: " / ".join(f"{_whole(r, what):,.0f}" for what in ("seconds", "cores", "peak"))),
            line("samples", lambda r: f"{r.counts['samples']:,}"),
            line("samples a second, a core second", lambda r: " / ".join(f"{r.counts['samples'] / _whole(r, w):,.0f}" for w in ("seconds", "cores"))),
            line("MB of text / of lake", lambda r: f"{r.megabytes:,.1f} / {r.lake_megabytes:,.1f}"),
            line("load before", lambda r: f"{r.load:.1f}"),
        ]
    )  # fmt: skip


def main() -> None:
    """Print the figures as they come, then the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, nargs="+", default=[1])
    parser.add_argument("--engines", nargs="+", choices=["local", "ray"], default=["local"])
    parser.add_argument("--workers", type=int, nargs="+", default=[1])
    parser.add_argument("--folder", type=Path, help="where the files are made and removed; the system's by default")
    parser.add_argument("--limit", type=float, default=7200.0, help="seconds after which a run is given up")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        timed_job(options.child, options.engines[0], options.workers[0])
        return
    runs: list[Figures] = []
    for kind in options.engines:
        for workers in options.workers:
            for times in sorted(options.times):
                figures = measured(times, kind, workers, options.folder, options.limit)
                print(figures if isinstance(figures, str) else json.dumps(asdict(figures)), flush=True)
                runs += [] if isinstance(figures, str) else [figures]
    if runs:
        print(table(runs))
    for kind in options.engines:
        for workers in options.workers:
            several = [run for run in runs if (run.engine, run.workers) == (kind, workers)]
            if len(several) > 1:
                print(f"\n{kind}, {workers} workers\n\n{growth(several)}")


if __name__ == "__main__":
    main()
