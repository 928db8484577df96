"""A Prefect server is told from any other program, at a port of ours and at the address that the environment names."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from corpora.errors import BadInput
from flows.serve.alive import state_folder
from flows.serve.plan import ServerConfig
from flows.serve.server import answers, known_server, running_server


class Greeter(BaseHTTPRequestHandler):
    """Has the same words for whatever is asked."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""


@pytest.fixture
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Greeter) as greeter:
        threading.Thread(target=greeter.serve_forever, daemon=True).start()
        yield greeter.server_port
        greeter.shutdown()


def test_another_program_is_no_server(port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    api = f"http://127.0.0.1:{port}"
    assert not answers(f"{api}/api")
    said = rf"^another program listens at 127\.0\.0\.1:{port}; give another \[server\] port$"
    with pytest.raises(BadInput, match=said), running_server(ServerConfig(port=port), tmp_path):
        pass
    monkeypatch.setenv("PREFECT_API_URL", api)
    said = rf"no Prefect server answers at {api}; start it, or unset the variable, or correct it: it ends in /api$"
    with pytest.raises(BadInput, match=said), running_server(ServerConfig(), tmp_path):
        pass


@pytest.mark.parametrize("noted", ["[]", "{}", "no JSON"])
def test_a_note_of_another_version_names_no_server(noted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    path = state_folder(tmp_path) / "server.json"
    path.parent.mkdir(parents=True)
    path.write_text(noted, encoding="utf-8")
    assert known_server(tmp_path) == ""
