"""A spider's TOML file in, what to crawl and how gently out.

name = "tiku"
kind = "quiz"
start = ["https://tiku.example/mingzhu/"]
follow = ['/mingzhu/list_\\d+\\.html$']       # regular expressions, sought in the address
pages = ['/mingzhu/\\d+/\\d+\\.html$']
"""

import codecs
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from corpora.crawl.hosts import host_of, name_of, why_not
from corpora.settings import read_toml, settings

SEGMENT_REPEATS = 3  # /a/b/a/b/a/b/a is a link that leads to itself, not a page


@dataclass(frozen=True, slots=True)
class SpiderConfig:
    """What a crawl takes from where. Patterns are regular expressions, sought in the address and in it unquoted."""

    name: str  # of the state folder; begins the ids of the documents
    kind: Literal["novel", "quiz", "instruct"]  # what the pages hold
    start: tuple[str, ...]
    pages: tuple[str, ...]  # addresses that are kept as documents
    follow: tuple[str, ...] = ()  # further addresses to go to for their links
    skip: tuple[str, ...] = ()  # addresses never to go to, whatever else matches
    hosts: tuple[str, ...] = ()  # and no other, with :port unless it is 80 or 443; those of `start` by default
    private_hosts: tuple[str, ...] = ()  # names of hosts whose address may be private, loopback or link-local
    content: str = ""  # CSS selector of what counts on a page; by default all but navigation
    encoding: str = ""  # of the pages; as they and the server declare by default
    novel: str = ""  # the novel they are, or ask about
    licence: str = ""
    delay_s: float = 1.0  # between two requests to a host, half more or less; 0: no throttle
    per_host: int = 2  # requests to a host at a time
    retries: int = 4
    backoff_s: float = 2.0  # before the first retry; doubles with each
    timeout_s: float = 30.0
    max_pages: int = 10_000  # addresses asked for, failing and redirecting ones too
    max_depth: int = 20  # links away from a start page
    max_page_bytes: int = 8 << 20
    max_bytes: int = 2 << 30  # of all pages together, unpacked
    agent: str = "huaben"  # say how to reach you: "huaben (+mailto:me@school.example)"
    check_certificates: bool = True

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", self.name):
            raise ValueError(f"name is {self.name!r}; use letters, digits, dots, hyphens and underscores")
        for key in ("start", "pages"):
            if not getattr(self, key):
                raise ValueError(f"{key} is empty; give at least one")
        for key in ("follow", "pages", "skip"):
            for pattern in getattr(self, key):
                _check_pattern(key, pattern)
        for url in self.start:
            if reason := why_not(url, self.allowed_hosts):
                raise ValueError(f"start: {url!r}: {reason}; correct one of them")
        for host in self.private_hosts:
            if host not in {name_of(allowed) for allowed in self.allowed_hosts}:
                raise ValueError(f"private_hosts names {host!r}, which is not among hosts; add it there, too")
        for key in ("per_host", "timeout_s", "max_pages", "max_page_bytes", "max_bytes"):
            if getattr(self, key) <= 0:
                raise ValueError(f"{key} is {getattr(self, key)}; it must be more than 0")
        for key in ("delay_s", "retries", "backoff_s", "max_depth"):
            if getattr(self, key) < 0:
                raise ValueError(f"{key} is {getattr(self, key)}; it must not be negative")
        if not (self.agent.isascii() and self.agent.isprintable() and self.robots_agent):
            raise ValueError(f"agent is {self.agent!r}; begin with a name, and use ASCII letters only")
        _check_content(self.content)
        _check_encoding(self.encoding)

    @property
    def allowed_hosts(self) -> frozenset[str]:
        """The hosts to stay on, each as `hosts.host_of` gives it."""
        named = frozenset(host_of(f"http://{host.removesuffix(':443')}") for host in self.hosts)
        return named or frozenset(host_of(url) for url in self.start)

    @property
    def robots_agent(self) -> str:
        """The name that robots.txt files would call this crawler by."""
        return re.split(r"[/\s(]", self.agent)[0]

    def is_page(self, url: str) -> bool:
        """Whether the page at this address is to be kept."""
        return _matches(self.pages, url) and not _matches(self.skip, url)

    def leads_on(self, url: str) -> bool:
        """Whether a link to this address is to be followed."""
        wanted = _matches(self.pages, url) or _matches(self.follow, url)
        return wanted and not _matches(self.skip, url) and not why_not(url, self.allowed_hosts) and not _circles(url)


@dataclass(frozen=True, slots=True)
class CrawlConfig:
    """The `[crawl]` of a run: spiders whose pages come before anything else."""

    spiders: tuple[str, ...] = ()  # paths of their TOML files
    offline: bool = False  # take what was fetched before, and ask no server


def read_spider(path: Path) -> SpiderConfig:
    """The spider in the file. Raises BadInput on what is wrong with it, in one sentence."""
    return settings(SpiderConfig, read_toml(path), str(path))


def _matches(patterns: tuple[str, ...], url: str) -> bool:
    plain = unquote(url)
    return any(re.search(pattern, url) or re.search(pattern, plain) for pattern in patterns)


def _circles(url: str) -> bool:
    segments = [part for part in url.partition("?")[0].split("/")[3:] if part]
    return any(segments.count(part) > SEGMENT_REPEATS for part in set(segments))


def _check_pattern(key: str, pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{key}: {pattern!r} is no regular expression: {error}; correct it") from None


def _check_content(selector: str) -> None:
    try:
        LexborHTMLParser("<p>").css(selector or "p")
    except SelectolaxError:
        raise ValueError(
            f"content is {selector!r}, which is no CSS selector; write for instance 'div.article'"
        ) from None


def _check_encoding(name: str) -> None:
    try:
        codecs.lookup(name or "utf-8")
    except LookupError:
        raise ValueError(f"encoding {name!r} is unknown; use utf-8, gb18030, big5, or leave it out") from None
