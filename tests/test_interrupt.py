"""Ctrl-C that a library swallows ends the loop all the same."""

import subprocess
import sys
from pathlib import Path

SWALLOWED = """
import os, signal
from corpora.interrupt import check_interrupt, forget, listen
from corpora.progress import track
listen()
try:
    os.kill(os.getpid(), signal.SIGINT)
    for _ in range(1000):
        pass
except BaseException as error:
    print(type(error).__name__)
seen = []
try:
    for item in track(range(9), "Items"):
        seen.append(item)
except KeyboardInterrupt:
    print("stopped after", len(seen))
forget()
check_interrupt()
print(list(track(range(2), "Items")))
"""
TAKEN = """
import signal
from corpora.interrupt import listen
own = lambda *given: None
signal.signal(signal.SIGINT, own)
listen()
print(signal.getsignal(signal.SIGINT) is own)
"""


def _said(script: str) -> list[str]:
    root = Path(__file__).parent.parent
    return subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True
    ).stdout.splitlines()


def test_a_swallowed_ctrl_c_is_raised_at_the_next_item() -> None:
    assert _said(SWALLOWED) == ["KeyboardInterrupt", "stopped after 0", "[0, 1]"]


def test_a_handler_of_the_caller_stays() -> None:
    assert _said(TAKEN) == ["True"]


IN_A_DESTRUCTOR = """
import os, signal
from corpora.interrupt import check_interrupt, listen
class Holder:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        sum(range(1000))
class Broken:
    def __del__(self):
        raise ValueError("told")
listen()
Holder()
Broken()
try:
    check_interrupt()
except KeyboardInterrupt:
    print("stopped")
"""


def test_a_ctrl_c_that_python_swallows_is_no_traceback() -> None:
    root = Path(__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", IN_A_DESTRUCTOR], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout == "stopped\n"
    assert "KeyboardInterrupt" not in done.stderr
    assert "ValueError: told" in done.stderr  # what is not a Ctrl-C is told as ever
