"""Flow `curate`: files and crawled pages in; the lake brought up to date, and a training set made from it, out."""

from dataclasses import dataclass
from pathlib import Path

from prefect import flow
from prefect.artifacts import create_table_artifact

from corpora.crawl.documents import LeftOut, stored_documents
from corpora.crawl.run import Crawled, crawl
from corpora.crawl.spider import CrawlConfig, SpiderConfig, read_spider
from corpora.document import Document
from corpora.load import load_document
from corpora.registry import Source, load_registry
from flows.assisted import assist_lake
from flows.engine.choose import LOCAL, engine
from flows.engine.config import EngineConfig
from flows.steps import step
from warehouse.accounts import check_fates, check_set
from warehouse.assist.assist import Assisted
from warehouse.assist.config import AssistConfig
from warehouse.curate import CurateConfig, Curated, curate
from warehouse.evidence.store import SupportReport, weigh_answers
from warehouse.ingest import Stored, ingest
from warehouse.lake import writing
from warehouse.summary import check_leaks, fate_counts, split_counts, table_counts
from warehouse.training_set import BuildConfig, build

NO_CRAWL = CrawlConfig()
NO_ASSIST = AssistConfig()
SHOWN = 200  # documents of an artifact: a crawl may bring any number


@dataclass(frozen=True)
class CurateReport:
    """What came in, what became of it, and where the training set lies."""

    documents: int  # files and pages
    crawled: list[Crawled]
    left_out: list[LeftOut]  # pages that gave no document
    stored: list[Stored]
    support: SupportReport
    curated: Curated
    set_folder: Path
    home: Path
    snapshot: int
    tables: dict[str, int]
    fates: list[tuple[str, str, str, int]]
    splits: list[tuple[str, str, dict[str, int]]]
    assisted: Assisted | None = None  # where a model was asked about doubtful speakers


@flow(name="curate", flow_run_name="curate {building.name}", validate_parameters=False)
def curate_flow(
    sources: list[Source],
    curation: CurateConfig,
    building: BuildConfig,
    home: Path,
    crawling: CrawlConfig = NO_CRAWL,
    on: EngineConfig = LOCAL,
    assisting: AssistConfig = NO_ASSIST,
) -> CurateReport:
    """Crawl, load, extract, store, weigh answers, deduplicate, split and export; each only as far as something has changed.
    Where `assisting` names an endpoint, a model there is asked about doubtful speakers."""
    crawled: list[Crawled] = []
    documents: list[Document] = []
    left_out: list[LeftOut] = []
    for spider in spiders_of(crawling):
        if not crawling.offline:
            crawled.append(step(crawl, f"crawl {spider.name}")(spider, home))
        pages, without = step(stored_documents, f"read the pages of {spider.name}")(spider, home)
        documents += pages
        left_out += without
    documents += [step(load_document, f"load {source.id}", retries=2)(source) for source in sources]
    with engine(on) as there, writing(home) as lake:
        stored = step(ingest, "ingest", retries=3)(lake, documents, there)
        assisted = step(assist_lake, "assist")(lake, assisting) if assisting.url else None
        support = step(weigh_answers, "weigh answers", retries=3)(lake, curation.evidence)
        curated = step(curate, "curate", retries=3)(lake, curation, there)
        step(check_leaks, "check for leaks")(lake)
        step(check_fates, "check that fates add up")(lake)
        folder = step(build, "build", retries=3)(lake, building)
        step(check_set, "check the set's rows")(lake, folder)
        report = CurateReport(
            len(documents), crawled, left_out, stored, support, curated, folder, lake.home, lake.snapshot(), table_counts(lake),
            fate_counts(lake), split_counts(lake), assisted,
        )  # fmt: skip
    _artifacts(report)
    return report


def sources_of(registries: tuple[str, ...]) -> list[Source]:
    """The sources of all the registries, in order."""
    return [source for name in registries for source in load_registry(name)]


def spiders_of(crawling: CrawlConfig) -> list[SpiderConfig]:
    """The spiders of the run, in order."""
    return [read_spider(Path(path)) for path in crawling.spiders]


def _artifacts(report: CurateReport) -> None:
    create_table_artifact(
        key="came-in",
        table=[
            {"source": one.source_id, "kind": one.kind, "records": one.records, "rejected": one.rejected,
             "new": one.change.inserted, "gone": one.change.deleted}
            for one in report.stored[:SHOWN]
        ],
        description=f"{len(report.stored):,} of {report.documents:,} documents were new or had changed",
    )  # fmt: skip
    create_table_artifact(
        key="fates",
        table=[{"task": t, "fate": f, "reason": r, "samples": n} for t, f, r, n in report.fates],
        description="What became of every record",
    )
    create_table_artifact(
        key="splits",
        table=[{"task": task, "type": kind, **splits} for task, kind, splits in report.splits],
        description=f"Samples by split at snapshot {report.snapshot}",
    )
