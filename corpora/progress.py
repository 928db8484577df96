"""A progress bar round any loop, on standard error so that standard output stays data."""

import sys
from collections.abc import Iterable, Iterator, Sized
from typing import TypeVar

from tqdm import tqdm

from corpora.interrupt import check_interrupt

T = TypeVar("T")


def track(items: Iterable[T], label: str, total: int | None = None, unit: str = "rows") -> Iterator[T]:
    """The same items, with a bar on standard error while they are consumed.

    tqdm rather than rich because `train/` runs on machines that have only what transformers brings.
    In a log (no terminal) a line at most every ten seconds, so that it stays readable. Raises KeyboardInterrupt at
    the next item when a library has swallowed it.
    """
    if total == 0 or (isinstance(items, Sized) and not len(items)):
        return  # no bar for nothing
    quiet = not sys.stderr.isatty()
    for item in tqdm(
        items, desc=label, total=total, unit=f" {unit}", mininterval=10 if quiet else 0.1, leave=not quiet
    ):
        check_interrupt()
        yield item


def close_bars() -> None:
    """Take down the bars of loops that an error has left, so that a message starts on a line of its own."""
    for bar in list(getattr(tqdm, "_instances", ())):
        bar.leave = False
        bar.close()
