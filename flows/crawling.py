"""Flow `crawl`: a spider in; the site's pages in the warehouse, and what became of every address, out."""

from dataclasses import dataclass
from pathlib import Path

from prefect import flow
from prefect.artifacts import create_table_artifact

from corpora.crawl.documents import LeftOut, stored_documents
from corpora.crawl.run import Crawled, crawl
from corpora.crawl.spider import SpiderConfig
from flows.steps import step
from warehouse.ingest import Stored, ingest
from warehouse.lake import writing


@dataclass(frozen=True)
class CrawlReport:
    """What was fetched, which pages gave no document, and what was stored."""

    crawled: Crawled
    left_out: list[LeftOut]
    documents: int
    stored: list[Stored]


@flow(name="crawl", flow_run_name="crawl {spider.name}", validate_parameters=False)
def crawl_flow(spider: SpiderConfig, home: Path) -> CrawlReport:
    """Fetch what has changed and store it. A crawl that was stopped goes on where it was."""
    crawled = step(crawl, f"crawl {spider.name}")(spider, home)
    documents, left_out = step(stored_documents, f"read the pages of {spider.name}")(spider, home)
    with writing(home) as lake:
        stored = step(ingest, "ingest", retries=3)(lake, documents)
    create_table_artifact(
        key="crawl",
        table=[{"fate": fate, "why": why, "addresses": n} for fate, why, n in crawled.fates],
        description=f"What became of every address that the crawl of {spider.name} came to",
    )
    return CrawlReport(crawled, left_out, len(documents), stored)
