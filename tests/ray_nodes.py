"""A Ray cluster of two nodes on this machine, and a function that says on which it is at work and waits to be told to go on."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from corpora.document import Document
from corpora.files import write_whole
from extractors.extract import Record
from warehouse.ingest import _extract

STORE = 100 << 20  # bytes of memory for a node's objects, near the least that Ray takes
SIGNS = "HUABEN_TEST_SIGNS"  # names the folder of the files begun-NODE-DOCUMENT, with the process, and go


@contextmanager
def two_nodes() -> Iterator[Any]:
    """A cluster of a head and a second node, of one core each."""
    from ray.cluster_utils import Cluster

    quick = {"health_check_initial_delay_ms": 0, "health_check_period_ms": 500, "health_check_failure_threshold": 4}
    head = {"num_cpus": 1, "object_store_memory": STORE, "include_dashboard": False, "_system_config": quick}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    try:
        second_node(cluster)
        yield cluster
    finally:
        cluster.shutdown()


def second_node(cluster: Any) -> Any:
    """A node of one core that has joined the cluster."""
    return cluster.add_node(num_cpus=1, object_store_memory=STORE)


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
