"""A module's command line and a pipe in; the module run, for as long as somebody holds the pipe's other end, out.

    python -P -m flows.serve.leashed prefect server start --port 4200     as flows/serve/{own,server}.py start servers

The kernel closes a pipe with the process that holds it, also when that is killed: so no server outlives whom it serves.
Prefect starts the processes of runs, without such a pipe; they look whether their parent is still the same.
"""

import os
import runpy
import signal
import sys
import threading
import time

SERVED = "HUABEN_SERVED_BY"  # holds the number of a process
PATIENCE_S = 5.0  # for what the server has not answered yet
ORPHANED_S = 30.0  # for a run to put away what it has half-made


def _leave_with_the_other_end() -> None:
    while os.read(0, 1):  # standard input
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(PATIENCE_S)
    os._exit(1)


def end_with_serve() -> None:
    """From now on this process ends, as when it is told to, soon after the `huaben serve` that started it; without having
    told a server of that, which is gone too. Nothing where somebody else started it."""
    parent = os.getppid()
    if os.environ.get(SERVED) == str(parent):
        threading.Thread(target=_end_when_orphaned, args=(parent,), daemon=True).start()


def _end_when_orphaned(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1.0)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(ORPHANED_S)
    os._exit(1)


def main(command: list[str]) -> None:
    """Run the module until it ends, or standard input does."""
    threading.Thread(target=_leave_with_the_other_end, daemon=True).start()
    sys.argv = command
    runpy.run_module(command[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
