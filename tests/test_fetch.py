"""Downloads over loopback: resumed, retried, checked, limited, and never half there."""

import hashlib
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from corpora.errors import BadInput
from corpora.fetch import FetchConfig, fetch
from corpora.registry import Source

BODY = ("话说天下大势，分久必合，合久必分。\n" * 4000).encode()
Answer = Callable[[BaseHTTPRequestHandler, int], None]


class Server:
    """Answers each request with the next of `script`, the last one for ever; keeps what was asked."""

    def __init__(self) -> None:
        self.script: list[Answer] = []
        self.ranges: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                turn = len(outer.ranges)
                outer.ranges.append(self.headers.get("Range", ""))
                self.close_connection = True
                outer.script[min(turn, len(outer.script) - 1)](self, turn)

            def log_message(self, *args: Any) -> None:
                return

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/pg1.txt"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    it = Server()
    thread = threading.Thread(target=it.http.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield it
    it.http.shutdown()
    thread.join()
    it.http.server_close()


def send(
    status: int = 200, body: bytes = BODY, *, cut: int | None = None, ranges: bool = True, **headers: str
) -> Answer:
    """An answer with `body`; honours Range where `ranges`; closes the connection after `cut` bytes."""

    def answer(handler: BaseHTTPRequestHandler, turn: int) -> None:
        wanted = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range", ""))
        fresh = handler.headers.get("If-Range") == headers.get("ETag")
        start = int(wanted[1]) if wanted and ranges and fresh and status == 200 else 0
        part = body[start:]
        handler.send_response(206 if start else status)
        if start:
            handler.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        handler.send_header("Content-Length", str(len(part)))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(part if cut is None else part[:cut])

    return answer


def source(server: Server, **more: str) -> Source:
    return Source("g/1", "novel", "T", "somewhere/pg1.txt", url=server.url, **more)  # type: ignore[arg-type]


def run(server: Server, into: Path, waits: list[float] | None = None, **more: str) -> Path:
    return fetch(source(server, **more), into, FetchConfig(attempts=3, timeout_s=5), sleep=(waits or []).append)


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_fetches_and_keeps(server: Server, tmp_path: Path) -> None:
    server.script = [send(ETag='"1"')]
    target = run(server, tmp_path / "new", sha256=hashlib.sha256(BODY).hexdigest())
    assert target == tmp_path / "new" / "pg1.txt"
    assert target.read_bytes() == BODY
    assert left(tmp_path / "new") == ["pg1.txt"]
    assert run(server, tmp_path / "new") == target  # it is there, so nothing is asked
    assert server.ranges == [""]
    fetch(source(server), tmp_path / "new", refresh=True)
    assert server.ranges == ["", ""]


def test_resumes_after_a_cut_connection(server: Server, tmp_path: Path) -> None:
    server.script = [send(ETag='"1"', cut=70_000), send(ETag='"1"', cut=50_000), send(ETag='"1"')]
    assert run(server, tmp_path).read_bytes() == BODY
    starts = [int(asked[6:-1]) for asked in server.ranges[1:]]
    assert server.ranges[0] == ""
    assert 0 < starts[0] <= 70_000
    assert starts[0] < starts[1] <= 120_000


def test_resumes_in_a_later_call(server: Server, tmp_path: Path) -> None:
    server.script = [send(ETag='"1"', cut=70_000), send(503)]
    with pytest.raises(BadInput, match="the server answers 503, 3 times in a row; try again later"):
        run(server, tmp_path)
    assert left(tmp_path) == ["pg1.txt.part", "pg1.txt.part.json"]
    server.script = [send(ETag='"1"')]
    assert run(server, tmp_path).read_bytes() == BODY
    assert server.ranges[-1].startswith("bytes=")
    assert left(tmp_path) == ["pg1.txt"]


def test_begins_anew_where_the_file_has_changed(server: Server, tmp_path: Path) -> None:
    other = BODY[::-1]
    server.script = [send(ETag='"1"', cut=70_000), send(body=other, ETag='"2"')]
    assert run(server, tmp_path).read_bytes() == other


def test_begins_anew_where_the_server_ignores_range(server: Server, tmp_path: Path) -> None:
    server.script = [send(ETag='"1"', cut=70_000), send(ETag='"1"', ranges=False)]
    assert run(server, tmp_path).read_bytes() == BODY
    assert server.ranges[1].startswith("bytes=")


def test_without_a_validator_it_does_not_resume(server: Server, tmp_path: Path) -> None:
    server.script = [send(cut=70_000, ETag='W/"1"'), send()]
    assert run(server, tmp_path).read_bytes() == BODY
    assert server.ranges == ["", ""]


def test_range_not_satisfiable_begins_anew(server: Server, tmp_path: Path) -> None:
    server.script = [send(ETag='"1"', cut=70_000), send(416), send(ETag='"1"')]
    assert run(server, tmp_path).read_bytes() == BODY
    assert server.ranges[2] == ""


def test_waits_longer_each_time_and_as_long_as_asked(server: Server, tmp_path: Path) -> None:
    waits: list[float] = []
    server.script = [send(503), send(429, Retry_After="7"), send()]
    fetch(source(server), tmp_path, FetchConfig(backoff_s=1.0), sleep=waits.append)
    assert 0.5 <= waits[0] <= 1.0
    assert waits[1] == 7.0
    waits.clear()
    server.script = [send(500)]
    server.ranges.clear()
    with pytest.raises(BadInput, match="the server answers 500"):
        fetch(source(server), tmp_path / "b", FetchConfig(attempts=6, longest_wait_s=6.0), sleep=waits.append)
    assert len(waits) == 5
    assert all(low <= wait <= high for wait, low, high in zip(waits, (0.5, 1, 2, 4, 6), (1, 2, 4, 6, 6), strict=True))


def test_retry_after_as_a_date_is_capped(server: Server, tmp_path: Path) -> None:
    waits: list[float] = []
    server.script = [send(503, Retry_After="Fri, 31 Dec 2100 23:59:59 GMT"), send()]
    fetch(source(server), tmp_path, FetchConfig(longest_wait_s=3.0), sleep=waits.append)
    assert waits == [3.0]


def test_wrong_checksum_leaves_nothing(server: Server, tmp_path: Path) -> None:
    server.script = [send()]
    with pytest.raises(BadInput, match=r"SHA-256 is [0-9a-f]{64}, but the registry says 0000"):
        run(server, tmp_path, sha256="0" * 64)
    assert left(tmp_path) == []


def test_a_file_with_another_checksum_is_fetched_again(server: Server, tmp_path: Path) -> None:
    (tmp_path / "pg1.txt").write_bytes(b"old")
    server.script = [send()]
    assert run(server, tmp_path, sha256=hashlib.sha256(BODY).hexdigest()).read_bytes() == BODY


def test_endless_body_stops_at_the_limit(server: Server, tmp_path: Path) -> None:
    def endless(handler: BaseHTTPRequestHandler, turn: int) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(b"x" * 65_536)
        except OSError:
            return

    server.script = [endless]
    with pytest.raises(BadInput, match="more than 300,000 bytes; raise limit_bytes"):
        fetch(source(server), tmp_path, FetchConfig(limit_bytes=300_000))
    assert left(tmp_path) == []
    server.script = [send()]  # announced in Content-Length: refused before it is read
    with pytest.raises(BadInput, match="more than 1,000 bytes"):
        fetch(source(server), tmp_path, FetchConfig(limit_bytes=1000))


def test_not_found_is_one_sentence_and_not_retried(server: Server, tmp_path: Path) -> None:
    server.script = [send(404, b"gone")]
    with pytest.raises(BadInput) as caught:
        run(server, tmp_path)
    assert str(caught.value) == f"{server.url}: the server answers 404; correct the address"
    assert len(server.ranges) == 1
    assert left(tmp_path) == []


def test_empty_body_is_an_error(server: Server, tmp_path: Path) -> None:
    server.script = [send(body=b"")]
    with pytest.raises(BadInput, match="the server sends an empty file"):
        run(server, tmp_path)
    assert not (tmp_path / "pg1.txt").exists()


def test_redirects_are_followed_but_only_over_http(server: Server, tmp_path: Path) -> None:
    server.script = [send(302, b"", Location="/other.txt"), send()]
    assert run(server, tmp_path).read_bytes() == BODY
    server.ranges.clear()
    server.script = [send(302, b"", Location="file:///etc/passwd")]
    with pytest.raises(BadInput, match=r"file:///etc/passwd|protocol"):
        run(server, tmp_path / "b")


def test_nobody_there_and_no_url(server: Server, tmp_path: Path) -> None:
    closed = Source("g/1", "novel", "T", "a.txt", url="http://127.0.0.1:9/a.txt")
    waits: list[float] = []
    with pytest.raises(BadInput, match="refused, 2 times in a row; try again later, or check the address"):
        fetch(closed, tmp_path, FetchConfig(attempts=2), sleep=waits.append)
    assert len(waits) == 1
    with pytest.raises(BadInput, match="has no url"):
        fetch(Source("g/1", "novel", "T", "a.txt"), tmp_path)


def test_target_folder_that_cannot_be_made(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    server.script = [send()]
    with pytest.raises(BadInput, match="cannot be written"):
        run(server, tmp_path / "file" / "folder")
