"""What the sub-flows gave in, the data of the report page out."""

import json
from collections.abc import Mapping
from dataclasses import asdict

from eval.assess import Assessment
from eval.length_values import length_values
from eval.losses import read_losses
from eval.probed import read_probe
from eval.report import ModelResult, ReportData
from flows.config import RunConfig
from flows.curate import CurateReport
from flows.finetune import FinetuneReport
from train.bases import load_tokenizer
from train.sets import rows_of_set

# Beside a link to a file: a browser follows none from a page that came over HTTP.
WHERE_IT_OPENS = "On the machine that made it: copy the path to a browser there"
_EMBEDDED = "The base is the small one that is trained in place: good for proving the pipeline, not for talking to."
_CHINESE = {"base": "基座", "adapter": "适配器"}


def report_data(
    config: RunConfig, curated: CurateReport, tuned: FinetuneReport, assessed: Assessment, seconds: Mapping[str, float]
) -> ReportData:
    """Everything the page shows, gathered from one run."""
    details = {"base": assessed.inputs["base"], "adapter": f"{tuned.adapter.folder.name} ({config.adapter.method})"}
    splits: dict[str, dict[str, int]] = {}
    for task, _, counted in curated.splits:
        for split, rows in counted.items():
            splits.setdefault(split, {}).setdefault(task, 0)
            splits[split][task] += rows
    fates = ", ".join(f"{n:,} {fate}" for fate, n in curated.curated.fates.items())
    return ReportData(
        title=f"{curated.set_folder.name}",
        models=[
            ModelResult(name, _CHINESE[name], details[name], assessed.scores[name], assessed.predictions[name])
            for name in ("base", "adapter")
        ],
        notes=[_EMBEDDED] if config.base == "embedded" else [],
        facts={
            "snapshot": str(curated.snapshot),
            "training set": curated.set_folder.name,
            "samples": fates,
            "base": str(assessed.inputs["base"]),
            "adapter": tuned.adapter.folder.name,
            "evaluation": assessed.run_id,
        },
        seconds=seconds,
        table_rows=curated.tables,
        split_rows=splits,
        length_rows=tuned.lengths,
        length_values=length_values(rows_of_set(curated.set_folder), load_tokenizer(tuned.base, config.trust)),
        length_limit=config.tokens.max_length,
        losses=read_losses(tuned.adapter.folder / "metrics.jsonl"),
        probe=read_probe(assessed.folder / "probe.json"),
        config=json.dumps(asdict(config), ensure_ascii=False, indent=2),
    )
