"""A training or an evaluation that lies whole in its folder in; its row in the lake's `runs` out."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eval.assess import Assessment
from flows.steps import step
from train.sets import SetAdapter
from warehouse.kit import BadInput
from warehouse.lake import reading, writing
from warehouse.runs import find_run, record_run


def record(made: SetAdapter | Assessment, kind: str, results: Mapping[str, Any], home: Path) -> None:
    """Put the run into the lake at `home` unless it is there. It is looked for even where the folder was whole before: a
    kill may have come between the folder and the row."""
    if made.done_before and _known(made.run_id, home):
        return
    with writing(home) as lake:
        step(record_run, f"record {kind} {made.run_id}", retries=3)(
            lake, made.run_id, kind, made.inputs, results, made.seconds
        )


def _known(run_id: str, home: Path) -> bool:
    """Read and not written to: whoever has nothing to record need not wait for another writer."""
    try:
        with reading(home) as lake:
            return find_run(lake, run_id) is not None
    except BadInput:  # there is no lake yet: writing makes it
        return False
