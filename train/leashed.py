"""A command line and a pipe in; the command run, and all that it started ended when the pipe's other end is closed, out.

    python -P train/leashed.py sh -c LINE      as train/launch.py starts the processes of each machine

The kernel closes a pipe with the process that holds it, also when that is killed: so no training outlives the flow that
launched it. Workers have sessions of their own; they are found because Linux makes orphans children of this process.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence

import psutil

PATIENCE_S = 5.0  # for a step under way and its checkpoint, once told to stop
_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER of linux/prctl.h


def run(command: Sequence[str]) -> int:
    """The command's exit status, once nothing that it started is left; 128 and the signal's number where one ended it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    # SIGTERM goes to the group, and this process stays to see the others end. A handler, as exec would keep SIG_IGN.
    signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", file=sys.stderr)
        return 127  # as a shell says it
    threading.Thread(target=_end_with_the_other_end, daemon=True).start()
    status = child.wait()
    _kill_the_rest()
    return status if status >= 0 else 128 - status


def _end_with_the_other_end() -> None:
    while os.read(0, 1):  # standard input
        pass
    os.killpg(0, signal.SIGTERM)  # launchers hand it on to workers in other sessions
    psutil.wait_procs(psutil.Process().children(recursive=True), PATIENCE_S)
    _kill_the_rest()
    os._exit(1)


def _kill_the_rest() -> None:
    while left := [one for one in psutil.Process().children(recursive=True) if one.status() != psutil.STATUS_ZOMBIE]:
        for one in left:
            one.kill()  # never a stranger: psutil compares the time when a process began
        if psutil.wait_procs(left, PATIENCE_S)[1]:
            return  # what the kernel cannot end now ends when it can


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
