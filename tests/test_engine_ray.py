"""Engine ray on two nodes of this machine, one of them killed at work: the same rows as local, every one."""

import json
import os
import secrets
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any

import pyarrow.parquet as pq
import pytest
from ray_nodes import SIGNS, patient_extract, second_node, two_nodes

from corpora.document import Document
from corpora.errors import BadInput
from corpora.load import load_document
from corpora.registry import load_registry
from flows.engine.choose import engine
from flows.engine.config import EngineConfig
from warehouse import dedup_rows, ingest
from warehouse.dedup_file import dedup_file
from warehouse.engine import Engine
from warehouse.lake import Lake, writing

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(  # not imported here: Ray reads at import how machines prove who they are
        not (find_spec("ray") and find_spec("prefect_ray")),
        reason='Ray is not installed; run: pip install -c constraints.txt -e ".[ray]"',
    ),
]

ROWS = {
    "documents": "SELECT * EXCLUDE (fetched_at) FROM documents ORDER BY ALL",
    "utterances": "SELECT * FROM utterances ORDER BY ALL",
    "questions": "SELECT * FROM questions ORDER BY ALL",
    "instructions": "SELECT * FROM instructions ORDER BY ALL",
}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Two nodes, and a Prefect server that their workers tell how they fare."""
    from prefect.testing.utilities import prefect_test_harness

    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "RAY_USAGE_STATS_ENABLED": "0",
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN": secrets.token_hex(32),
            "PYTHONPATH": os.pathsep.join([str(Path.cwd()), str(Path(__file__).parent)]),
            SIGNS: str(tmp_path_factory.mktemp("signs")),
        }.items():
            patch.setenv(name, value)
        with prefect_test_harness(server_startup_timeout=180), two_nodes() as cluster:
            yield cluster


@pytest.fixture(scope="module")
def ray(cluster: Any) -> Iterator[Engine]:
    with engine(EngineConfig("ray", cluster.address)) as ray:
        yield ray


def kill_when(cluster: Any, due: Callable[[str], bool], then: Callable[[], None] = lambda: None) -> threading.Thread:
    """A thread that kills the second node once `due` says so of its id."""

    def wait() -> None:
        (node,) = cluster.worker_nodes
        deadline = time.monotonic() + 60
        while not due(node.node_id) and time.monotonic() < deadline:
            time.sleep(0.05)
        cluster.remove_node(node, allow_graceful=False)
        for begun in Path(os.environ[SIGNS]).glob(f"begun-{node.node_id}-*"):
            with suppress(ProcessLookupError):  # it goes by itself when its node is gone, but may finish before
                os.kill(int(begun.read_text()), signal.SIGKILL)
        then()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


def rows(lake: Lake) -> dict[str, list[tuple[Any, ...]]]:
    return {table: lake.connection.execute(query).fetchall() for table, query in ROWS.items()}


def test_extraction_goes_on_when_a_node_is_killed(
    cluster: Any, ray: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = [load_document(source) for source in load_registry("sample")]
    with writing(tmp_path / "local") as lake:
        ingest.ingest(lake, documents)
        expected = rows(lake)
    monkeypatch.setattr(ingest, "_extract", patient_extract)
    signs = Path(os.environ[SIGNS])
    killing = kill_when(cluster, lambda node: any(signs.glob(f"begun-{node}-*")), (signs / "go").touch)
    with writing(tmp_path / "ray") as lake:
        stored = ingest.ingest(lake, documents, ray)
        assert rows(lake) == expected
    killing.join()
    assert len(stored) == len(documents) and all(expected[table] for table in ROWS)
    begun = [path.name.split("-", 2) for path in signs.glob("begun-*")]
    assert len({node for _, node, _ in begun}) == 2
    assert len(begun) > len({source for _, _, source in begun}) == len(documents)  # what was lost was done again


def test_the_join_goes_on_when_a_node_is_killed(
    cluster: Any, ray: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.engine import shuffle

    monkeypatch.setattr(dedup_rows, "BLOCK", 20_000)  # bytes: several blocks to sign
    monkeypatch.setattr(shuffle, "ENTRIES", 500)  # and a dozen ranges to shuffle
    path, more = tmp_path / "rows.jsonl", tmp_path / "more.jsonl"
    lines = rows_like_each_other(600)
    path.write_text("\n".join(lines[:300]), encoding="utf-8")
    more.write_text("\n".join(lines[300:]), encoding="utf-8")
    dedup_file(path, "t", "id", 0.7, tmp_path / "first", tmp_path / "here")
    shutil.copytree(tmp_path / "here", tmp_path / "there")
    rows, kept = dedup_file(more, "t", "id", 0.7, tmp_path / "here.parquet", tmp_path / "here")
    assert rows == 300 and 0 < kept < 250
    second_node(cluster)
    killing = kill_when(cluster, lambda node: any(tmp_path.glob("there/.part-000001.*/met-*.npz")))
    assert dedup_file(more, "t", "id", 0.7, tmp_path / "there.parquet", tmp_path / "there", engine=ray) == (rows, kept)
    killing.join()
    assert pq.read_table(tmp_path / "there.parquet") == pq.read_table(tmp_path / "here.parquet")
    for kind in ("rows", "firsts", "pairs", "ties"):
        here, there = (
            [pq.read_table(file) for file in sorted((tmp_path / store / "part-000001").glob(f"{kind}*.parquet"))]
            for store in ("here", "there")
        )
        assert here == there and here
    keys = [(tmp_path / store / "part-000001" / "keys.u64").read_bytes() for store in ("here", "there")]
    assert keys[0] == keys[1] and not list(tmp_path.glob("there/*/met-*"))


def rows_like_each_other(number: int) -> list[str]:
    """JSON lines of texts of 20 to 60 characters, a third of them an earlier one with a character changed."""
    random = Random(20251121)
    texts: list[str] = []
    for _ in range(number):
        text = "".join(chr(0x4E00 + random.randrange(2000)) for _ in range(random.randrange(20, 60)))
        if texts and random.random() < 0.35:
            old = random.choice(texts)
            at = random.randrange(len(old))
            text = old[:at] + text[0] + old[at + 1 :]
        texts.append(text)
    return [json.dumps({"id": f"r{k}", "t": text}, ensure_ascii=False) for k, text in enumerate(texts)]


def test_what_a_worker_refuses_is_said_as_it_is(ray: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    from flows.engine import tasks

    broken = Document("d", "s", "quiz", "t", "[{]", "s.json", "utf-8", "0" * 64)
    with pytest.raises(BadInput, match="JSON"):
        list(ray.map(ingest._extract, [broken]))
    monkeypatch.setattr(tasks, "code_fingerprint", lambda *rooms: "0" * 16)
    with pytest.raises(BadInput, match="runs other code than this machine"):
        list(ray.map(ingest._extract, [broken]))
