"""Something asynchronous in, its items one by one out: read on a thread of its own, and left at once when told.

A thread that waits for a socket hears neither Ctrl-C nor a stop button; a task can be cancelled at any time.
"""

import asyncio
import queue
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Generator
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")
_PAUSE = 0.1  # seconds
_FAREWELL = 2.0  # seconds for closing connections; the name server may keep the thread for longer


def items(source: Callable[[], AsyncIterator[T]], pause: float = _PAUSE) -> Generator[T | None, None, None]:
    """What the source gives, and None whenever nothing came for `pause` seconds, so that the caller can look about.

    Leaving the loop cancels the source, whatever it waits for. Raises what the source raises.
    """
    told: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
    running: list[tuple[asyncio.AbstractEventLoop, asyncio.Task[Any] | None]] = []

    async def read() -> None:
        running.append((asyncio.get_running_loop(), asyncio.current_task()))
        async for item in source():
            told.put(("item", item))

    def work() -> None:
        try:
            asyncio.run(read())
        except BaseException as error:  # raised again on the thread that waits
            told.put(("failed", error))
        else:
            told.put(("done", None))

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        while True:
            try:
                kind, what = told.get(timeout=pause)
            except queue.Empty:
                yield None
                continue
            if kind == "failed":
                raise what
            if kind == "done":
                return
            yield what
    finally:
        for loop, task in running:
            if task is not None:
                with suppress(RuntimeError):  # it has ended by itself
                    loop.call_soon_threadsafe(task.cancel)
        thread.join(_FAREWELL)


def result(ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """What the coroutine gives. Raises what it raises; Ctrl-C cancels it."""

    async def once() -> AsyncIterator[tuple[T]]:
        yield (await ask(),)

    for found in items(once):
        if found is not None:
            return found[0]
    raise AssertionError("a coroutine gave nothing")
