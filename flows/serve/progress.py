"""The progress bars of whatever loop runs now in, a progress artifact that Prefect's page shows out.

The rooms draw their bars with tqdm (`corpora.progress.track`) and know nothing of Prefect; a thread looks at them.
"""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import copy_context
from typing import Any, cast
from uuid import UUID

import httpx
from prefect.artifacts import create_progress_artifact, update_progress_artifact
from tqdm import tqdm

EVERY_S = 10.0  # a loop that takes less is not worth a line


@contextmanager
def shown_progress(every_s: float = EVERY_S) -> Iterator[None]:
    """While the block runs, its longest loop's progress is an artifact of the run, up to date every so many seconds."""
    ended = threading.Event()
    context = copy_context()  # whose artifact it is
    watcher = threading.Thread(target=context.run, args=(_watch, ended, every_s), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join(timeout=every_s)


def stand(bars: Iterable[Any]) -> tuple[float, str] | None:
    """Percent done, and in words, of the outermost bar that knows its end; None where there is none."""
    for bar in sorted(bars, key=lambda bar: getattr(bar, "start_t", 0)):
        if getattr(bar, "total", None):
            unit = str(bar.unit).strip()
            return min(100.0, 100 * bar.n / bar.total), f"{bar.desc.rstrip(': ')}: {bar.n:,} of {bar.total:,} {unit}"
    return None


def _watch(ended: threading.Event, every_s: float) -> None:
    made: UUID | None = None
    while not ended.wait(every_s):
        found = stand(list(getattr(tqdm, "_instances", ())))
        if found is None:
            continue
        with suppress(httpx.HTTPError):  # a server that is away for a moment is no reason to stop
            if made is None:
                made = cast(UUID, create_progress_artifact(found[0], key="progress", description=found[1]))
            else:
                update_progress_artifact(made, found[0], found[1])
    if made is not None:
        with suppress(httpx.HTTPError):
            update_progress_artifact(made, 100.0, "done")
