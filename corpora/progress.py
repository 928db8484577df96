"""A progress bar round any loop, on standard error so that standard output stays data."""

import sys
from collections.abc import Iterable, Iterator, Sized
from typing import Any, TypeVar

from tqdm import tqdm

from corpora.interrupt import check_interrupt

T = TypeVar("T")


def track(items: Iterable[T], label: str, total: int | None = None, unit: str = "rows") -> Iterator[T]:
    """The same items, with a bar on standard error while they are consumed.

    tqdm rather than rich because `train/` runs on machines that have only what transformers brings.
    Raises KeyboardInterrupt at the next item when a library has swallowed it.
    """
    if total == 0 or (isinstance(items, Sized) and not len(items)):
        return  # no bar for nothing
    for item in tqdm(items, desc=label, total=total, unit=f" {unit}", **bar_manner()):
        check_interrupt()
        yield item


def bar_manner() -> dict[str, Any]:
    """How tqdm draws on standard error: a bar in its place on a terminal; in a log, a line every ten seconds, none for less."""
    if sys.stderr.isatty():
        return {"mininterval": 0.1}
    return {"mininterval": 10, "delay": 10, "leave": False, "file": _Lines()}


class _Lines:
    """Standard error for what draws anew in its place: a line for each, which a log, or systemd's journal, can hold."""

    def write(self, text: str) -> None:
        if line := text.strip():
            sys.stderr.write(f"{line}\n")

    def flush(self) -> None:
        sys.stderr.flush()


def close_bars() -> None:
    """Take down the bars of loops that an error has left, so that a message starts on a line of its own."""
    for bar in list(getattr(tqdm, "_instances", ())):
        bar.leave = False
        bar.close()
