"""Whatever listens does so on loopback unless it is told otherwise; whatever loads a model runs no code that came with it."""

import ast
import re
import sys
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from typer.main import get_command

from corpora.errors import BadInput
from eval.serving.serve import address
from eval.studio.serve import StudioConfig
from flows.cli import app
from flows.engine import cluster
from flows.engine.config import EngineConfig
from flows.serve.plan import ServerConfig, read_plan

ROOT = Path(__file__).parent.parent
ROOMS = ("corpora", "extractors", "warehouse", "train", "eval", "flows")


def calls(*names: str) -> Iterator[tuple[str, ast.Call]]:
    """Every call of a function or method of these names in the rooms, with where it stands."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                    if name in names:
                        yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def test_every_command_that_listens_does_so_on_loopback() -> None:
    hosts = {
        name: option.default
        for name, command in get_command(app).commands.items()  # type: ignore[attr-defined]
        for option in command.params
        if option.name == "host"
    }
    assert hosts == {"studio": "127.0.0.1", "chat": "127.0.0.1"}
    assert StudioConfig().host == ServerConfig().host == "127.0.0.1"
    assert address("127.0.0.1", 0).token == "" and address("0.0.0.0", 0).token  # elsewhere nobody comes in without one


def test_the_bundled_schedule_listens_on_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert ip_address(read_plan(ROOT / "configs" / "schedule.toml").server.host).is_loopback


def test_every_socket_that_is_opened_has_an_address_that_is_known() -> None:
    """A further listener is to be looked at, and named here."""
    opened = {
        where.rpartition(":")[0]: ast.unparse(call)
        for where, call in calls("create_server", "bind", "Config", "HTTPServer", "ThreadingHTTPServer")
        if "uvicorn" in ast.unparse(call) or "socket" in ast.unparse(call) or "Server" in ast.unparse(call.func)
    }
    assert opened.keys() == {"eval/serving/serve.py", "flows/serve/own.py"}
    assert opened["flows/serve/own.py"] == "socket.create_server(('127.0.0.1', 0))"
    assert "host=at.host" in opened["eval/serving/serve.py"]


def test_ray_that_is_started_here_listens_on_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, dict[str, Any]]] = []

    def init(address: str, **options: Any) -> None:
        asked.append((address, options))
        raise ConnectionError("that is all we want to know")

    for name in ("ray", "prefect_ray", "flows.engine.tasks"):
        fake: Any = ModuleType(name)
        fake.init, fake.shutdown, fake.RayTaskRunner, fake.OnRay = init, print, None, None
        monkeypatch.setitem(sys.modules, name, fake)
    monkeypatch.setattr(cluster, "find_spec", lambda name: name)
    monkeypatch.setattr(cluster, "_server", lambda config: "http://127.0.0.1:1/api")
    for name in ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN", *cluster._OURS):
        monkeypatch.setenv(name, "as it was")
    with pytest.raises(BadInput, match="Ray cannot be started on this machine"), cluster.on_ray(EngineConfig("ray")):
        pass
    ((address, options),) = asked
    assert (address, options["_node_ip_address"], options["include_dashboard"]) == ("local", "127.0.0.1", False)


def test_no_model_brings_code_or_pickles() -> None:
    loaded = {where.rpartition(":")[0]: ast.unparse(call) for where, call in calls("from_pretrained", "read")}
    ours = {path: call for path, call in loaded.items() if "from_pretrained" in call or path == "train/bases.py"}
    assert ours.keys() == {"eval/models.py", "train/bases.py", "train/merge.py", "train/onward.py"}
    for path in ("eval/models.py", "train/merge.py", "train/onward.py"):
        assert ours[path].startswith(("PeftModel.from_pretrained(", "cast(PreTrainedModel, PeftModel"))
    texts = {path: path.read_text(encoding="utf-8") for room in ROOMS for path in (ROOT / room).rglob("*.py")}
    said = {
        str(path.relative_to(ROOT)): set(re.findall(r'trust_remote_code"?\]? ?= ?([\w.]+)', text))
        for path, text in texts.items()
        if "trust_remote_code" in text
    }
    assert said == {"train/bases.py": {"trusted", "trust.covers"}}  # as a config says: tests/test_trust.py
    pickled = [
        where for where, _ in calls("load", "loads") if "pickle" in ast.unparse(_) or "torch.load" in ast.unparse(_)
    ]
    assert {where.rpartition(":")[0] for where in pickled} <= {
        "flows/engine/tasks.py",
        "flows/engine/work.py",
        "warehouse/spool.py",
    }  # our own calls, over Ray's wire, and our own rows, in a file without a name
