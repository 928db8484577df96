"""A home folder in; a Prefect server for the flows of one command out: started again when it dies, gone when the command is.

The one that PREFECT_API_URL names is used where there is one. What a flow then raises because its server is away is told in
one sentence: each room keeps what it has made, so that the next run goes on from there.
"""

import errno
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from prefect.events.worker import EventsWorker
from prefect.logging.handlers import APILogWorker
from prefect.settings import PREFECT_API_URL, PREFECT_CLIENT_MAX_RETRIES, PREFECT_HOME, temporary_settings

from corpora.errors import BadInput
from flows.console import DISK_FULL
from flows.serve.kept import Kept
from flows.serve.server import await_answer, must_answer

RETRIES = 3  # of a request, after 2, 4 and 8 seconds: each level of flows asks by itself, and a person waits
FULL_BYTES = 1 << 20  # a disk with less room than that is what is wrong
_UVICORN = ["uvicorn", "--factory", "prefect.server.api.server:create_app", "--log-level", "error", "--lifespan", "on"]


@contextmanager
def own_server(home: Path) -> Iterator[None]:
    """Flows that are called inside the block find a Prefect server.

    Raises BadInput where none can be started, that of PREFECT_API_URL does not answer, or either went away and stayed
    away; OSError where the disk of its database is full.
    """
    named = str(PREFECT_API_URL.value() or "").rstrip("/")
    if named:
        must_answer(named)
        with temporary_settings({PREFECT_CLIENT_MAX_RETRIES: RETRIES}), _told(named, home, None):
            yield
        return
    server = _Server(PREFECT_HOME.value(), home)
    with temporary_settings({PREFECT_API_URL: server.api, PREFECT_CLIENT_MAX_RETRIES: RETRIES}):
        try:
            server.start()
            with _told(server.api, home, server.log):
                yield
        finally:
            # What flows have said of themselves is still on its way.
            for worker in (EventsWorker, APILogWorker):
                worker.drain_all(timeout=5)
            server.stop()


class _Server:
    """A server as a child process, on a socket that is open from first to last: who asks while it starts again waits."""

    def __init__(self, folder: Path, home: Path) -> None:
        self._home = home
        folder.mkdir(parents=True, exist_ok=True)
        self.log = folder / "server.log"
        self.log.write_bytes(b"")
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.api = f"http://127.0.0.1:{self._socket.getsockname()[1]}/api"
        self._kept: Kept | None = None

    def start(self) -> None:
        """Return when it answers. Raises BadInput when it does not, OSError when the disk is full."""
        self._kept = Kept(self._begun, given_up=self._socket.close)  # open, it would make who asks wait for ever
        try:
            await_answer(self._kept.process, self.api, self.log)
        except BadInput as error:
            raise _full(self._home, self.log) or error from None
        self._kept.watch()

    def stop(self) -> None:
        """It is gone when this returns."""
        if self._kept:
            self._kept.stop()
        self._socket.close()

    def _begun(self) -> "subprocess.Popen[bytes]":
        ours = {"PREFECT_UI_ENABLED": "0", "PREFECT__SERVER_EPHEMERAL": "1", "PREFECT__SERVER_FINAL": "1"}
        descriptor = self._socket.fileno()
        with open(self.log, "ab") as log:
            return subprocess.Popen(
                [sys.executable, "-P", "-m", "flows.serve.leashed", *_UVICORN, "--fd", str(descriptor)],
                env={**os.environ, **ours, "PREFECT_HOME": str(self.log.parent)},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                pass_fds=(descriptor,),
                start_new_session=True,  # Ctrl-C is for us: flows still tell it how they ended
            )


@contextmanager
def _told(api: str, home: Path, log: Path | None) -> Iterator[None]:
    """What the server's silence or its failure raises, as one sentence."""
    try:
        yield
    except (httpx.RequestError, httpx.HTTPStatusError) as error:
        if not _asked(error).startswith(api):
            raise
        if full := _full(home, log):
            raise full from error
        what = "does not answer any more" if isinstance(error, httpx.RequestError) else f"failed ({_first(error)})"
        remedy = f"its log is {log}" if log else "see that it runs"
        raise BadInput(
            f"the Prefect server at {api.removesuffix('/api')} {what}; {remedy}, then run it again: "
            "what was done is kept, and nothing was half-written"
        ) from error


def _asked(error: httpx.RequestError | httpx.HTTPStatusError) -> str:
    try:
        return str(error.request.url)
    except RuntimeError:  # it was raised without one
        return ""


def _first(error: Exception) -> str:
    return str(error).splitlines()[0]


def _full(home: Path, log: Path | None) -> OSError | None:
    """The error for the disk of the server's database, of the home folder or of temporary files that is full, if one is."""
    places = [log.parent if log else home, home, Path(os.environ.get("TMPDIR") or "/tmp")]
    full = [place for place in places if place.exists() and shutil.disk_usage(place).free < FULL_BYTES]
    said = log.read_bytes()[-20_000:].decode(errors="replace") if log and log.exists() else ""
    if not full and not any(words in said for words in DISK_FULL):
        return None
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str((full or places)[0]))
