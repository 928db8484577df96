"""What a spider keeps, what it reads its pages as, what it is refused, and how long it waits: without a network."""

import asyncio
import io
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from docx import Document as Word
from scrapy import Request
from scrapy.http import Response
from scrapy.settings import Settings

from corpora.crawl.documents import stored_documents
from corpora.crawl.guard import GuardMiddleware, Refused
from corpora.crawl.patience import BackOffMiddleware
from corpora.crawl.run import crawl, state_folder
from corpora.crawl.spider import SpiderConfig
from corpora.crawl.store import Store
from corpora.errors import BadInput

URL = "http://a.cn/p/1.html"
CONFIG = SpiderConfig(name="tiku", kind="quiz", start=("http://a.cn/",), pages=("/p/",), private_hosts=("a.cn",))
HTML = [("Content-Type", "text/html")]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    it = Store(state_folder(CONFIG, tmp_path) / "pages.sqlite")
    it.begin()
    yield it
    it.close()


def clock_back(store: Store, days: float) -> None:
    """As if all had happened so long ago."""
    for table, column in (("crawls", "begun_at"), ("answers", "fetched_at")):
        store._db.execute(
            f"UPDATE {table} SET {column} = strftime('%Y-%m-%dT%H:%M:%S+00:00', {column}, '-{days} days')"
        )


def test_an_answer_comes_back_as_it_was_put(store: Store) -> None:
    headers = [("Etag", '"1"'), ("Set-Cookie", "a"), ("Set-Cookie", "b"), ("X", "中".encode().decode("latin-1"))]
    assert store.put(URL, 200, headers, b"\x00page\xff", "page") == "new"
    answer = store.answer(URL)
    assert answer and (answer.status, answer.headers, answer.body) == (200, tuple(headers), b"\x00page\xff")
    assert (answer.crawl, answer.header("ETAG"), answer.header("none")) == (1, '"1"', "")
    assert store.answer("http://a.cn/other") is None


def test_new_changed_unchanged_and_when(store: Store) -> None:
    store.put(URL, 200, HTML, b"one", "page")
    clock_back(store, 2)
    then = store.answer(URL)
    assert then
    assert store.put(URL, 200, HTML, b"one", "page") == "unchanged"
    same = store.answer(URL)
    assert same and same.fetched_at == then.fetched_at
    assert store.put(URL, 200, HTML, b"two", "page") == "changed"
    changed = store.answer(URL)
    assert changed and changed.fetched_at > then.fetched_at
    assert store._db.execute("SELECT count(*) FROM bodies").fetchone() == (2,)  # what snapshots were made from stays


def test_a_confirmed_answer_takes_the_new_validators(store: Store) -> None:
    store.put(URL, 200, [("Etag", '"1"'), ("Content-Type", "text/html")], b"one", "page")
    store.end()
    store.begin()
    store.confirm(URL, [("ETag", '"2"')], "page")
    answer = store.answer(URL)
    assert answer and (answer.headers, answer.crawl) == ((("Content-Type", "text/html"), ("ETag", '"2"')), 2)
    assert store.fates() == [("page", "unchanged", 1)]


def test_fates_are_those_of_the_last_crawl(store: Store) -> None:
    store.put(URL, 200, HTML, b"one", "page")
    store.note("http://a.cn/x", "failed", "the server answers 500")
    store.note("http://a.cn/x", "refused", "robots.txt forbids it")
    assert store.fates() == [("page", "new", 1), ("refused", "robots.txt forbids it", 1)]
    store.end()
    store.begin()
    assert store.fates() == []


def test_a_crawl_is_gone_on_with_for_a_day(store: Store) -> None:
    assert (store.begin(), store.crawl) == (True, 1)
    clock_back(store, 0.9)
    assert (store.begin(), store.crawl) == (True, 1)
    clock_back(store, 0.2)
    assert (store.begin(), store.crawl) == (False, 2)
    store.end()
    assert (store.begin(), store.crawl) == (False, 3)


def test_a_store_that_cannot_be_opened(tmp_path: Path) -> None:
    path = tmp_path / "pages.sqlite"
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(BadInput, match=r"pages\.sqlite: cannot be opened: file is not a database"):
        Store(path)


def test_a_crawling_process_that_dies_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(BadInput, match=r"tiku: the crawl broke off: exit status 1; see .*crawl\.log"):
        crawl(CONFIG, tmp_path)


def word_file() -> bytes:
    file = io.BytesIO()
    word = Word()
    word.add_paragraph("1. 何人献连环计？")
    word.save(file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("url", "kind", "body", "text", "encoding", "title"),
    [
        ("/p/1", "text/html", "<div>一问</div>".encode("gbk"), "一问\n", "gb18030", "1"),
        ("/p/1.php?a=2", "text/html; charset=utf-8", "<title> 卷\n一 </title><p>问".encode("gbk"), "问\n", "gb18030", "卷 一"),
        ("/p/1.htm", "text/html;charset=big5", "<p>風雪山神廟裏</p>".encode("cp950"), "風雪山神廟裏\n", "cp950", "1.htm"),
        ("/p/%E5%8D%B7.txt", "text/plain", "第一回\r\n".encode(), "第一回\r\n", "utf-8", "卷.txt"),
        ("/p/x", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", word_file(),
         "1. 何人献连环计？\n", "docx", "x"),
    ],
)  # fmt: skip
def test_pages_are_read_in_their_format(
    store: Store, tmp_path: Path, url: str, kind: str, body: bytes, text: str, encoding: str, title: str
) -> None:
    store.put(f"http://a.cn{url}", 200, [("Content-Type", kind)], body, "page")
    (document,), left_out = stored_documents(CONFIG, tmp_path)
    assert (document.text, document.encoding, document.title, left_out) == (text, encoding, title, [])


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "the file is empty"),
        (b"<html><nav>x</nav></html>", "holds no text"),
        (b"<html>" + b"<b>" * 3000, "nested more than 2000 deep"),
        (b"\x89PNG\r\n", "a PNG image"),
    ],
)
def test_a_page_that_cannot_be_read_is_left_out_and_the_others_are_not(
    store: Store, tmp_path: Path, body: bytes, why: str
) -> None:
    store.put(URL, 200, [], body, "page")
    store.put("http://a.cn/p/2.html", 200, HTML, b"<p>1", "page")
    store.put("http://a.cn/p/3.html", 301, [("Location", "/x")], b"", "redirect")
    store.put("http://a.cn/list", 200, HTML, b"<p>1", "link page")
    documents, left_out = stored_documents(CONFIG, tmp_path)
    assert [d.origin for d in documents] == ["http://a.cn/p/2.html"]
    assert [page.url for page in left_out] == [URL]
    assert why in left_out[0].reason


def test_what_the_selector_takes(store: Store, tmp_path: Path) -> None:
    page = "<nav>无</nav><div class='q hot'>一<div class=q>二</div><nav>无</nav></div><p>三</p><div class=q>四</div>"
    store.put(URL, 200, HTML, page.encode(), "page")
    (document,), _ = stored_documents(replace(CONFIG, content=".q"), tmp_path)
    assert document.text.split() == ["一", "二", "四"]


def ask(guard: GuardMiddleware, url: str) -> str:
    """Why the guard refuses; empty when it does not."""
    try:
        asyncio.run(guard.process_request(Request(url)))
    except Refused as refusal:
        return str(refusal)
    return ""


def test_limits_count_addresses_and_bytes() -> None:
    guard = GuardMiddleware(replace(CONFIG, max_pages=2, max_bytes=1000))
    said = [ask(guard, f"http://a.cn/{path}") for path in ("1", "2", "1", "1#x", "3")]
    assert said == ["", "", "", "", "over max_pages = 2"]
    guard = GuardMiddleware(replace(CONFIG, max_bytes=1000))
    assert ask(guard, "http://a.cn/1") == ""
    guard.process_response(Request("http://a.cn/1"), Response("http://a.cn/1", body=b"x" * 1000))
    assert ask(guard, "http://a.cn/2") == "over max_bytes = 1000"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://b.cn/", "b.cn is not among hosts"),
        ("http://a.cn:81/", "a.cn:81 is not among hosts"),
        ("http://www.a.cn/", "www.a.cn is not among hosts"),
        ("http://u:p@a.cn/", "the address carries a password"),
        ("file:///etc/passwd", "file is neither http nor https"),
    ],
)
def test_other_hosts_are_refused_retried_or_not(url: str, why: str) -> None:
    guard = GuardMiddleware(CONFIG)
    assert ask(guard, url) == why
    with pytest.raises(Refused):
        asyncio.run(
            guard.process_request(Request(url, dont_filter=True, meta={"retry_times": 1, "allow_offsite": True}))
        )


def test_pauses_double_and_heed_the_server() -> None:
    patience = BackOffMiddleware(Settings())
    patience.backoff_s = 2.0
    for times, most in ((1, 2), (2, 4), (3, 8), (9, 60)):
        again = Request("http://a.cn/", meta={"retry_times": times})
        assert most / 2 <= patience.pause(again) <= most
    first = Request("http://a.cn/", meta={"retry_times": 1})
    waits = {"30": 30, "900": 60, "Wed, 01 Jan 2020 00:00:00 GMT": 2, "soon": 2}
    for value, most in waits.items():
        pause = patience.pause(first, Response("http://a.cn/", 503, headers={"Retry-After": value}))
        assert most / 2 <= pause <= most
        assert pause == most or most == 2


def test_a_kill_in_the_middle_of_a_transaction_leaves_the_last_answer_whole(tmp_path: Path) -> None:
    store = Store(tmp_path / "pages.sqlite")
    store.begin()
    store.put(URL, 200, HTML, b"one", "page")
    other = sqlite3.connect(tmp_path / "pages.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    other.execute("DELETE FROM fates")
    other.close()  # as a killed process does: without a commit
    assert store.fates() == [("page", "new", 1)]
    store.close()
