"""Ctrl-C that no library can swallow: it is remembered, and raised anew at the next turn of a long loop.

A KeyboardInterrupt that arrives inside a callback, a destructor or somebody's bare `except:` is lost, and a training that
was told to stop would go on for hours.
"""

import signal
import sys
import threading
from typing import Any

_asked = threading.Event()


def listen() -> None:
    """From now on Ctrl-C raises KeyboardInterrupt as ever, and is remembered until `forget`; what was pressed before is
    forgotten. Main thread only; elsewhere, and where the program that calls us has a handler of its own, nothing changes.
    """
    forget()
    if threading.current_thread() is threading.main_thread() and (
        signal.getsignal(signal.SIGINT) is signal.default_int_handler
    ):
        signal.signal(signal.SIGINT, _remember)
        sys.unraisablehook = _told_later


def check_interrupt() -> None:
    """Raises KeyboardInterrupt when Ctrl-C was pressed and somebody swallowed it. For the head of long loops."""
    if _asked.is_set():
        raise KeyboardInterrupt


def forget() -> None:
    """Ctrl-C has been answered, and the program goes on: a prompt that only clears its line."""
    _asked.clear()


def _told_later(lost: Any) -> None:
    """Where Python itself swallows an exception it prints a traceback; a Ctrl-C is only late."""
    if not isinstance(lost.exc_value, KeyboardInterrupt):
        sys.__unraisablehook__(lost)


def _remember(number: int, frame: Any) -> None:
    _asked.set()
    signal.default_int_handler(number, frame)
