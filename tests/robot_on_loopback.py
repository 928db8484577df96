"""A messenger's robot on loopback: what it is posted in, what it was told to answer out."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any


class Robot:
    """A messenger on loopback: keeps what it is posted, and answers as it was told to, the last answer for ever."""

    def __init__(self, path: str) -> None:
        self.got: list[tuple[str, dict[str, Any]]] = []
        self.answers: list[tuple[int, str]] = [(200, "ok")]
        self.looks: Callable[[str, dict[str, Any]], str] | None = None  # what it answers after a look at path and body
        robot = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                robot.got.append((self.path, json.loads(body)))
                status, text = robot.answers.pop(0) if robot.answers[1:] else robot.answers[0]
                if robot.looks:
                    text = robot.looks(*robot.got[-1])
                self.send_response(status)
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_: object) -> None:
                return

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}{path}"

    @contextmanager
    def listening(self) -> Iterator["Robot"]:
        """Answer while the block runs."""
        thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield self
        finally:
            self.server.shutdown()
            thread.join()
            self.server.server_close()
