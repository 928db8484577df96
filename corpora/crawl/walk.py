"""Start pages in, requests for all that they lead to out: the Scrapy spider, and the settings it runs with."""

import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import scrapy
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    CannotResolveHostError,
    CloseSpider,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
)
from scrapy.http import HtmlResponse, Response
from scrapy.linkextractors import IGNORED_EXTENSIONS, LinkExtractor
from scrapy.robotstxt import RobotParser
from scrapy.spidermiddlewares.httperror import HttpError
from scrapy.utils.url import url_has_any_extension
from twisted.python.failure import Failure
from w3lib.url import canonicalize_url

from corpora.crawl.guard import GuardMiddleware, Refused
from corpora.crawl.hosts import host_of
from corpora.crawl.patience import LONGEST_WAIT_S
from corpora.crawl.spider import SpiderConfig
from corpora.crawl.store import Store

UNREADABLE = frozenset(f".{ending}" for ending in IGNORED_EXTENSIONS if ending not in ("pdf", "docx", "xlsx"))


class PageSpider(scrapy.Spider):
    """Walks breadth first, so that what lies near a start page comes before the depths of a trap."""

    name = "pages"

    def __init__(self, config: SpiderConfig, store: Store, told: Callable[[dict[str, int]], None]) -> None:
        super().__init__()
        self.config = config
        self.store = store
        self.told = told
        self.answered = self.failures = self.bytes = 0
        self.fault: BaseException | None = None  # what made it impossible to go on
        self._links = LinkExtractor(deny_extensions=())

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> "PageSpider":
        """Made by Scrapy."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.obey_delay, signal=signals.robots_parsed)
        crawler.signals.connect(spider.broken, signal=signals.spider_error)
        crawler.signals.connect(spider.count, signal=signals.response_downloaded)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        """The start pages."""
        for url in self.config.start:
            yield self._request(canonicalize_url(url))

    def _request(self, url: str) -> Request:
        return Request(url, callback=self.parse, errback=self.failed)

    def parse(self, response: Response) -> Iterator[Request]:
        """Requests for the links that lead on; the page itself is kept already, by the cache."""
        self.answered += 1
        if response.status != 200:
            self._fail(response.url, "failed", f"the server answers {response.status}")
        elif isinstance(response, HtmlResponse) and response.meta["depth"] < self.config.max_depth:
            for link in self._links.extract_links(response):
                if self.config.leads_on(link.url) and not url_has_any_extension(link.url, UNREADABLE):
                    yield self._request(canonicalize_url(link.url))
        self._tell()

    def failed(self, failure: Failure) -> None:
        """Keeps the fate of an address that gave no page."""
        error = failure.value
        assert error is not None
        if isinstance(error, sqlite3.Error):
            self.fault = error
            raise CloseSpider("fault")
        guard = self.crawler.get_downloader_middleware(GuardMiddleware)
        url = failure.request.url  # type: ignore[attr-defined]
        fate, reason = fate_of(error, self.config)
        if "robots.txt" in reason and guard and (why := guard.without_robots.get(host_of(url))):
            reason = f"robots.txt of {host_of(url)} cannot be had: {why}"
        self._fail(canonicalize_url(url), fate, reason)

    def _fail(self, url: str, fate: str, reason: str) -> None:
        self.failures += fate == "failed"
        self.store.note(url, fate, reason)
        self._tell()

    def _tell(self) -> None:
        stats = self.crawler.stats
        queued, taken = stats.get_value("scheduler/enqueued", 0), stats.get_value("scheduler/dequeued", 0)
        self.told({"pages": self.answered, "waiting": queued - taken, "failed": self.failures})

    def obey_delay(self, robotparser: RobotParser, request: Request) -> None:
        """Slow down to the Crawl-delay of a robots.txt."""
        delay = min(robotparser.crawl_delay(self.config.robots_agent) or 0.0, LONGEST_WAIT_S)
        downloader = self.crawler.engine.downloader
        key = downloader.get_slot_key(request)
        if delay > self.config.delay_s:
            downloader.per_slot_settings[key] = {"delay": delay, "jitter": 0.0}
            if slot := downloader.slots.get(key):
                slot.delay, slot.jitter = delay, 0.0

    def count(self, response: Response) -> None:
        """Add up what came over the wire."""
        self.bytes += len(response.body)

    def broken(self, failure: Failure, response: object) -> None:
        """Keep the fate of a page whose links cannot be read, as with a broken <base>; any other fault ends the crawl."""
        if isinstance(failure.value, ValueError) and isinstance(response, Response):
            self._fail(canonicalize_url(response.url), "failed", f"malformed: {failure.value}")
        elif not isinstance(failure.value, CloseSpider):
            self.fault = self.fault or failure.value


def fate_of(error: BaseException, config: SpiderConfig) -> tuple[str, str]:
    """`refused` or `failed`, and why, in words that many addresses can share."""
    if isinstance(error, Refused):
        return "refused", str(error)
    if "robots.txt" in str(error):
        return "refused", "robots.txt forbids it"
    if isinstance(error, HttpError):
        return "failed", f"the server answers {error.response.status}"
    if isinstance(error, DownloadTimeoutError):
        return "failed", f"no answer within {config.timeout_s:g} s"
    if isinstance(error, DownloadCancelledError) or "DOWNLOAD_MAXSIZE" in str(error):
        return "failed", f"over max_page_bytes = {config.max_page_bytes}"
    if isinstance(error, DownloadConnectionRefusedError):
        return "failed", "the connection is refused"
    if isinstance(error, CannotResolveHostError):
        return "failed", "no such host is known"
    if isinstance(error, ValueError):  # of Scrapy's parsers
        return "failed", f"malformed: {error}"
    return "failed", str(error) if "redirections" in str(error) else type(error).__name__


def scrapy_settings(config: SpiderConfig, log: Path) -> dict[str, Any]:
    """Scrapy's settings: nothing that listens, phones out or leaves files, and no word but in the log file."""
    package = "corpora.crawl"
    scrapys = "scrapy.downloadermiddlewares"
    return {
        "USER_AGENT": config.agent,
        "ROBOTSTXT_OBEY": True,
        "ROBOTSTXT_USER_AGENT": config.robots_agent,
        "DEFAULT_REQUEST_HEADERS": {
            "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5",
        },
        "DOWNLOAD_DELAY": config.delay_s,
        "CONCURRENT_REQUESTS_PER_DOMAIN": config.per_host,
        "CONCURRENT_REQUESTS": max(16, config.per_host),
        "CONCURRENT_ITEMS": 1,  # Scrapy starts as many tasks for each page, to process items of which we make none
        "DOWNLOAD_TIMEOUT": config.timeout_s,
        "DNS_TIMEOUT": config.timeout_s,
        "DOWNLOAD_MAXSIZE": config.max_page_bytes,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_VERIFY_CERTIFICATES": config.check_certificates,
        "RETRY_TIMES": config.retries,
        "DEPTH_PRIORITY": 1,
        "SCHEDULER_MEMORY_QUEUE": "scrapy.squeues.FifoMemoryQueue",
        "COOKIES_ENABLED": False,
        "HTTPPROXY_ENABLED": False,  # a proxy would look up names where the guard does not see it
        "DOWNLOAD_HANDLERS": {"data": None, "file": None, "ftp": None, "s3": None},
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "MEMUSAGE_ENABLED": False,
        "LOG_FILE": str(log),
        "LOG_FILE_APPEND": False,
        "LOG_LEVEL": "INFO",
        "DOWNLOADER_MIDDLEWARES": {
            f"{package}.guard.GuardMiddleware": 40,
            f"{scrapys}.offsite.OffsiteMiddleware": None,
            f"{scrapys}.retry.RetryMiddleware": None,
            f"{package}.patience.BackOffMiddleware": 550,
            # Outside of Scrapy's redirects (600), so that these are kept, too; decompression still further out.
            f"{package}.cache.CacheMiddleware": 620,
            f"{scrapys}.httpcompression.HttpCompressionMiddleware": 630,
        },
    }
