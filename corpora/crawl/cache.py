"""Scrapy's requests in; what the store has of them, or the question whether it still holds, out.

An answer that this crawl had before it was broken off is given again without asking. One of an earlier crawl is asked
about by its ETag and date, and given again on 304. Scrapy's own cache keeps pickles and knows nothing of crawls.
"""

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes
from w3lib.url import canonicalize_url

from corpora.crawl.guard import is_robots
from corpora.crawl.spider import SpiderConfig
from corpora.crawl.store import Answer, Store

REDIRECTS = frozenset({301, 302, 303, 307, 308})
VALIDATORS = {"If-None-Match": "ETag", "If-Modified-Since": "Last-Modified"}


class CacheMiddleware:
    """Stands outside of decompression, so that what it keeps are plain bytes."""

    def __init__(self, config: SpiderConfig, store: Store) -> None:
        self.config = config
        self.store = store

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "CacheMiddleware":
        """Made by Scrapy; config and store come with the spider."""
        return cls(crawler.spider.config, crawler.spider.store)  # type: ignore[union-attr]

    def process_request(self, request: Request) -> Response | None:
        """The answer that this crawl had already; else the request goes on, with what the store knows as a condition."""
        for condition in VALIDATORS:
            request.headers.pop(condition, None)  # a redirect hands on its source's
        known = None if is_robots(request) else self.store.answer(canonicalize_url(request.url))
        if known is None:
            return None
        if known.crawl == self.store.crawl:
            return _response(known, request)
        for condition, validator in VALIDATORS.items():
            if value := known.header(validator):
                request.headers[condition] = value
        return None

    def process_response(self, request: Request, response: Response) -> Response:
        """The response, kept; for 304 the one that was kept before."""
        if is_robots(request) or "kept" in response.flags:
            return response
        url = canonicalize_url(request.url)
        headers = [
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, values in response.headers.items()
            for value in values
        ]
        fate = "page" if self.config.is_page(url) else "link page"
        if response.status == 304 and (known := self.store.answer(url)):
            self.store.confirm(url, headers, "redirect" if known.status in REDIRECTS else fate)
            return _response(known, request)
        if response.status == 200:
            self.store.put(url, 200, headers, response.body, fate)
        elif response.status in REDIRECTS and "Location" in response.headers:
            self.store.put(url, response.status, headers, b"", "redirect")
        return response


def _response(known: Answer, request: Request) -> Response:
    headers: dict[str, list[str]] = {}
    for name, value in known.headers:
        headers.setdefault(name, []).append(value)
    made = responsetypes.from_args(headers=Headers(headers), url=request.url, body=known.body)  # type: ignore[arg-type]
    return made(url=request.url, status=known.status, headers=headers, body=known.body, flags=["kept"])
