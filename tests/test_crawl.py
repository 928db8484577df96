"""A site on loopback crawled through: what is taken, what is refused, what a second crawl asks, what a kill costs."""

import fcntl
import gzip
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from site_on_loopback import Asked, Page, Site, html

from corpora.crawl.documents import stored_documents
from corpora.crawl.run import Crawled, crawl
from corpora.crawl.spider import SpiderConfig
from corpora.document import Document
from corpora.errors import BadInput


def paper(number: int) -> str:
    """The body of a page with one question, and its text."""
    return f"<p>1. 《水浒传》第{number}回的主角是（ ）。</p><p>A. 林冲</p><p>B. 武松</p><p>答案：B</p>"


def text(number: int) -> str:
    return f"1. 《水浒传》第{number}回的主角是（ ）。\n\nA. 林冲\n\nB. 武松\n\n答案：B\n"


def spider(site: Site, **fields: object) -> SpiderConfig:
    plain = SpiderConfig(
        name="tiku", kind="quiz", start=(f"{site.url}/",), pages=(r"/p/\d+\.html$",), follow=("/",),
        private_hosts=("127.0.0.1",), content="div.main", delay_s=0, backoff_s=0.05, timeout_s=5,
    )  # fmt: skip
    return replace(plain, **fields)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with Site().serving() as it:
        yield it


@dataclass(frozen=True)
class Story:
    """What two crawls of one site came to, with a page changed in between."""

    site: Site
    config: SpiderConfig
    home: Path
    first: Crawled
    first_asked: list[Asked]
    documents: list[Document]
    second: Crawled
    second_asked: list[Asked]
    later: list[Document]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    home = tmp_path_factory.mktemp("home")
    with Site().serving() as site:
        config = spider(
            site, hosts=(site.host, f"localhost:{site.port}"), timeout_s=2, retries=1, max_page_bytes=100_000, max_depth=4,
            skip=("/skipped",), licence="CC0",
        )  # fmt: skip
        far, near = f"http://127.0.0.2:{site.port}/p/90.html", f"http://localhost:{site.port}/p/91.html"
        site.pages |= {
            "/robots.txt": Page(b"User-agent: *\nDisallow: /secret/\n\nUser-agent: huaben-bad\nDisallow: /\n"),
            "/": Page(html(
                "题库", "/list/2", "/p/1.html#top", "/p/2.html", "/p/3.html", "/secret/4.html", "/old", "/far", "/near",
                "/loop", "/p/404.html", "/p/huge.html", "/p/99.html", "/skipped/p/1.html", "https://elsewhere.cn/p/1.html",
                "mailto:a@b.cn", "/base", "/picture.jpg", "http://[broken/", far,
            )),
            "/list/2": Page(html("二", "/list/3", "/p/5.html", "/p/1.html")),
            "/list/3": Page(html("三", "/", "/p/6.html", "/p/7.html?b=2&a=1", "/p/7.html?a=1&b=2", "/q?类=水浒")
                            .replace(b"utf-8", b"gb2312").decode().encode("gbk")),
            "/q?%C0%E0=%CB%AE%E4%B0": Page(html("asked for in the encoding of the page that links to it")),
            "/p/1.html": Page(html("卷一", body=paper(1))),
            "/p/2.html": Page(html("卷二 国标码", body=paper(2)).replace(b"charset=utf-8", b"").decode().encode("gbk"),
                              headers={"Content-Type": "text/html; charset=GBK"}),
            "/p/3.html": Page(html("卷三", body=paper(3)), failures=[503]),
            "/old": Page(status=301, headers={"Location": "/p/8.html"}),
            "/p/8.html": Page(html("卷八", body=paper(8)), validator="date"),
            "/far": Page(status=302, headers={"Location": far}),
            "/near": Page(status=302, headers={"Location": near}),
            "/loop": Page(status=302, headers={"Location": "/loop?again"}),
            "/loop?again": Page(status=302, headers={"Location": "/loop"}),
            "/p/5.html": Page(gzip.compress(html("卷五", body=paper(5))), headers={"Content-Encoding": "gzip"}),
            "/p/6.html": Page(html("卷六", body=paper(6)), slow_s=0.3, validator="none"),
            "/p/7.html?a=1&b=2": Page(html("no page: the pattern ends before the question mark", "/4/")),
            "/base": Page(b"<html><base href='http://[x/'><a href='/1'>1</a>"),
            "/4/": Page(html("four links from the start", "/5/")),
            "/p/99.html": Page(html("卷九九"), slow_s=4),
            "/p/huge.html": Page(b"<html>" + b"x" * 200_000),
        }  # fmt: skip
        config = replace(config, pages=(*config.pages, "/p/huge"))
        first = crawl(config, home)
        first_asked, site.asked = site.asked, []
        documents, _ = stored_documents(config, home)
        site.pages["/p/1.html"].body = html("卷一 新", body=paper(11))
        site.pages["/p/99.html"].slow_s = 0
        del site.pages["/p/3.html"]
        second = crawl(config, home)
        later, _ = stored_documents(config, home)
        yield Story(site, config, home, first, first_asked, documents, second, site.asked, later)


def test_the_fate_of_every_address(story: Story) -> None:
    port = story.site.port
    assert sorted(story.first.fates) == [
        ("failed", "malformed: Invalid IPv6 URL", 1),
        ("failed", "no answer within 2 s", 1),
        ("failed", "over max_page_bytes = 100000", 1),
        ("failed", "the server answers 404", 1),
        ("link page", "new", 6),
        ("page", "new", 6),
        ("redirect", "new", 5),
        ("refused", f"127.0.0.2:{port} is not among hosts", 1),
        ("refused", "localhost is at 127.0.0.1, a private address, and not among private_hosts", 1),
        ("refused", "robots.txt forbids it", 1),
    ]
    assert [(url.removeprefix(story.site.url), why.split(" ")[0]) for url, why in story.first.failed] == [
        ("/base", "malformed:"), ("/p/404.html", "the"), ("/p/99.html", "no"), ("/p/huge.html", "over"),
    ]  # fmt: skip
    assert story.first.requests == len(story.first_asked)
    assert not story.first.resumed


def test_what_was_asked_for(story: Story) -> None:
    paths = [asked.path for asked in story.first_asked]
    assert paths[0] == "/robots.txt"
    assert sorted(set(paths)) == sorted(
        [path for path in story.site.pages if path != "/p/3.html"] + ["/p/3.html", "/p/404.html"]
    )
    assert [path for path in sorted(paths) if paths.count(path) > 1] == ["/p/3.html"] * 2 + ["/p/99.html"] * 2
    assert {asked.headers["User-Agent"] for asked in story.first_asked} == {"huaben"}


def test_pages_become_documents(story: Story) -> None:
    found = [(d.origin.removeprefix(story.site.url), d.title, d.text, d.encoding) for d in story.documents]
    assert found == [
        ("/p/1.html", "卷一", text(1), "utf-8"),
        ("/p/2.html", "卷二 国标码", text(2), "gb18030"),
        ("/p/3.html", "卷三", text(3), "utf-8"),
        ("/p/5.html", "卷五", text(5), "utf-8"),
        ("/p/6.html", "卷六", text(6), "utf-8"),
        ("/p/8.html", "卷八", text(8), "utf-8"),
    ]
    one = story.documents[0]
    assert (one.source_id, one.kind, one.licence) == (f"tiku/{story.site.url}/p/1.html", "quiz", "CC0")
    assert one.fetched and (one.fetched.url, one.fetched.status) == (one.origin, 200)


def test_a_second_crawl_fetches_only_what_changed(story: Story) -> None:
    full = sorted(asked.path for asked in story.second_asked if asked.status == 200)
    # changed; without validator; answering now; never kept; never kept either
    assert full == ["/p/1.html", "/p/6.html", "/p/99.html", "/p/huge.html", "/robots.txt"]
    asked = {asked.path: asked for asked in story.second_asked}
    assert asked["/p/8.html"].headers["If-Modified-Since"] == "Mon, 06 Oct 2025 08:00:00 GMT"
    assert asked["/p/8.html"].status == asked["/p/2.html"].status == asked["/list/3"].status == 304
    assert "If-None-Match" not in asked["/p/6.html"].headers
    assert sorted(fate for fate in story.second.fates if fate[0] in ("failed", "page", "link page")) == [
        ("failed", "malformed: Invalid IPv6 URL", 1),
        ("failed", "over max_page_bytes = 100000", 1),
        ("failed", "the server answers 404", 2),
        ("link page", "unchanged", 6),
        ("page", "changed", 1),
        ("page", "new", 1),
        ("page", "unchanged", 4),
    ]


def test_a_changed_page_keeps_its_id_and_a_vanished_one_its_document(story: Story) -> None:
    before, after = ({d.origin.removeprefix(story.site.url): d for d in ds} for ds in (story.documents, story.later))
    assert (after["/p/1.html"].text, after["/p/1.html"].title) == (text(11), "卷一 新")
    assert after["/p/1.html"].document_id == before["/p/1.html"].document_id
    assert after["/p/1.html"].sha256 != before["/p/1.html"].sha256
    assert {path: after[path] for path in before if path != "/p/1.html"} == {
        path: before[path] for path in before if path != "/p/1.html"
    }
    assert "/p/99.html" not in after  # it holds no text


def test_pages_are_read_anew_without_fetching(story: Story) -> None:
    asked = len(story.site.asked)
    documents, left_out = stored_documents(replace(story.config, content="p:first-child"), story.home)
    assert documents[0].text.startswith("1. 《水浒传》第11回")
    assert "林冲" not in documents[0].text
    documents, left_out = stored_documents(replace(story.config, content="article"), story.home)
    assert documents == []
    assert [page.url for page in left_out] == [f"{story.site.url}/p/{n}.html" for n in (1, 2, 3, 5, 6, 8, 99)]
    assert "nothing on the page is content = 'article'" in left_out[0].reason
    assert len(story.site.asked) == asked


def test_nothing_but_the_store_and_a_log_is_left(story: Story) -> None:
    assert sorted(str(path.relative_to(story.home)) for path in story.home.rglob("*") if path.is_file()) == [
        "crawl/tiku/crawl.log", "crawl/tiku/lock", "crawl/tiku/pages.sqlite",
    ]  # fmt: skip


def test_a_trap_of_endless_links_ends(site: Site, tmp_path: Path) -> None:
    def trap(path: str) -> Page:
        depth = path.count("/")
        return Page(html("trap", f"{path}x/", f"{path}y{depth}/", "/p/2.html"))

    site.pages = {
        "/": Page(html("a", "/trap/", "/one")),
        "/one": Page(html("b", "/two")),
        "/two": Page(html("c", "/p/1.html")),
        "/p/1.html": Page(html("d", body=paper(1))),
        "/p/2.html": Page(html("e", body=paper(2))),
        "/robots.txt": Page(b"", 404),
    }
    site.make = lambda path: trap(path) if path.startswith("/trap/") else None
    site.asked = []
    done = crawl(spider(site, max_pages=60), tmp_path)
    assert len(set(site.paths()) - {"/robots.txt"}) == 60
    assert ("page", "new", 2) in done.fates
    assert {fate: why for fate, why, _ in done.fates}["refused"] == "over max_pages = 60"
    site.make = lambda path: None


def test_a_killed_crawl_goes_on_where_it_was(tmp_path: Path) -> None:
    """Also: the child dies with its parent, a Crawl-delay is kept, and one kind of crawl runs at a time."""
    with Site().serving() as site:
        links = [f"/p/{n}.html" for n in range(24)]
        site.pages = {path: Page(html(path, body=paper(n))) for n, path in enumerate(links)}
        site.pages |= {"/": Page(html("all", *links)), "/robots.txt": Page(b"User-agent: huaben\nCrawl-delay: 0.1\n")}
        toml = tmp_path / "s.toml"
        toml.write_text(
            f'name = "tiku"\nkind = "quiz"\nstart = ["{site.url}/"]\npages = [\'/p/\']\nprivate_hosts = ["127.0.0.1"]\n'
            "delay_s = 0\n"
        )
        home = tmp_path / "home"
        running = subprocess.Popen(
            [sys.executable, "-c", "from flows.cli import app; app()", "crawl", str(toml)],
            env=os.environ | {"HUABEN_HOME": str(home)}, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        deadline = time.monotonic() + 30
        while len(site.asked) < 9 and time.monotonic() < deadline:
            time.sleep(0.02)
        config = spider(site, pages=("/p/",))
        with pytest.raises(BadInput, match="another crawl of tiku is running"):
            crawl(config, home)
        os.kill(running.pid, signal.SIGKILL)
        running.wait()
        lock = open(home / "crawl" / "tiku" / "lock", "a")  # noqa: SIM115
        while True:  # free once the child has gone, too
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                assert time.monotonic() < deadline, "the crawling process outlives its parent"
                time.sleep(0.02)
        lock.close()
        pages = [asked for asked in site.asked if asked.path != "/robots.txt"]
        # On the whole: a busy machine may hand two answers over at once.
        assert (pages[-1].at - pages[1].at) / (len(pages) - 2) > 0.06
        had, site.asked = set(site.paths()), []
        assert 9 <= len(had) < len(site.pages)
        site.pages["/robots.txt"] = Page(b"")
        done = crawl(config, home)
        again = set(site.paths())
        assert done.resumed
        assert sorted(had | again) == sorted(site.pages)
        assert len(had & again - {"/robots.txt"}) <= 2  # at most what was on its way
        assert done.fates == [("link page", "new", 1), ("page", "new", 24)]


def test_no_page_at_all_is_bad_input(site: Site, tmp_path: Path) -> None:
    site.pages = {"/": Page(html("x")), "/robots.txt": Page(b"", 503)}
    with pytest.raises(BadInput) as refusal:
        crawl(spider(site, retries=1), tmp_path)
    assert str(refusal.value) == (
        f"{site.url}/: robots.txt of {site.host} cannot be had: the server answers 503; correct start, or try again later"
    )
    with pytest.raises(BadInput, match="nothing has been crawled yet"):
        stored_documents(spider(site), tmp_path / "b")
