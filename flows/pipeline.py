"""Flow `pipeline`, the main job: curate, finetune, assess, report, each only as far as something has changed."""

import time
from dataclasses import dataclass
from pathlib import Path

from prefect import flow
from prefect.artifacts import create_link_artifact

from eval.assess import Assessment
from eval.report import write_report
from flows.assess import assess_flow
from flows.config import RunConfig
from flows.curate import CurateReport, curate_flow, sources_of
from flows.finetune import FinetuneReport, finetune_flow
from flows.report import WHERE_IT_OPENS, report_data
from flows.steps import step
from warehouse.lake import reading
from warehouse.summary import table_counts


@dataclass(frozen=True)
class PipelineReport:
    """What each sub-flow gave, the page that tells it, and the seconds each part took."""

    curate: CurateReport
    finetune: FinetuneReport
    assess: Assessment
    page: Path
    tables: dict[str, int]  # rows of every table at the end
    limit: int  # tokens of a row
    seconds: dict[str, float]

    @property
    def done_before(self) -> bool:
        """Whether nothing had to be done."""
        return (
            not self.curate.stored
            and self.curate.curated.done_before
            and self.finetune.adapter.done_before
            and self.assess.done_before
        )


def counted(home: Path) -> dict[str, int]:
    """Rows of every table now."""
    with reading(home) as lake:
        return table_counts(lake)


@flow(name="pipeline", flow_run_name="run {config.build.name}", validate_parameters=False)
def pipeline(config: RunConfig, home: Path) -> PipelineReport:
    """From files to a scored adapter and a report. Raises what the failing step raised, with its name as a note."""
    seconds: dict[str, float] = {}
    began = time.perf_counter()

    def lap(name: str) -> None:
        nonlocal began
        seconds[name], began = time.perf_counter() - began, time.perf_counter()

    sources = step(sources_of, "read registries")(config.registries)
    curated = curate_flow(sources, config.curate, config.build, home, config.crawl, config.engine, config.assist)
    lap("curate")
    tuned = finetune_flow(config, curated.set_folder, home)
    lap("finetune")
    assessed = assess_flow(curated.set_folder, tuned.base, tuned.adapter.folder, config.generate, home, config.trust)
    lap("assess")
    page = assessed.folder / "report.html"
    if not page.is_file() or not assessed.done_before:
        step(write_report, "report")(page, report_data(config, curated, tuned, assessed, seconds))
    tables = step(counted, "count")(home)
    lap("report")
    create_link_artifact(key="report", link=page.as_uri(), link_text=str(page), description=WHERE_IT_OPENS)
    return PipelineReport(curated, tuned, assessed, page, tables, config.tokens.max_length, seconds)
