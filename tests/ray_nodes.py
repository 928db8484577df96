"""A Ray cluster of two nodes on this machine, as `ray start` makes it, and a function that says on which it is at work and
waits to be told to go on."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from corpora.document import Document
from corpora.files import write_whole
from extractors.extract import Record
from warehouse.ingest import _extract

STORE = 100 << 20  # bytes of memory for a node's objects, near the least that Ray takes
SIGNS = "HUABEN_TEST_SIGNS"  # names the folder of the files begun-NODE-DOCUMENT, with the process, and go
QUICK = '{"health_check_initial_delay_ms": 0, "health_check_period_ms": 500, "health_check_failure_threshold": 4}'
START = [sys.executable, "-P", "-m", "ray.scripts.scripts", "start", "--num-cpus", "1", "--block"]


class Cluster:
    """A head and, beside it, a second node that can be lost and joined again."""

    def __init__(self, folder: Path) -> None:
        from ray.util import get_node_ip_address

        port, client = _free_ports(2)
        self._folder = folder
        self._second: subprocess.Popen[bytes] | None = None
        self.address = f"{get_node_ip_address()}:{port}"
        asked = ["--head", "--port", str(port), "--ray-client-server-port", str(client), "--system-config", QUICK]
        self._head = self._start(*asked, "--include-dashboard", "false", "--temp-dir", str(folder))
        self.join()

    def join(self) -> None:
        """There is a second node, whether the one that was there has been lost or not."""
        if self._second is None or self._second.poll() is not None:
            self._second = self._start("--address", self.address)

    def lose(self) -> None:
        """The second node is gone, with all its processes, from one moment to the next."""
        assert self._second
        _kill(self._second)

    def second_does(self, task: str) -> bool:
        """Whether a task of that name is at work on the second node now."""
        assert self._second
        found = psutil.Process(self._second.pid).children(recursive=True)
        with suppress(psutil.NoSuchProcess):
            return any((process.cmdline() or [""])[0].startswith(f"ray::{task}") for process in found)
        return False

    def stop(self) -> None:
        """Nothing is left."""
        for node in (self._second, self._head):
            if node:
                _kill(node)

    def _start(self, *words: str) -> "subprocess.Popen[bytes]":
        log = self._folder / f"start-{time.monotonic_ns()}.log"
        with open(log, "wb") as stream:
            command = [*START, "--object-store-memory", str(STORE), *words]
            node = subprocess.Popen(command, stdout=stream, stderr=stream, start_new_session=True)
        deadline = time.monotonic() + 180
        while "Ray runtime started" not in log.read_text(encoding="utf-8", errors="replace"):
            if node.poll() is not None or time.monotonic() > deadline:
                _kill(node)
                raise RuntimeError(log.read_text(encoding="utf-8", errors="replace")[-2000:])
            time.sleep(0.1)
        return node


@contextmanager
def two_nodes(folder: Path) -> Iterator[Cluster]:
    """A cluster of a head and a second node, of one core each. `folder` has a short path: Ray's sockets lie in it."""
    cluster = Cluster(folder)
    try:
        yield cluster
    finally:
        cluster.stop()


def second_id() -> str:
    """The second node's id, as the cluster to which this process is connected knows it."""
    import ray

    (found,) = [node["NodeID"] for node in ray.nodes() if node["Alive"] and not _is_head(node)]
    return str(found)


def _is_head(node: dict[str, Any]) -> bool:
    return "node:__internal_head__" in node["Resources"]


@contextmanager
def head_taken() -> Iterator[None]:
    """Whatever is begun meanwhile is begun on the second node: the head's one core is taken."""
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    class Idle:
        def there(self) -> bool:
            return True

    (head,) = [node["NodeID"] for node in ray.nodes() if node["Alive"] and _is_head(node)]
    on_head = NodeAffinitySchedulingStrategy(head, soft=False)
    actor: Any = ray.remote(num_cpus=1)(Idle)
    idle = actor.options(scheduling_strategy=on_head).remote()
    assert ray.get(idle.there.remote())
    try:
        yield
    finally:
        ray.kill(idle)


def patient_extract(document: Document) -> list[Record]:
    """What `_extract` gives, once there is a file `go`."""
    import ray

    signs = Path(os.environ[SIGNS])
    begun = signs / f"begun-{ray.get_runtime_context().get_node_id()}-{document.document_id}"
    with write_whole(begun) as whole:
        whole.write_text(str(os.getpid()))
    while not (signs / "go").exists():
        time.sleep(0.05)
    return _extract(document)


def _kill(node: "subprocess.Popen[bytes]") -> None:
    with suppress(psutil.NoSuchProcess):
        whole = psutil.Process(node.pid)
        for process in [whole, *whole.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                process.kill()
    node.wait()


def _free_ports(number: int) -> list[int]:
    found = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [server.getsockname()[1] for server in found]
    for server in found:
        server.close()
    return ports
