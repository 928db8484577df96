"""The process that crawls: a spider's config as a line of JSON on standard input; news as JSON lines on standard output.

    python -m corpora.crawl.child STATE_FOLDER      (what crawl.run starts)

A process of its own, because Twisted's reactor cannot be started twice, and Scrapy takes over logging and signals.
It ends when its standard input does, so it does not outlive who started it.
"""

import fcntl
import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

from scrapy.crawler import AsyncCrawlerProcess

from corpora.crawl.spider import SpiderConfig
from corpora.crawl.store import Store
from corpora.crawl.walk import PageSpider, scrapy_settings
from corpora.errors import BadInput
from corpora.settings import settings

NEWS_EVERY_S = 0.2


class News:
    """Lines for who started us; of progress at most five a second."""

    def __init__(self) -> None:
        self.last = 0.0

    def tell(self, counts: dict[str, int]) -> None:
        """Pages, waiting and failed so far."""
        if time.monotonic() - self.last >= NEWS_EVERY_S:
            self.last = time.monotonic()
            send({"progress": counts})


def send(news: dict[str, Any]) -> None:
    """One line."""
    print(json.dumps(news, ensure_ascii=False), flush=True)


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(1)


def crawl_here(config: SpiderConfig, state: Path) -> None:
    """Crawl in this process, which can do it only once. Raises what made it impossible to go on."""
    store = Store(state / "pages.sqlite")
    resumed = store.begin()
    process = AsyncCrawlerProcess(scrapy_settings(config, state / "crawl.log"))
    crawler = process.create_crawler(PageSpider)
    process.crawl(crawler, config=config, store=store, told=News().tell)
    process.start(install_signal_handlers=False)
    spider = crawler.spider
    assert isinstance(spider, PageSpider)
    reason = crawler.stats.get_value("finish_reason")
    if spider.fault or reason != "finished":
        raise spider.fault or RuntimeError(f"Scrapy ended with {reason!r}")
    store.end()
    store.close()
    requests = crawler.stats.get_value("downloader/request_count", 0)
    send({"done": {"requests": requests, "bytes": spider.bytes, "resumed": resumed}})


def main() -> int:
    """The child's work; the exit status."""
    state = Path(sys.argv[1])
    config = settings(SpiderConfig, json.loads(sys.stdin.readline()), "spider")
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        with open(state / "lock", "w", encoding="ascii") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BadInput(f"{state}: another crawl of {config.name} is running; wait until it ends") from None
            crawl_here(config, state)
    except BadInput as refusal:
        send({"refused": str(refusal)})
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
