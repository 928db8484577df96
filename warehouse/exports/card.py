"""A folder of Parquet files and the manifest behind them in, the dataset card of a Hugging Face dataset out.

README.md: a YAML header that `datasets` opens the folder by, then what the set is, its counts, sources and licences.
images/lengths.png: how long prompts and answers are.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from warehouse.manifest import Manifest

Kinds = Counter[tuple[str, str, str]]  # rows by task, question type and source

# Licences as sources state them, to the ids that Hugging Face knows; https://hf.co/docs/hub/repositories-licenses
_LICENCES = {
    name: name
    for name in "apache-2.0 mit bsd-3-clause cc0-1.0 cc-by-3.0 cc-by-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc-by-nc-3.0 "
    "cc-by-nc-4.0 cc-by-nd-4.0 cc-by-nc-sa-3.0 cc-by-nc-sa-4.0 cc-by-nc-nd-4.0 odc-by odbl pddl gpl-3.0 "
    "unlicense".split()
} | {"": "unknown", "none-stated": "unknown", "unknown": "unknown"}
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_PURPOSE = {"roleplay": "text-generation", "instruct": "text-generation", "quiz": "question-answering"}
_FIELDS = (
    ("messages", "the conversation, a list of {role, content}; the last turn is the answer to learn"),
    ("reference", "what a prediction is scored against: sorted letters, true or false, else the answer"),
    ("task, question_type", "what kind of example it is"),
    ("novel, character", "the novel it is from or asks about, and who speaks; empty where neither holds"),
    ("source_id", "the source it was taken from, as in the table of sources"),
    ("sample_id, cluster_id", "its own id, and that of the near-duplicates it stood for"),
)


def licence_id(stated: str) -> str:
    """Hugging Face's id of a licence, `other` for one that it has none for, `unknown` where none is stated.

    What follows a semicolon is where the licence was read: `CC BY-NC-SA 4.0; owner/repo@commit`.
    """
    return _LICENCES.get(stated.partition(";")[0].strip().lower().replace(" ", "-"), "other")


def write_card(folder: Path, manifest: Manifest, files: Mapping[str, int]) -> None:
    """README.md and images/lengths.png into the folder, from the files in it. Raises BadInput without matplotlib."""
    import pyarrow.parquet as pq

    from warehouse.exports.plots import plot_lengths

    counts: dict[str, Kinds] = {}
    lengths: dict[str, list[tuple[int, int]]] = {}
    for file in files:
        counts[Path(file).stem] = Counter()
        with pq.ParquetFile(folder / file) as table:
            for batch in table.iter_batches(columns=["task", "question_type", "source_id", "messages"]):
                for row in batch.to_pylist():
                    counts[Path(file).stem][row["task"], row["question_type"], row["source_id"]] += 1
                    turns = [len(turn["content"]) for turn in row["messages"]]
                    lengths.setdefault(row["task"], []).append((sum(turns[:-1]), turns[-1]))
    plot_lengths(folder / "images" / "lengths.png", lengths)
    (folder / "README.md").write_text(card(manifest, files, counts), encoding="utf-8")


def card(manifest: Manifest, files: Mapping[str, int], counted: Mapping[str, Kinds]) -> str:
    """The text of the card. `counted` holds the rows of each split by task, question type and source."""
    counts: dict[str, Counter[tuple[str, str]]] = {split: Counter() for split in counted}
    taken: Counter[str] = Counter()
    for split, kinds_of_split in counted.items():
        for (task, kind, source), rows in kinds_of_split.items():
            counts[split][task, kind] += rows
            taken[source] += rows
    sources = [(source, manifest.sources.get(source, {}), rows) for source, rows in sorted(taken.items())]
    kinds = sorted({kind for rows_of_split in counts.values() for kind in rows_of_split})
    header = _header(manifest, files, [facts.get("licence", "") for _, facts, _ in sources], kinds)
    by_kind = [(task, kind, *(counts[split][task, kind] for split in counts)) for task, kind in kinds]
    by_kind.append(("all", "", *(sum(rows_of_split.values()) for rows_of_split in counts.values())))
    licences = [
        (source, facts.get("title", ""), facts.get("licence") or "not stated", facts.get("origin", ""), rows)
        for source, facts, rows in sources
    ]
    return "\n\n".join(
        [
            header,
            f"# {manifest.name}",
            f"Training set `{manifest.set_id}`, made by huaben from snapshot {manifest.snapshot} of its warehouse "
            f"(config {manifest.config_sha256[:12]}, code {manifest.code_version}). The same snapshot and config give "
            "the same bytes.",
            "```python\nfrom datasets import load_dataset\n\nsplits = load_dataset(\"path/to/this/folder\")\n```",
            "`seed` was checked by people and is trained on together with `train`; `test` is held out. Near-duplicates, "
            "and the lines of one scene, never stand in two splits.",
            "## Rows\n\n" + _table(("task", "type", *counts), by_kind),
            "## Fields\n\n" + _table(("field", "what it holds"), _FIELDS),
            "## Sources and licences\n\nA row keeps the licence of its source.\n\n"
            + _table(("source", "title", "licence", "from", "rows"), licences),
            "## Lengths\n\n![Characters of prompts and answers, by task](images/lengths.png)",
        ]
    ) + "\n"  # fmt: skip


def _header(
    manifest: Manifest, files: Mapping[str, int], licences: Sequence[str], kinds: Sequence[tuple[str, str]]
) -> str:
    """The YAML header; every value is written as JSON, which YAML reads."""
    total = sum(files.values())
    size = next((name for limit, name in _SIZES if total < limit), "1M<n<10M")
    data = [{"split": Path(file).stem, "path": file} for file in files]
    values = {
        "pretty_name": manifest.name,
        "language": ["zh"],
        "license": sorted({licence_id(licence) for licence in licences}),
        "task_categories": sorted({_PURPOSE.get(task, "text-generation") for task, _ in kinds}),
        "size_categories": [size],
        "configs": [{"config_name": "default", "data_files": data}],
    }
    return "\n".join(["---", *(f"{k}: {json.dumps(v, ensure_ascii=False)}" for k, v in values.items()), "---"])


def _table(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    lines = [header, ["---:" if rows and isinstance(cell, int) else "---" for cell in rows[0]], *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value).replace("|", "\\|").replace("\n", " ")
