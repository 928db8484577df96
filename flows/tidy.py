"""Flow `tidy`: a home folder and a policy in; old snapshots and files gone, and what went told, out."""

from pathlib import Path

from prefect import flow
from prefect.artifacts import create_table_artifact

from flows.steps import step
from flows.tidied import tidied_lines
from warehouse.lake import writing
from warehouse.retention import RetentionConfig
from warehouse.tidy import Tidied, tidy


@flow(name="tidy", flow_run_name="tidy up {home.name}", validate_parameters=False)
def tidy_flow(config: RetentionConfig, home: Path) -> Tidied:
    """Apply the retention policy; for a weekly schedule."""
    with writing(home) as lake:
        made = step(tidy, "tidy", retries=3)(lake, config)
    create_table_artifact(
        key="tidied",
        table=[{"what": what, "number": number, "MiB": size} for what, number, size in tidied_lines(made)],
        description="What the retention policy let go",
    )
    return made
