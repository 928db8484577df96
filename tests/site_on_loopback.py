"""A web site on loopback for the crawler's tests: pages that can change, fail, redirect, and tell what was asked."""

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A crawler that is killed, or tired of waiting, closes the connection."""


@dataclass
class Page:
    """What a path answers. `failures` come first, one an ask, each a status; `headers` go with every answer."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    failures: list[int] = field(default_factory=list)
    slow_s: float = 0.0
    validator: str = "etag"  # or date, or none


@dataclass(frozen=True)
class Asked:
    """One request, as it was answered."""

    path: str
    headers: dict[str, str]
    status: int
    at: float  # seconds


class Site:
    """`pages` by path with query; `make` answers for paths that are not among them."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.make: Callable[[str], Page | None] = lambda path: None
        self.asked: list[Asked] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer._answer(self)

            def log_message(self, *args: Any) -> None:
                return

        self._http = _Server(("127.0.0.1", 0), Handler)
        self.port = self._http.server_address[1]
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.host}"

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        page = self.pages.get(handler.path) or self.make(handler.path) or Page(b"gone", 404)
        status, body, headers = page.status, page.body, {"Content-Type": "text/html", **page.headers}
        if page.failures:
            status = page.failures.pop(0)
        elif status == 200 and page.validator == "etag":
            headers["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:12]}"'
            status = 304 if handler.headers.get("If-None-Match") == headers["ETag"] else status
        elif status == 200 and page.validator == "date":
            headers["Last-Modified"] = "Mon, 06 Oct 2025 08:00:00 GMT"
            status = 304 if handler.headers.get("If-Modified-Since") == headers["Last-Modified"] else status
        self.asked.append(Asked(handler.path, dict(handler.headers.items()), status, time.monotonic()))
        time.sleep(page.slow_s)
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        if status != 304:
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        if status != 304:
            handler.wfile.write(body)

    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [asked.path for asked in self.asked]

    @contextmanager
    def serving(self) -> Iterator["Site"]:
        """Answer while the block runs."""
        thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._http.shutdown()
            thread.join()
            self._http.server_close()


def html(title: str, *links: str, body: str = "") -> bytes:
    """A small page with navigation, the body in div.main, and links."""
    anchors = "".join(f'<p><a href="{link}">{link}</a></p>' for link in links)
    return (
        f"<!doctype html><html><head><meta charset=utf-8><title>{title}</title></head><body><nav>首页 题库</nav>"
        f'<div class="main">{body}</div><div class="links">{anchors}</div></body></html>'
    ).encode()
