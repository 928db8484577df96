"""What a training or an evaluation took and gave in, a row of `runs` out, and back."""

import json
from collections.abc import Mapping
from typing import Any

from warehouse.lake import Lake
from warehouse.tables import Change, replace_rows


def record_run(
    lake: Lake, run_id: str, kind: str, inputs: Mapping[str, Any], results: Mapping[str, Any], seconds: float
) -> Change:
    """Put the run into the lake, in a transaction of its own; the same run twice changes nothing."""
    row = {
        "run_id": run_id,
        "kind": kind,
        "inputs": json.dumps(inputs, ensure_ascii=False, sort_keys=True, default=str),
        "results": json.dumps(results, ensure_ascii=False, sort_keys=True, default=str),
        "seconds": round(seconds, 3),
    }
    with lake.transaction(f"{kind} {run_id}"):
        return replace_rows(lake.connection, "runs", [row])


def find_run(lake: Lake, run_id: str) -> dict[str, Any] | None:
    """The run's row with `inputs` and `results` as objects; None when there is none."""
    found = lake.connection.execute("SELECT * FROM runs WHERE run_id = ?", [run_id]).to_arrow_table().to_pylist()
    if not found:
        return None
    row: dict[str, Any] = found[0]
    return {**row, "inputs": json.loads(row["inputs"]), "results": json.loads(row["results"])}
