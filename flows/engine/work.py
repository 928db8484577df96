"""A function and some inputs as bytes in, what it gives for each as bytes out: what a machine of the cluster does.

A module of its own because each worker imports it: Ray Data, which it does not need, takes a second and 100 MB.
"""

import pickle
import socket
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from corpora.errors import BadInput
from warehouse.fingerprint import code_fingerprint

_ROOMS = ("corpora", "extractors", "warehouse", "train")
_TURNS = 8  # parts of a size before they grow: at the end nobody waits for more than an eighth of a worker's share
_BYTES = 1 << 20  # from which on a part takes no more items


def code_of_rooms() -> str:
    """What must be the same here and on the machine that asks."""
    return code_fingerprint(*_ROOMS)


def parts(items: Iterable[Any], workers: int) -> Iterator[list[bytes]]:
    """The items as bytes, in order, some at a time: few items one by one, so that all workers have some; of many small
    ones ever more, because what a task costs beside its work is as much for one page as for fifty."""
    part: list[bytes] = []
    size = sent = 0
    for item in items:
        part.append(pickle.dumps(item))
        size += len(part[-1])
        if len(part) > sent // (_TURNS * workers) or size >= _BYTES:
            yield part
            sent += len(part)
            part, size = [], 0
    if part:
        yield part


def packed(function: Callable[..., Any], part: list[bytes]) -> bytes:
    """What `work` is to do. As bytes: Prefect would otherwise walk through every record in search of its own futures."""
    return pickle.dumps((function, part))


def work(call: bytes, code: str) -> bytes:
    """The list of what the function gives for each item, to be unpickled; `code` is that of the machine that asks.

    Raises what the function raises, and BadInput when other code is installed here: its rows would pass for theirs.
    """
    if code_of_rooms() != code:
        raise BadInput(
            f"engine ray: the worker on {socket.gethostname()} runs other code than this machine; install one version "
            "of huaben on all machines of the cluster"
        )
    function, part = pickle.loads(call)
    return pickle.dumps([function(pickle.loads(item)) for item in part])
