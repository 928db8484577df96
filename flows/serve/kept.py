"""How to begin a server's process in; one that is begun again whenever it dies out, until it is stopped."""

import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress

STARTS = 4  # in a row, then it is left dead: it would die again
SETTLED_S = 600.0  # what lived so long begins a new row
PATIENCE_S = 10.0  # flows/serve/leashed.py needs five seconds at the most


def nothing() -> None:
    """Done where nobody wants to know."""


class Kept:
    """A process that `begin` starts, with a pipe as its standard input, which ends it: see flows/serve/leashed.py.

    `again` is called when it was begun once more, `given_up` when it is left dead; either in a thread of its own.
    """

    def __init__(
        self,
        begin: "Callable[[], subprocess.Popen[bytes]]",
        again: Callable[[], None] = nothing,
        given_up: Callable[[], None] = nothing,
    ) -> None:
        self._begin, self._again, self._given_up = begin, again, given_up
        self.process = begin()
        self._began = time.monotonic()
        self._ended = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)

    def watch(self) -> None:
        """From now on it is begun again when it dies."""
        self._watcher.start()

    def stop(self) -> None:
        """It is gone when this returns."""
        self._ended.set()
        if self._watcher.ident:
            self._watcher.join()  # or it would start another one now
        with suppress(OSError):
            self.process.stdin.close()  # type: ignore[union-attr]
        try:
            self.process.wait(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _watch(self) -> None:
        starts = 1
        while not self._ended.wait(0.3):
            if self.process.poll() is None:
                continue
            starts = 1 if time.monotonic() - self._began > SETTLED_S else starts
            if starts == STARTS:
                self._given_up()
                return
            starts += 1
            with suppress(OSError):  # the disk is full, or there are too many processes: the next time, perhaps
                self.process, self._began = self._begin(), time.monotonic()
                self._again()
