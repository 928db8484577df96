"""Scrapy's every request in, the same or a refusal out: other hosts, private addresses, and more than the limits allow.

Asked first of all, also for redirects, retries and robots.txt. Scrapy's own offsite filter lets subdomains and retried
requests through.
"""

from typing import Any

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import CannotResolveHostError, IgnoreRequest
from scrapy.http import Response, TextResponse
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.error import DNSLookupError
from w3lib.url import canonicalize_url

from corpora.crawl.hosts import host_of, is_private, name_of, why_not
from corpora.crawl.spider import SpiderConfig

FORBIDS_ALL = b"User-agent: *\nDisallow: /\n"


class Refused(IgnoreRequest):
    """A request that is not made; the message is the reason."""


class GuardMiddleware:
    """Holds the crawl within its hosts and limits."""

    def __init__(self, config: SpiderConfig) -> None:
        self.config = config
        self.asked: set[str] = set()
        self.bytes = 0
        self.without_robots: dict[str, str] = {}  # host to why its robots.txt cannot be had

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "GuardMiddleware":
        """Made by Scrapy; the config comes with the spider."""
        return cls(crawler.spider.config)  # type: ignore[union-attr]

    async def process_request(self, request: Request) -> None:
        """Raises Refused for a request that must not be made."""
        if reason := why_not(request.url, self.config.allowed_hosts):
            raise Refused(reason)
        if not is_robots(request):
            self._check_limits(canonicalize_url(request.url))
        await self._check_address(name_of(host_of(request.url)))

    def _check_limits(self, url: str) -> None:
        if url in self.asked:  # a retry
            return
        if len(self.asked) >= self.config.max_pages:
            raise Refused(f"over max_pages = {self.config.max_pages}")
        if self.bytes >= self.config.max_bytes:
            raise Refused(f"over max_bytes = {self.config.max_bytes}")
        self.asked.add(url)

    async def _check_address(self, name: str) -> None:
        """The connection goes to the address that is checked here: Scrapy's resolver keeps it."""
        from twisted.internet import reactor

        if name in self.config.private_hosts:
            return
        resolve: Any = reactor.resolve  # type: ignore[attr-defined]
        try:
            address = await maybe_deferred_to_future(resolve(name.strip("[]")))
        except DNSLookupError as error:
            raise CannotResolveHostError(str(error)) from error
        if is_private(address):
            raise Refused(f"{name} is at {address}, a private address, and not among private_hosts")

    def process_response(self, request: Request, response: Response) -> Response:
        """The response, counted. A robots.txt that fails forbids all, as RFC 9309 (2.3.1.4) asks."""
        self.bytes += len(response.body)
        if is_robots(request) and response.status >= 500:
            return self._forbid(request, f"the server answers {response.status}")
        return response

    def process_exception(self, request: Request, exception: Exception) -> Response | None:
        """A robots.txt that cannot be had forbids all."""
        return self._forbid(request, str(exception) or type(exception).__name__) if is_robots(request) else None

    def _forbid(self, request: Request, why: str) -> Response:
        self.without_robots[host_of(request.meta.get("redirect_urls", [request.url])[0])] = why
        return TextResponse(request.url, body=FORBIDS_ALL)


def is_robots(request: Request) -> bool:
    """Whether Scrapy itself asks, for a robots.txt."""
    return bool(request.meta.get("dont_obey_robotstxt"))
