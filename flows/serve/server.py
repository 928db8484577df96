"""Where a Prefect server should listen in; the address of one that answers out, started unless the environment names one."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import httpx

from corpora.errors import BadInput
from corpora.files import write_whole
from flows.serve.alive import state_folder
from flows.serve.kept import Kept
from flows.serve.plan import ServerConfig

PATIENCE_S = 180.0  # a first start makes the database: 10 s here, more on a busy machine


def answers(api: str, timeout_s: float = 3.0) -> bool:
    """Whether a Prefect server answers at the address, which ends in /api, and not another program."""
    try:
        answer = httpx.get(f"{api}/health", timeout=timeout_s)
        return answer.is_success and answer.json() is True
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        return False


def must_answer(named: str) -> None:
    """Raises BadInput when no Prefect server answers at the address, which PREFECT_API_URL holds."""
    if not answers(named, 10.0):
        raise BadInput(
            f"PREFECT_API_URL: no Prefect server answers at {named}; start it, or unset the variable, or correct it: "
            "it ends in /api"
        )


def known_server(home: Path) -> str:
    """The address of the server that serves this home folder: $PREFECT_API_URL, or that which serve wrote down; else empty."""
    named = os.environ.get("PREFECT_API_URL", "")
    note = state_folder(home) / "server.json"
    if named or not note.is_file():
        return named.rstrip("/")
    try:
        return str(json.loads(note.read_text(encoding="utf-8"))["api"])
    except (ValueError, KeyError, TypeError):
        return ""


@contextmanager
def running_server(config: ServerConfig, home: Path, say: Callable[[str], None] = print) -> Iterator[tuple[str, bool]]:
    """The server's address and whether it was started here; then it is started again when it dies, which is said, and ends
    with the block.

    Raises BadInput when the one that PREFECT_API_URL names does not answer, or none can be started.
    """
    named = os.environ.get("PREFECT_API_URL", "").rstrip("/")
    if named:
        must_answer(named)
        yield named, False
        return
    api = f"http://{config.host}:{config.port}/api"
    if answers(api):
        raise BadInput(
            f"a Prefect server answers at {api} already; set PREFECT_API_URL to use it, or give another [server] port"
        )
    if _taken(config):
        raise BadInput(f"another program listens at {config.host}:{config.port}; give another [server] port")
    log = state_folder(home) / "server.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    kept = Kept(
        partial(_begun, config, home, log),
        again=lambda: say(f"the Prefect server died and is started again; its log is {log}"),
    )
    try:
        await_answer(kept.process, api, log)
        kept.watch()
        with write_whole(state_folder(home) / "server.json") as part:
            part.write_text(json.dumps({"api": api}), encoding="utf-8")
        yield api, True
    finally:
        (state_folder(home) / "server.json").unlink(missing_ok=True)
        kept.stop()


def _begun(config: ServerConfig, home: Path, log: Path) -> "subprocess.Popen[bytes]":
    # Leashed, so that it is gone with us, and its port free, even if we are killed.
    command = ["flows.serve.leashed", "prefect", "server", "start", "--host", config.host, "--port", str(config.port)]
    inherited = {name: value for name, value in os.environ.items() if name != "PREFECT_API_URL"}  # it is at none itself
    with open(log, "ab") as stream:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", *command],
            env={
                **inherited,
                "PREFECT_HOME": str(home / "prefect"),
                "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
                "PREFECT_SERVER_UI_API_URL": "/api",  # its page asks there: at this port, and at that of any tunnel
            },
            stdin=subprocess.PIPE,
            stdout=stream,
            stderr=stream,
            start_new_session=True,  # Ctrl-C is for us: the runs must still reach it when they end
        )


def _taken(config: ServerConfig) -> bool:
    try:
        socket.create_connection((config.host, config.port), 3.0).close()
    except OSError:  # nobody listens, or there is no such host, which the server's own log then tells
        return False
    return True


def await_answer(process: subprocess.Popen[bytes], api: str, log: Path) -> None:
    """Return when the server answers. Raises BadInput with the last line of its log when its process ends, or it takes too long."""
    deadline = time.monotonic() + PATIENCE_S
    while not answers(api):
        if process.poll() is not None or time.monotonic() > deadline:
            lines = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
            raise BadInput(
                f"no Prefect server at {api}: {lines[-1].strip() if lines else 'it said nothing'}; see {log}"
            )
        time.sleep(0.2)
