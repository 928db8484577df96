"""A generated web site on loopback in; pages per second of `corpora.crawl` out, unthrottled and as its users run it.

    .venv/bin/python benchmarks/crawl.py [PAGES]        1,000 question pages by default, with 50 to a list page

Each page holds five questions among navigation, some 6 KB. Four figures: the first crawl, a crawl begun again after it
was broken off at the end (walks what it has, asks for nothing), a second crawl of the unchanged site (304 throughout),
and the reading of all pages into documents. The server is Python's own, in a process beside the crawler's.
"""

import hashlib
import multiprocessing
import resource
import sqlite3
import sys
import tempfile
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path

from corpora.crawl.documents import stored_documents
from corpora.crawl.run import crawl, state_folder
from corpora.crawl.spider import SpiderConfig

PER_LIST = 50
QUESTION = "<p>{n}．《水浒传》第{n}回里，上梁山的是谁？（　）</p><p>A．林冲　B．宋江　C．武松　D．鲁智深</p><p>【答案】A【解析】{why}</p>"


def page(path: str, pages: int) -> bytes:
    """The body of a path: a list page with links, or a page of questions."""
    number = int(path.strip("/").rpartition("/")[2].partition(".")[0] or 0)
    if path.startswith("/page/"):
        why = "林教头风雪山神庙，陆虞候火烧草料场。" * 20
        main = "".join(QUESTION.format(n=number * 5 + k, why=why) for k in range(5))
    else:
        links = [f"/page/{n}.html" for n in range(number * PER_LIST, min(pages, (number + 1) * PER_LIST))]
        links += [f"/list/{number + 1}"] if (number + 1) * PER_LIST < pages else []
        main = "".join(f'<li><a href="{link}">第{link}卷</a></li>' for link in links)
    navigation = "".join(f'<a href="/about/{n}">栏目{n}</a>' for n in range(20))
    return (
        f"<!doctype html><meta charset=utf-8><title>卷{path}</title><nav>{navigation}</nav><main>{main}</main>".encode()
    )


def serve(pipe: Connection, pages: int) -> None:
    """Sends its port and answers for ever."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = b"" if self.path == "/robots.txt" else page(self.path, pages)
            tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
            same = self.headers.get("If-None-Match") == tag
            self.send_response(304 if same else 200)
            self.send_header("Content-Type", "text/html")
            self.send_header("ETag", tag)
            if not same:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if not same:
                self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    pipe.send(server.server_address[1])
    server.serve_forever()


def main() -> None:
    """Print the figures."""
    pages = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(theirs, pages), daemon=True)
    server.start()
    host = f"127.0.0.1:{ours.recv()}"
    config = SpiderConfig(
        name="loopback", kind="quiz", start=(f"http://{host}/list/0",), follow=(r"/list/\d+$",),
        pages=(r"/page/\d+\.html$",), private_hosts=("127.0.0.1",), content="main", delay_s=0, per_host=16,
        max_pages=2 * pages, max_depth=pages,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for label in ("first crawl", "begun again", "second crawl, 304"):
            if label == "begun again":
                with sqlite3.connect(state_folder(config, home) / "pages.sqlite") as store:
                    store.execute("UPDATE crawls SET ended_at = NULL")
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            done = crawl(config, home)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            got = done.count("page", "link page")
            print(f"{label:18} {got:,} pages in {done.seconds:5.1f} s: {got / done.seconds:5.0f} pages/s "
                  f"({busy:.1f} s of CPU), {done.requests:,} requests, {done.bytes / 2**20:.1f} MiB")  # fmt: skip
        began = time.perf_counter()
        documents, left_out = stored_documents(config, home)
        seconds = time.perf_counter() - began
        print(f"{'into documents':18} {len(documents):,} pages in {seconds:5.1f} s: {len(documents) / seconds:5.0f} pages/s, "
              f"{len(left_out)} left out")  # fmt: skip
    server.terminate()


if __name__ == "__main__":
    main()
