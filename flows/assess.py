"""Flow `assess`: a base and an adapter in; their answers to the held-out split, to general questions, and the scores out."""

from dataclasses import asdict
from pathlib import Path

from prefect import flow
from prefect.artifacts import create_table_artifact

from eval.assess import Assessment, assess
from eval.forgetting import forgetting
from eval.generate import GenerateConfig
from eval.table import compare_table
from flows.steps import step
from warehouse.lake import writing
from warehouse.runs import record_run


@flow(name="assess", flow_run_name="assess {adapter.name} on {set_folder.name}", validate_parameters=False)
def assess_flow(set_folder: Path, base: str, adapter: Path, config: GenerateConfig, home: Path) -> Assessment:
    """Generate on the held-out split with base and adapter, score both, record the scores in the lake; probe both."""
    made = step(assess, "evaluate")(set_folder, base, adapter, home / "evaluations", config)
    step(forgetting, "probe general knowledge")(base, adapter, made.folder / "probe.json", config.precision)
    if not made.done_before:
        scores = {name: [asdict(row) for row in rows] for name, rows in made.scores.items()}
        with writing(home) as lake:
            step(record_run, "record the evaluation", retries=3)(
                lake, made.run_id, "evaluate", made.inputs, {"folder": made.folder.name, "scores": scores}, made.seconds
            )
    table = compare_table(made.scores)
    create_table_artifact(
        key="scores",
        table=[dict(zip(table.header, row, strict=True)) for row in table.rows],
        description=f"Base and adapter {adapter.name} on the held-out split of {set_folder.name}",
    )
    return made
