"""Engine ray on two nodes of this machine, one of them killed at work: the same rows as local, every one."""

import json
import os
import secrets
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq
import pytest
from main_job import HUABEN, Job, environment
from ray_nodes import SIGNS, Cluster, head_taken, patient_extract, second_id, two_nodes
from tiny_model import hand_rows, tiny_tokenizer

from corpora.document import Document
from corpora.errors import BadInput
from corpora.load import load_document
from corpora.registry import load_registry
from flows.engine.choose import engine
from flows.engine.config import EngineConfig
from train import spread
from train.tokenise import TokenConfig, encode_rows
from warehouse import dedup_rows, ingest
from warehouse.dedup_file import dedup_file
from warehouse.engine import Engine
from warehouse.lake import Lake, reading, writing
from warehouse.rowhash import row_hashes

pytestmark = [
    pytest.mark.slow,
    pytest.mark.ray,
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
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
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
        with (
            TemporaryDirectory(prefix="hb", ignore_cleanup_errors=True) as folder,
            prefect_test_harness(server_startup_timeout=180),
            two_nodes(Path(folder)) as cluster,
        ):
            yield cluster


@pytest.fixture(scope="module")
def ray(cluster: Cluster) -> Iterator[Engine]:
    with engine(EngineConfig("ray", cluster.address)) as ray:
        yield ray


def kill_when(
    cluster: Cluster, due: Callable[[str], bool], then: Callable[[], None] = lambda: None
) -> threading.Thread:
    """A thread that kills the second node once `due` says so of its id."""

    node = second_id()

    def wait() -> None:
        deadline = time.monotonic() + 60
        while not due(node) and time.monotonic() < deadline:
            time.sleep(0.05)
        cluster.lose()
        then()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


def rows(lake: Lake) -> dict[str, list[tuple[Any, ...]]]:
    return {table: lake.connection.execute(query).fetchall() for table, query in ROWS.items()}


def test_extraction_goes_on_when_a_node_is_killed(
    cluster: Cluster, ray: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
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
    cluster: Cluster, ray: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
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
    cluster.join()
    killing = kill_when(cluster, lambda _: any(tmp_path.glob("there/.part-000001.*/met-*.npz")))
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


def test_tokens_are_those_of_here(ray: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spread, "PART", 10)
    made, tokenizer, tokens = hand_rows(), tiny_tokenizer(), TokenConfig(max_length=60)
    assert len(made) > 20
    expected = encode_rows(made, tokenizer, tokens)
    assert encode_rows(made, tokenizer, tokens, ray.map) == expected
    with pytest.raises(BadInput, match=r"row \S+ has \d+ tokens, the limit is 20"):
        encode_rows(made, tokenizer, TokenConfig(max_length=20, overlong="refuse"), ray.map)


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
    monkeypatch.setattr(tasks, "code_of_rooms", lambda: "0" * 16)
    with pytest.raises(BadInput, match="runs other code than this machine"):
        list(ray.map(ingest._extract, [broken]))


def test_the_commands_give_the_rows_of_local_when_a_node_is_lost(
    cluster: Cluster, ray: Engine, job: Job, tmp_path: Path
) -> None:
    """Last: it loses the second node in the middle of `huaben run`."""
    from prefect.settings import PREFECT_API_URL

    log = tmp_path / "log"

    def begun(home: Path, *words: str) -> "subprocess.Popen[bytes]":
        env = {**environment(home), "PREFECT_API_URL": str(PREFECT_API_URL.value())}
        with open(log, "ab") as stream:  # a pipe that nobody reads would fill up
            return subprocess.Popen([*HUABEN, *words], env=env, stdout=stream, stderr=stream)

    files = [str(source.path) for source in load_registry("sample")][:3]
    homes = [tmp_path / "here", tmp_path / "own", tmp_path / "there"]
    on_ray = ["--engine", "ray"]
    for home, more in zip(homes, ([], on_ray, [*on_ray, "--address", cluster.address]), strict=True):
        process = begun(home, "ingest", *files, *more)
        assert process.wait() == 0, log.read_text(encoding="utf-8")
    assert hashes(homes[0]) == hashes(homes[1]) == hashes(homes[2])
    cluster.join()
    config, home = tmp_path / "ray.toml", tmp_path / "home"
    table = f'\n[engine]\nkind = "ray"\naddress = "{cluster.address}"\n'
    config.write_text(job.config.read_text(encoding="utf-8") + table, encoding="utf-8")
    with head_taken():
        process = begun(home, "run", "--config", str(config), "--engine", "ray")
        while process.poll() is None and not cluster.second_does("extract"):
            time.sleep(0.2)
        assert process.poll() is None, log.read_text(encoding="utf-8")
        cluster.lose()
    assert process.wait() == 0, log.read_text(encoding="utf-8")
    assert hashes(home) == hashes(job.home)
    for found in ("adapters/*/adapter_model.safetensors", "sets/*/*.parquet", "sets/*/manifest.json"):
        here, there = (
            {path.relative_to(one).as_posix(): path.read_bytes() for path in one.glob(found)}
            for one in (job.home, home)
        )
        assert here == there and here


def hashes(home: Path) -> dict[str, str]:
    """Of the rows of each table but `runs`, whose seconds differ from run to run."""
    with reading(home) as lake:
        return {name: told for name, told in row_hashes(lake).items() if name != "runs"}
