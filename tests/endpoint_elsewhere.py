"""A reply in, a server on loopback that gives it out: the well-behaved and the hostile endpoints that tests talk to."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Asked = dict[str, Any]
Reply = Callable[["Handler", Asked], None]


class Handler(BaseHTTPRequestHandler):
    """One request. A reply uses `send`, `event` and `drop`."""

    server: "Server"

    def do_GET(self) -> None:
        self.send(200, json.dumps({"data": [{"id": name} for name in self.server.models]}))

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append({**asked, "authorization": self.headers.get("Authorization", "")})
        try:
            self.server.reply(self, asked)
        except (BrokenPipeError, ConnectionResetError):
            self.server.left.set()

    def send(self, status: int, body: str, **headers: str) -> None:
        """A whole response."""
        data = body.encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def begin(self) -> None:
        """The head of a stream, whose end only the closing of the connection tells."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()

    def event(self, text: str, reason: str | None = None) -> None:
        """One event of a stream."""
        choice = {"index": 0, "delta": {"content": text}, "finish_reason": reason}
        self.raw(f"data: {json.dumps({'choices': [choice]}, ensure_ascii=False)}\n\n")

    def raw(self, text: str) -> None:
        self.wfile.write(text.encode())
        self.wfile.flush()

    def log_message(self, *_: Any) -> None:
        """Nothing."""


class Server(ThreadingHTTPServer):
    """The server, what it was asked, and whether somebody left in the middle of an answer."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, reply: Reply, models: list[str]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.reply, self.models = reply, models
        self.asked: list[Asked] = []
        self.left = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


@contextmanager
def elsewhere(reply: Reply, *models: str) -> Iterator[Server]:
    """The server in a thread of its own."""
    with Server(reply, list(models or ("big",))) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(5)


def says(*texts: str) -> Reply:
    """Streams the texts, or gives them in one object where no stream is asked for."""

    def reply(handler: Handler, asked: Asked) -> None:
        if not asked["stream"]:
            handler.send(
                200, json.dumps({"choices": [{"message": {"content": "".join(texts)}, "finish_reason": "stop"}]})
            )
            return
        handler.begin()
        for text in texts:
            handler.event(text)
        handler.event("", "stop")
        handler.raw("data: [DONE]\n\n")

    return reply


def drops(handler: Handler, asked: Asked) -> None:
    """Breaks off in the middle."""
    handler.begin()
    handler.event("未知")
    handler.close_connection = True


def garbage(handler: Handler, asked: Asked) -> None:
    """Sends what nobody can read, after something that can be read."""
    handler.begin()
    handler.event("未")
    handler.raw("data: <html>\n\n")


def breaks(handler: Handler, asked: Asked) -> None:
    """Answers 500, and says everything it was told back."""
    handler.send(500, json.dumps({"error": {"message": f"boom\x1b[31m {handler.headers.get('Authorization')}"}}))


def slow(handler: Handler, asked: Asked) -> None:
    """Says one word and then nothing for long."""
    handler.begin()
    handler.event("慢")
    for _ in range(200):
        time.sleep(0.05)
        handler.raw(": still here\n\n")


def silent(handler: Handler, asked: Asked) -> None:
    """Takes the question and says nothing at all."""
    time.sleep(5)
