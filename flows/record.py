"""A training or an evaluation that lies whole in its folder in; its row in the lake's `runs` out."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eval.assess import Assessment
from flows.steps import step
from train.sets import SetAdapter
from warehouse.lake import writing
from warehouse.runs import find_run, record_run


def record(made: SetAdapter | Assessment, kind: str, results: Mapping[str, Any], home: Path) -> None:
    """Put the run into the lake at `home` unless it is there. It is looked for even where the folder was whole before: a
    kill may have come between the folder and the row."""
    with writing(home) as lake:
        if find_run(lake, made.run_id) is None:
            step(record_run, f"record {kind} {made.run_id}", retries=3)(
                lake, made.run_id, kind, made.inputs, results, made.seconds
            )
