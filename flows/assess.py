"""Flow `assess`: a base and an adapter in; their answers to the held-out split, to general questions, and the scores out."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from prefect import flow
from prefect.artifacts import create_table_artifact

from eval.assess import Assessment, assess
from eval.decoding import GenerateConfig
from eval.evaluations import Evaluation, evaluations
from eval.forgetting import forgetting
from eval.scores import ScoreRow, score_predictions
from eval.table import compare_table
from flows.record import record
from flows.steps import step
from train.trust import NOBODY, TrustConfig


@flow(name="assess", flow_run_name="assess {adapter.name} on {set_folder.name}", validate_parameters=False)
def assess_flow(
    set_folder: Path, base: str, adapter: Path, config: GenerateConfig, home: Path, trust: TrustConfig = NOBODY
) -> Assessment:
    """Generate on the held-out split with base and adapter, score both, record the scores in the lake; probe both."""
    made = step(assess, "evaluate")(set_folder, base, adapter, home / "evaluations", config, trust=trust)
    step(forgetting, "probe general knowledge")(base, adapter, made.folder / "probe.json", config.precision, trust)
    scores = {name: [asdict(row) for row in rows] for name, rows in made.scores.items()}
    record(made, "evaluate", {"folder": made.folder.name, "scores": scores}, home)
    _artifact("scores", made.scores, f"Base and adapter {adapter.name} on the held-out split of {set_folder.name}")
    before = evaluation_before(made.folder, home)
    if before:
        held = "the same" if before.inputs["split_sha256"] == made.inputs["split_sha256"] else "other"
        then = score_predictions(before.adapter.predictions)
        told = (
            f"{adapter.name} against {before.adapter.detail}, the adapter evaluated before it, on {held} held-out rows"
        )
        _artifact("scores-since-last-time", {"before": then, "now": made.scores["adapter"]}, told)
    return made


def evaluation_before(folder: Path, home: Path) -> Evaluation | None:
    """The evaluation that was finished last before the one in the folder; None where that was the first."""
    for one in evaluations(home):
        if one.folder != folder and _finished(one.folder) < _finished(folder):
            return one
    return None


def _finished(folder: Path) -> int:
    return (folder / "scores.json").stat().st_mtime_ns


def _artifact(key: str, scores: Mapping[str, Sequence[ScoreRow]], about: str) -> None:
    table = compare_table(scores)
    create_table_artifact(
        key=key, table=[dict(zip(table.header, row, strict=True)) for row in table.rows], description=about
    )
