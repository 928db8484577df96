"""A training and a launch config in; processes on the devices of one or several machines, and the adapter they leave, out.

    [launch]                                               # of a run's TOML file
    config = "configs/accelerate/ddp_two_machines.yaml"    # accelerate's own file; without one, this process trains
    machines = ["", "ssh -tt gpu2"]                        # what runs a command line on each machine; empty is this one
    address = "10.0.0.1"                                   # of the first, where the others reach it

On the others this machine's folders must be at the same paths: the environment, the checkout, the home folder, the base.
"""

import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from json import dumps
from pathlib import Path
from types import FrameType
from typing import Any

from train.adapters import AdapterConfig
from train.config import TrainConfig
from train.tokenise import TokenConfig
from train.trust import NOBODY, TrustConfig
from warehouse.kit import BadInput, Stopped, folder_beside, sha256_file

ROOT = Path(__file__).parent.parent
REFUSAL = "HUABEN_REFUSAL"  # names a file to which `train.finetune` also writes why it refuses
GRACE = 60.0  # seconds for a step under way and its checkpoint, once the training is told to stop
_HERE = "sh -c"
_LEASHED = (sys.executable, "-P", str(ROOT / "train" / "leashed.py"))


@dataclass(frozen=True)
class LaunchConfig:
    """Which processes train. An empty `config` is this one alone; `processes` counts those of all machines together,
    0 being what accelerate's file says."""

    config: str = ""
    processes: int = 0
    machines: tuple[str, ...] = ()
    address: str = "127.0.0.1"
    port: int = 29500

    def __post_init__(self) -> None:
        if not self.config and (self.machines or self.processes):
            raise ValueError("machines and processes are for accelerate; name its file as config, or leave them out")
        if self.processes < 0 or not 0 < self.port < 65536:
            raise ValueError("processes must be 0 or more, port between 1 and 65535")
        if self.machines and self.processes % len(self.machines):
            raise ValueError(f"{self.processes} processes do not share out to {len(self.machines)} machines alike")

    @property
    def identity(self) -> dict[str, Any]:
        """What the adapter depends on: not where its machines are."""
        return {"config": sha256_file(Path(self.config)), "processes": self.processes, "machines": len(self.machines)}


ALONE = LaunchConfig()


def check_launch(launch: LaunchConfig) -> None:
    """Raises BadInput when accelerate's file is not there."""
    if launch.config and not Path(launch.config).is_file():
        raise BadInput(f"[launch] config = {launch.config}: no such file; name one of configs/accelerate")


def launched(
    launch: LaunchConfig, data: Sequence[Path], valid: Path | None, base: str, out: Path, train: TrainConfig,
    adapter: AdapterConfig, tokens: TokenConfig, *, resume: bool = False, start: Path | None = None,
    trust: TrustConfig = NOBODY,
) -> float:  # fmt: skip
    """The seconds after which the adapter lay in `out`, as `finetune` leaves it, certificate included.

    Raises BadInput with what the processes refuse, or which machine's failed; those of the others are then ended. SIGTERM is
    passed on to them, and ends in BadInput too. They end with this process, however that ends.
    """
    began = time.perf_counter()
    with folder_beside(out) as folder:
        config, refusal = folder.absolute() / "run.toml", folder.absolute() / "refusal"
        tables = {"train": train, "adapter": adapter, "tokens": tokens, "trust": trust.absolute()}
        config.write_text(_toml(tables), encoding="utf-8")
        words = [
            "--config",
            config,
            "--data",
            *map(_absolute, data),
            "--base",
            _absolute_base(base),
            "--out",
            _absolute(out),
        ]
        words += ["--valid", _absolute(valid)] if valid else []
        words += ["--from", _absolute(start)] if start else []
        words += ["--resume"] if resume else []
        machines = launch.machines or ("",)
        lines = [_line(launch, rank, len(machines), map(str, words), refusal) for rank in range(len(machines))]
        began_on = [
            subprocess.Popen(
                [*_LEASHED, *shlex.split(machine or _HERE), line],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
            for machine, line in zip(machines, lines, strict=True)
        ]
        with _told_to_stop(began_on) as stopped:
            failed = _wait(began_on)
        if refusal.is_file():
            raise BadInput(refusal.read_text(encoding="utf-8"))
        if stopped.is_set():
            raise Stopped(f"{out}: stopped; run it again to go on from the newest checkpoint, if any")
        if failed is not None:
            where = machines[failed] or "this machine"
            raise BadInput(
                f"{launch.config}: the training on {where} (machine_rank {failed}) ended with status "
                f"{began_on[failed].returncode}; see what it said above, and that {launch.address}:{launch.port} is free and reached"
            )
    return time.perf_counter() - began


def _line(launch: LaunchConfig, rank: int, machines: int, words: Any, refusal: Path) -> str:
    """The command line of one machine, for its shell."""
    command = [sys.executable, "-m", "accelerate.commands.launch", "--config_file", str(Path(launch.config).absolute())]
    command += ["--num_machines", str(machines), "--machine_rank", str(rank), "--main_process_ip", launch.address]
    command += ["--main_process_port", str(launch.port)]
    command += ["--num_processes", str(launch.processes)] if launch.processes else []
    command += ["-m", "train.finetune", *words]
    names = ("HF_HUB_OFFLINE", "HF_HOME", "CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS")  # none of them a secret
    settings = {name: os.environ[name] for name in names if name in os.environ}
    settings |= {"PYTHONPATH": str(ROOT), REFUSAL: str(refusal)}
    given = " ".join(f"{name}={shlex.quote(value)}" for name, value in settings.items())
    return f"cd {shlex.quote(str(Path.cwd()))} && exec env {given} {shlex.join(command)}"


def _wait(processes: "Sequence[subprocess.Popen[bytes]]") -> int | None:
    """The first that failed, once all have ended; those of the others would wait for it in vain, so they are ended."""
    failed = None
    while any(process.poll() is None for process in processes):
        for rank, process in enumerate(processes):
            if failed is None and process.poll():
                failed = rank
                _tell(processes, signal.SIGTERM)
                _end_later(processes)
        time.sleep(0.1)
    return failed if failed is not None else next((k for k, p in enumerate(processes) if p.returncode), None)


@contextmanager
def _told_to_stop(processes: "Sequence[subprocess.Popen[bytes]]") -> Any:
    """An event that is set once SIGTERM has come, which goes on to the processes; they are ended with the block."""
    stopped = threading.Event()

    def pass_on(_number: int, _frame: FrameType | None) -> None:
        stopped.set()
        _tell(processes, signal.SIGTERM)
        _end_later(processes)

    main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGTERM, pass_on) if main else None
    try:
        yield stopped
    finally:
        _let_go(processes)
        for process in processes:
            process.wait()
        if main:
            signal.signal(signal.SIGTERM, before)


def _tell(processes: "Sequence[subprocess.Popen[bytes]]", number: signal.Signals) -> None:
    for process in processes:
        if process.poll() is None:
            os.killpg(process.pid, number)


def _let_go(processes: "Sequence[subprocess.Popen[bytes]]") -> None:
    """Close what they hold on to (train/leashed.py): whatever they started and is still there ends."""
    for process in processes:
        process.stdin.close()  # type: ignore[union-attr]


def _end_later(processes: "Sequence[subprocess.Popen[bytes]]") -> None:
    timer = threading.Timer(GRACE, _let_go, (processes,))
    timer.daemon = True
    timer.start()


def _toml(tables: dict[str, Any]) -> str:
    """The dataclasses as TOML; what JSON writes of their texts, numbers, truths and lists is TOML too."""
    return "\n".join(
        line
        for name, table in tables.items()
        for line in (
            f"[{name}]",
            *(f"{key} = {dumps(value)}" for key, value in asdict(table).items() if value is not None),
        )
    )


def _absolute(path: Path) -> str:
    return str(Path(path).absolute())


def _absolute_base(base: str) -> str:
    """The base's folder where it is one, else its name."""
    return _absolute(Path(base)) if Path(base).exists() else base
