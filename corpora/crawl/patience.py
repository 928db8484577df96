"""A request that failed in, the same again after a pause out: doubling with each failure, or as long as the server asks."""

import asyncio
import email.utils
import random
from datetime import UTC, datetime

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.http import Response

LONGEST_WAIT_S = 60.0  # also caps the server's Retry-After and the Crawl-delay of a robots.txt


class BackOffMiddleware(RetryMiddleware):
    """Scrapy's retries, which by themselves come at once."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "BackOffMiddleware":
        """Made by Scrapy; the pause comes with the spider."""
        made = super().from_crawler(crawler)
        made.backoff_s = crawler.spider.config.backoff_s  # type: ignore[union-attr]
        return made

    backoff_s: float

    async def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        again = super().process_response(request, response)
        if isinstance(again, Request):
            await asyncio.sleep(self.pause(again, response))
        return again

    async def process_exception(self, request: Request, exception: Exception) -> Request | Response | None:  # type: ignore[override]
        again = super().process_exception(request, exception)
        if isinstance(again, Request):
            await asyncio.sleep(self.pause(again))
        return again

    def pause(self, again: Request, response: Response | None = None) -> float:
        """Seconds to wait; jittered, against many requests in step."""
        wait = self.backoff_s * 2.0 ** (again.meta["retry_times"] - 1) * random.uniform(0.5, 1.0)
        asked = _retry_after(response) if response is not None else 0.0
        return min(max(wait, asked), LONGEST_WAIT_S)


def _retry_after(response: Response) -> float:
    value = (response.headers.get("Retry-After") or b"").decode("latin-1").strip()
    if value.isdigit():
        return float(value)
    try:
        return (email.utils.parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):
        return 0.0
