"""The main job with faults in it in; counts of what came of them out: the same warehouse afterwards, exit codes, leftovers.

    .venv/bin/python benchmarks/faults.py [--points 20] [--seed 20261121] [--only killed,alone,...] [--folder FOLDER]

    killed    SIGKILL to huaben run and its Prefect server
    alone     SIGKILL to huaben run alone
    server    its Prefect server killed
    named     a server of PREFECT_API_URL killed
    full      the disk under the home folder full from a point on, and emptied afterwards; root only
    clock     the clock set back by a day between two runs; where there is a C compiler
    readonly  a home folder, and a user's folder, on a disk that cannot be written; root only

Points are shares of the processor time of an undisturbed run, drawn by seed, a fifth of them before it begins to write. After each
fault `huaben run` follows, and all that it leaves is compared with what an undisturbed run leaves (see fault_runs.state).
"""

import argparse
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.fault_runs import CONFIG, Ended, Run, alive, environment, huaben, leftovers, state, worked_by
from flows.serve.server import answers

# Commands on a home folder that cannot be written, with the exit status that they should have.
READ_ONLY = {
    ("sql", "FROM fates"): 0,
    ("stats",): 0,
    ("status",): 0,
    ("diff", "2", "4"): 0,
    ("why", "none"): 2,
    ("run",): 2,
    ("build",): 2,
    ("tidy",): 2,
    ("compare",): 2,
    ("export", "alpaca"): 2,
}
DAY_S = 86_400


@dataclass(frozen=True)
class Rig:
    """A config, what an undisturbed run of it leaves, the processor seconds that one takes, and the share of them after which
    it begins to write: imports and Prefect's server come before."""

    folder: Path
    config: Path
    whole: dict[str, str]
    work: float
    ready: float = 0.3

    def run(self, home: Path, env: dict[str, str] | None = None) -> Ended:
        """`huaben run` of the config, from start to end."""
        return huaben(home, "run", "--config", str(self.config), env=env)


@dataclass(frozen=True)
class Outcome:
    """What came of a fault: where it struck, how the run ended, how the next one did, and what was then not as it should be."""

    kind: str
    at: str
    first: Ended
    then: int
    differs: tuple[str, ...]
    left: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """Whether the next run ended as if nothing had happened, and the person read a sentence."""
        return self.then == 0 and self.first.plain and not self.differs and not self.left


def rig(folder: Path, config: str = CONFIG) -> Rig:
    """An undisturbed run, measured."""
    folder.mkdir(parents=True, exist_ok=True)
    path, home, worked, ready = folder / "run.toml", folder / "undisturbed", 0.0, 0.0
    path.write_text(config, encoding="utf-8")

    with Run(home, ("run", "--config", str(path))) as run:
        while run.process.poll() is None:
            worked = max(worked, run.worked())
            ready = ready if (home / "catalog.sqlite").exists() else worked
            time.sleep(0.05)
        done = run.ended()
    if done.status:
        raise SystemExit(f"the undisturbed run failed: {done.said}")
    return Rig(folder, path, state(home), worked, ready / worked)


def judged(kind: str, at: str, first: Ended, rig: Rig, home: Path, then: Ended | None = None) -> Outcome:
    """The outcome, after a further run that nothing disturbs."""
    again = then or rig.run(home)
    if again.status:
        return Outcome(kind, at, first, again.status, (again.sentence,), ())
    found = state(home)
    differs = sorted(key for key in {*found, *rig.whole} if found.get(key) != rig.whole.get(key))
    return Outcome(kind, at, first, again.status, tuple(differs), tuple(leftovers(home)))


def points(number: int, seed: int, ready: float = 0.0) -> list[float]:
    """Shares of a run, one drawn from each of as many parts: a fifth of them before `ready`, the others after it."""
    draw, early = random.Random(seed), number // 5 if ready else 0
    before = [ready * (k + draw.random()) / early for k in range(early)]
    return before + [ready + (1 - ready) * (k + draw.random()) / (number - early) for k in range(number - early)]


def killed(rig: Rig, home: Path, share: float, kind: str) -> Outcome:
    """SIGKILL at that share of a run, to all its processes or to huaben's alone."""
    with Run(home, ("run", "--config", str(rig.config))) as run:
        run.until(lambda: run.worked() >= share * rig.work)
        run.kill(children=kind == "killed")
        first = run.ended()
    return judged(kind, f"{share:.2f} {first.place}", first, rig, home)


def server_killed(rig: Rig, home: Path, share: float) -> Outcome:
    """Its own Prefect server killed at that share of a run."""
    with Run(home, ("run", "--config", str(rig.config))) as run:
        run.until(lambda: run.worked() >= share * rig.work)
        for child in run.children():
            os.kill(child, signal.SIGKILL)
        first = run.ended()
    return judged("server", f"{share:.2f}", first, rig, home)


def named_killed(rig: Rig, home: Path, share: float) -> Outcome:
    """A server of somebody else's killed at that share of a run."""
    words = ("run", "--config", str(rig.config))
    with (
        _server(home.with_name(f"{home.name}-server")) as (api, process),
        Run(home, words, {"PREFECT_API_URL": api}) as run,
    ):
        run.until(lambda: run.worked() + worked_by(process.pid) >= share * rig.work)
        os.killpg(process.pid, signal.SIGKILL)
        first = run.ended()
    return judged("named", f"{share:.2f} {first.place}", first, rig, home)


def full(rig: Rig, home: Path, share: float, prefect_too: bool) -> Outcome:
    """The disk of the home folder, and of temporary files, full from that share of a run on; then there is room again.

    Unless `prefect_too`, Prefect's database is elsewhere: it grows all the time, and would be the first to find out.
    """
    home.mkdir(parents=True)
    with mounted(home, "size=64m"):
        (home / "tmp").mkdir()
        env = {"TMPDIR": str(home / "tmp")}
        if not prefect_too:
            env["PREFECT_HOME"] = str(home.with_name(f"{home.name}-prefect"))
        with Run(home, ("run", "--config", str(rig.config)), env) as run:
            run.until(lambda: run.worked() >= share * rig.work)
            _fill(home / "filled")
            first = run.ended()
        (home / "filled").unlink()
        where = "with Prefect's" if prefect_too else "alone"
        return judged("full", f"{share:.2f} {where}, {first.place}", first, rig, home)


def _fill(path: Path) -> None:
    """Write until nothing more fits."""
    with suppress(OSError), open(path, "wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)


def clock_back(rig: Rig, home: Path) -> Outcome:
    """A run that is killed in its middle, and the next one by a clock that is a day behind."""
    with Run(home, ("run", "--config", str(rig.config))) as run:
        run.until(lambda: run.worked() >= 0.5 * rig.work)
        run.kill()
        first = run.ended()
    return judged("clock", f"a day, {first.place}", first, rig, home, rig.run(home, behind(rig.folder)))


def behind(folder: Path, seconds: int = DAY_S) -> dict[str, str]:
    """The environment of a process whose clock is so far behind. Raises PermissionError where there is no C compiler."""
    library, compiler = folder / "clock_back.so", shutil.which("cc")
    if compiler is None:
        raise PermissionError("the clock cannot be set back here: there is no C compiler")
    if not library.exists():
        source = Path(__file__).with_name("clock_back.c")
        subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return {"LD_PRELOAD": str(library), "CLOCK_BACK_S": str(seconds)}


def read_only(rig: Rig, home: Path, words: tuple[str, ...], status: int) -> Outcome:
    """A command on a home folder that cannot be written; it should end with that status."""
    home.mkdir(parents=True)
    with mounted(home, "size=200m"):
        shutil.copytree(rig.folder / "undisturbed", home / "home")
        subprocess.run(["mount", "-o", "remount,ro", str(home)], check=True)
        first = huaben(home / "home", *words)
        wrong = () if first.status == status else (f"exit status {first.status}, not {status}",)
        return Outcome("readonly", " ".join(words)[:30], first, 0, wrong, tuple(alive(home / "home")))


def read_only_user(rig: Rig, home: Path) -> Outcome:
    """A run of a user whose own folder cannot be written, as of services."""
    user = home.with_name(f"{home.name}-user")
    user.mkdir(parents=True)
    with mounted(user, "size=1m,ro"):
        first = rig.run(home, {"HOME": str(user)})
        outcome = judged("readonly", "$HOME, run", first, rig, home)
    return (
        outcome
        if not first.status
        else Outcome(*list(vars(outcome).values())[:4], (f"exit status {first.status}",), ())
    )


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[None]:
    """A disk in memory at the folder. Raises PermissionError where none may be mounted."""
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True, check=False
    )
    if done.returncode:
        raise PermissionError(f"nothing can be mounted here: {done.stderr.decode().strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def _server(folder: Path) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    folder.mkdir(parents=True)
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    api = f"http://127.0.0.1:{port}/api"
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)],
        env=environment(folder, {"PREFECT_HOME": str(folder), "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while not answers(api):
            time.sleep(0.2)
        yield api, process
    finally:
        process.kill()
        process.wait()


def main() -> None:
    """Run what is asked for, a line for each point and a table at the end; exit status 1 when anything is not sound."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=20, help="of each kind of kill")
    parser.add_argument("--seed", type=int, default=20261121)
    parser.add_argument("--only", default="killed,alone,server,named,full,clock,readonly")
    parser.add_argument("--folder", type=Path, help="for the home folders; a temporary one by default")
    given = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # a base this small is no faster on two
    folder = (given.folder or Path(tempfile.mkdtemp(prefix="huaben-faults-"))).absolute()
    made = rig(folder)
    print(f"undisturbed: {made.work:.1f} processor seconds, {len(made.whole)} tables and files", flush=True)
    shares = points(given.points, given.seed, made.ready)
    few = points(max(1, given.points // 5), given.seed, made.ready)
    kinds: dict[str, list[Callable[[Path], Outcome]]] = {
        "killed": [lambda home, s=s: killed(made, home, s, "killed") for s in shares],  # type: ignore[misc]
        "alone": [lambda home, s=s: killed(made, home, s, "alone") for s in shares],  # type: ignore[misc]
        "server": [lambda home, s=s: server_killed(made, home, s) for s in few],  # type: ignore[misc]
        "named": [lambda home, s=s: named_killed(made, home, s) for s in few],  # type: ignore[misc]
        "full": [
            lambda home, s=s, n=n: full(made, home, s, n % 2 == 1)
            for n, s in enumerate(points(8, given.seed, made.ready))
        ],  # type: ignore[misc]
        "readonly": [
            *(lambda home, w=w, s=s: read_only(made, home, w, s) for w, s in READ_ONLY.items()),  # type: ignore[misc]
            lambda home: read_only_user(made, home),
        ],
        "clock": [lambda home: clock_back(made, home)],
    }
    outcomes: list[Outcome] = []
    for kind in given.only.split(","):
        for number, strike in enumerate(kinds.get(kind, [])):
            home = folder / f"{kind}-{number}"
            try:
                outcome = strike(home)
            except PermissionError as error:
                print(f"{kind}: {error}")
                break
            outcomes.append(outcome)
            line = f"{kind:9}{outcome.at:36} {outcome.first.status:4} then {outcome.then}  {'sound' if outcome.sound else 'NOT SOUND'}"
            print(line, f" {outcome.first.sentence[:230]}", *outcome.differs, *outcome.left, sep="  ", flush=True)
            if outcome.sound:
                shutil.rmtree(home, ignore_errors=True)
    table(outcomes)
    raise SystemExit(0 if all(outcome.sound for outcome in outcomes) else 1)


def table(outcomes: list[Outcome]) -> None:
    """The counts, a line for each kind."""
    print(f"\n{'':10}{'points':>8}{'same after':>12}{'leftovers':>11}{'traceback':>11}   exit codes")
    for kind in dict.fromkeys(outcome.kind for outcome in outcomes):
        of = [outcome for outcome in outcomes if outcome.kind == kind]
        same = sum(outcome.then == 0 and not outcome.differs for outcome in of)
        codes = ", ".join(f"{status} × {n}" for status, n in sorted(Counter(one.first.status for one in of).items()))
        print(
            f"{kind:10}{len(of):8}{same:12}{sum(len(one.left) for one in of):11}{sum(not one.first.plain for one in of):11}   {codes}"
        )


if __name__ == "__main__":
    main()
