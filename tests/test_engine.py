"""Engine local in one process and in two, and what is said before Ray is asked for anything."""

import pickle
import socket
from pathlib import Path

import pytest

from corpora.errors import BadInput
from flows.config import read_config
from flows.engine import cluster
from flows.engine.choose import engine
from flows.engine.config import EngineConfig
from flows.engine.work import code_of_rooms, packed, parts, work
from warehouse.engine import Here
from warehouse.normalise import normalise

TEXTS = ["曹操曰：“善。”", "是！", "", "張飛大怒", *(f"第{k}回" for k in range(20))]


@pytest.mark.parametrize("workers", [0, 1, 2])
def test_local_gives_every_result_in_order(workers: int) -> None:
    with engine(EngineConfig(workers=workers)) as here:
        assert list(here.map(normalise, iter(TEXTS))) == [normalise(text) for text in TEXTS]
        assert list(here.map(normalise, [])) == []


def test_one_item_starts_no_process() -> None:
    assert list(Here(2).map(lambda text: text * 2, ["是"])) == ["是是"]  # a lambda cannot be sent to another process


def test_an_error_leaves_as_it_was_raised() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        list(Here(2).map(int, ["1", "二", "3", "x"]))


def test_few_items_are_spread_and_many_small_ones_go_together() -> None:
    assert list(parts(TEXTS[:5], 4)) == [[pickle.dumps(text)] for text in TEXTS[:5]]
    made = list(parts(range(10_000), 2))
    assert [pickle.loads(item) for part in made for item in part] == list(range(10_000))
    sizes = [len(part) for part in made]
    assert sizes[:16] == [1] * 16 and sizes[:-1] == sorted(sizes[:-1]) and len(sizes) < 200
    assert all(size <= 1 + sum(sizes[:k]) // 16 for k, size in enumerate(sizes))
    assert {len(part) for part in parts([bytes(1 << 20)] * 40, 1)} == {1}


def test_work_is_done_for_each_item_and_refused_to_other_code() -> None:
    part = [pickle.dumps(text) for text in ("12", "3")]
    assert pickle.loads(work(packed(int, part), code_of_rooms())) == [12, 3]
    with pytest.raises(BadInput, match="runs other code than this machine"):
        work(packed(int, part), "0" * 16)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ('kind = "spark"', "choose one of local, ray"),
        ('address = "head:6379"', 'is for kind "ray"'),
        ('kind = "ray"\naddress = "ray://head:10001"', "give HOST:PORT of the head"),
        ('kind = "ray"\naddress = "head"', "give HOST:PORT of the head"),
        ("workers = -1", "it must be 1 or more, or 0"),
    ],
)
def test_what_a_config_may_not_say(tmp_path: Path, table: str, words: str) -> None:
    path = tmp_path / "run.toml"
    path.write_text(f'registries = ["sample"]\n[engine]\n{table}\n', encoding="utf-8")
    with pytest.raises(BadInput, match=words):
        read_config(path)


def test_the_command_line_names_the_engine_last(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text('registries = ["sample"]\n[engine]\nworkers = 3\n', encoding="utf-8")
    assert read_config(path).engine == EngineConfig("local", "", 3)
    assert read_config(path, engine="ray").engine == EngineConfig("ray", "", 3)
    with pytest.raises(BadInput, match="--engine: kind is 'rya'; choose one of local, ray"):
        read_config(path, engine="rya")


def test_ray_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "find_spec", lambda name: None)
    with pytest.raises(BadInput, match="Ray is not installed; run: pip install"), engine(EngineConfig("ray")):
        pass


def test_workers_elsewhere_need_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "find_spec", lambda name: name)
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    with socket.create_server(("127.0.0.1", 0)) as head:
        address = f"127.0.0.1:{head.getsockname()[1]}"
        with pytest.raises(BadInput, match="PREFECT_API_URL is not set"), engine(EngineConfig("ray", address)):
            pass
    with pytest.raises(BadInput, match=f"no Ray cluster answers at {address}"), engine(EngineConfig("ray", address)):
        pass


@pytest.mark.parametrize("server", ["http://127.0.0.1:4200/api", "http://localhost:4200/api", "http://[::1]:4200/api"])
def test_workers_elsewhere_cannot_reach_loopback(server: str) -> None:
    cluster._check_reachable(server, ["10.0.0.1", "10.0.0.1"])
    cluster._check_reachable("http://10.0.0.1:4200/api", ["10.0.0.1", "10.0.0.2"])
    with pytest.raises(BadInput, match=r"the worker at 10.0.0.2 cannot reach"):
        cluster._check_reachable(server, ["10.0.0.1", "10.0.0.2"])
