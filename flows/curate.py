"""Flow `curate`: files in; the lake brought up to date, and a training set made from it, out."""

from dataclasses import dataclass
from pathlib import Path

from prefect import flow
from prefect.artifacts import create_table_artifact

from corpora.load import load_document
from corpora.registry import Source, load_registry
from flows.steps import step
from warehouse.curate import CurateConfig, Curated, curate
from warehouse.ingest import Stored, ingest
from warehouse.lake import Lake, writing
from warehouse.summary import check_leaks, fate_counts, split_counts, table_counts
from warehouse.training_set import BuildConfig, build


@dataclass(frozen=True)
class CurateReport:
    """What came in, what became of it, and where the training set lies."""

    stored: list[Stored]
    curated: Curated
    set_folder: Path
    home: Path
    snapshot: int
    tables: dict[str, int]
    fates: list[tuple[str, str, str, int]]
    splits: list[tuple[str, str, dict[str, int]]]


@flow(name="curate", validate_parameters=False)
def curate_flow(sources: list[Source], curation: CurateConfig, building: BuildConfig, home: Path) -> CurateReport:
    """Load, extract, store, deduplicate, split and export; each only as far as something has changed."""
    documents = [step(load_document, f"load {source.id}", retries=2)(source) for source in sources]
    with writing(home) as lake:
        stored = step(ingest, "ingest", retries=3)(lake, documents)
        curated = step(curate, "curate", retries=3)(lake, curation)
        step(check_leaks, "check for leaks")(lake)
        folder = step(build, "build", retries=3)(lake, building)
        report = _report(lake, stored, curated, folder)
    _artifacts(report)
    return report


def sources_of(registries: tuple[str, ...]) -> list[Source]:
    """The sources of all the registries, in order."""
    return [source for name in registries for source in load_registry(name)]


def _report(lake: Lake, stored: list[Stored], curated: Curated, folder: Path) -> CurateReport:
    return CurateReport(
        stored, curated, folder, lake.home, lake.snapshot(), table_counts(lake), fate_counts(lake), split_counts(lake)
    )


def _artifacts(report: CurateReport) -> None:
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
