"""A training set and real pretrained bases in; what adapters of each method learn from the same rows out, as tables.

    .venv/bin/python benchmarks/pretrained_bases.py BASES
    HUABEN_CORPORA=../shared/corpora .venv/bin/huaben run --config configs/four_novels.toml
    .venv/bin/python benchmarks/pretrained.py .huaben/sets/NAME --bases BASES --out OUT [--rows 240] [--held 60]
    .venv/bin/python benchmarks/english_rows.py ENGLISH.json     for part b, with --english ENGLISH.json

a  Gemma 3 270M on role-play and quiz rows, half each: the base, LoRA, prefix and P-tuning; same rows, same steps.
b  SmolLM2-135M-Instruct on the Alpaca rows of FILE (JSON, {instruction, input, output}); left out without --english.
c  Gemma on quiz rows after the first 三国 experiment (1e-2 and constant, tested on what it was trained on) against LoRA
   in our settings on the same rows: both answer rows they have seen and rows they have not.

Each model also answers the general probe (eval/forgetting.py): the loss of its answers, in nats a character, and the share that
it has right. The draw of rows is seeded. Answers and adapters stay in OUT, and a run that was stopped goes on there.
"""

import argparse
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from eval.decoding import GenerateConfig
from eval.forgetting import forgetting
from eval.generate import generate_predictions
from eval.predictions import read_predictions
from eval.probed import ProbeAnswer
from eval.scores import score_predictions
from train.adapters import AdapterConfig
from train.config import TrainConfig
from train.finetune import finetune
from train.tokenise import TokenConfig
from warehouse.kit import stable_id

SEED = 20261121
TOKENS = TokenConfig(max_length=256, overlong="skip")
GENERATE = GenerateConfig(max_new_tokens=48, batch_size=20)
SHOWN = ("rouge_l", "repetition", "loop", "finished", "length_ratio")  # columns of the tables, of eval/metrics.py
OURS = TrainConfig(batch_size=8, learning_rate=3e-4)
# Virtual tokens start from nothing and want ten times LoRA's rate; not searched for.
METHODS = {
    "LoRA": (AdapterConfig(method="lora", r=8, alpha=16), OURS),
    "prefix": (AdapterConfig(method="prefix", virtual_tokens=16), replace(OURS, learning_rate=3e-3)),
    "P-tuning": (AdapterConfig(method="ptuning", virtual_tokens=16), replace(OURS, learning_rate=3e-3)),
}
FIRST = (  # configs/sanguo_ptuning_v2.toml tells the same of it
    AdapterConfig(method="prefix", virtual_tokens=8),
    replace(OURS, learning_rate=1e-2, schedule="constant", warmup_share=0.0),
)
Rows = list[dict[str, Any]]


def draw(table: pa.Table, task: str, n: int) -> Rows:
    """`n` seeded rows of the task whose prompt and answer are short enough for two cores."""
    rows = [
        row
        for row in table.to_pylist()
        if row["task"] == task
        and len(row["answer"]) <= 60
        and sum(len(turn["content"]) for turn in row["messages"]) <= 160
    ]
    return random.Random(SEED).sample(rows, min(n, len(rows)))


def main() -> None:
    """Prints the tables of the parts asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("training_set", type=Path)
    parser.add_argument("--bases", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=240)
    parser.add_argument("--held", type=int, default=60)
    parser.add_argument("--epochs", type=float, default=2.0)
    parser.add_argument("--parts", default="abc")
    parser.add_argument("--english", type=Path)
    given = parser.parse_args()
    train, test = (pq.read_table(given.training_set / f"{split}.parquet") for split in ("train", "test"))
    gemma, halves = given.bases / "gemma3-270m", (given.rows // 2, given.held // 2)
    if "a" in given.parts:
        rows, held = (
            [*draw(table, "roleplay", n), *draw(table, "quiz", n)]
            for table, n in zip((train, test), halves, strict=True)
        )
        folder = Folder(given.out / "a", gemma, train.schema, given.epochs)
        folder.compare(f"a. Gemma 3 270M, {len(rows)} rows, {len(held)} held out", METHODS, rows, {"held out": held})
    if "b" in given.parts and given.english:
        english = _english(given.english)
        rows, held = english[: given.rows], english[given.rows : given.rows + given.held]
        folder = Folder(given.out / "b", given.bases / "smollm2-135m", train.schema, given.epochs)
        folder.compare(
            f"b. SmolLM2-135M, {len(rows)} English rows", {"LoRA": METHODS["LoRA"]}, rows, {"held out": held}
        )
    if "c" in given.parts:
        rows, held = draw(train, "quiz", given.rows), draw(test, "quiz", given.held)
        folder = Folder(given.out / "c", gemma, train.schema, given.epochs)
        recipes = {"first recipe": FIRST, "ours": METHODS["LoRA"]}
        asked = {"trained on": rows[: given.held], "held out": held}
        folder.compare(f"c. Gemma 3 270M, {len(rows)} quiz rows, two recipes", recipes, rows, asked)


class Folder:
    """Where one part keeps its rows, adapters and answers."""

    def __init__(self, folder: Path, base: Path, schema: pa.Schema, epochs: float) -> None:
        self.folder, self.base, self.schema, self.epochs = folder, base, schema, epochs
        folder.mkdir(parents=True, exist_ok=True)

    def compare(
        self, title: str, recipes: dict[str, tuple[AdapterConfig, TrainConfig]], rows: Rows, asked: dict[str, Rows]
    ) -> None:
        """Trains each recipe on the rows, and prints a line for it and for the base on each file that is asked."""
        columns = [
            "model",
            "rows asked",
            "held-out loss",
            *SHOWN,
            "choice and true/false right %",
            "probe loss",
            "probe right %",
        ]
        print(f"\n{title}\n\n| {' | '.join(columns)} |\n|{'---|' * len(columns)}", flush=True)
        train = self._written("train", random.Random(SEED).sample(rows, len(rows)))
        files = {name: self._written(name, some) for name, some in asked.items()}
        losses: dict[str, float | None] = {}
        probes: dict[str, str] = {}
        for name, (method, config) in recipes.items():
            adapter = self.folder / name
            if not (adapter / "birth.json").is_file():
                used = replace(config, epochs=self.epochs)
                finetune([train], files["held out"], self.base, adapter, used, method, TOKENS)
            metrics = json.loads((adapter / "birth.json").read_text(encoding="utf-8"))["metrics"]
            losses |= {name: metrics["eval_loss"], "base": metrics["base_loss"]}
            answered = forgetting(str(self.base), adapter, adapter / "probe.json")
            probes |= {"base": _probed(answered["base"]), name: _probed(answered["adapter"])}
        for name in ("base", *recipes):
            for asked_of, file in files.items():
                answers = self.folder / f"{name} on {asked_of}.jsonl"
                if not answers.is_file():
                    generate_predictions(
                        file, self.base, answers, GENERATE, None if name == "base" else self.folder / name
                    )
                loss = losses[name] if asked_of == "held out" else None
                print(f"| {name} | {asked_of} | {_cells(loss, answers)} | {probes[name]} |", flush=True)

    def _written(self, name: str, rows: Sequence[dict[str, Any]]) -> Path:
        path = self.folder / f"{name}.parquet"
        pq.write_table(pa.Table.from_pylist(list(rows), schema=self.schema), path)
        return path


def _probed(answers: Sequence[ProbeAnswer]) -> str:
    """The mean loss of the answers and the share that is right, in per cent."""
    loss, right = (sum(getattr(one, name) for one in answers) / len(answers) for name in ("loss", "right"))
    return f"{loss:.2f} | {100 * right:.0f}"


def _cells(loss: float | None, answers: Path) -> str:
    """Nats a token, the metrics over all rows, and the share of right answers where letters are asked for."""
    scores = score_predictions(read_predictions(answers))
    chosen = [row for row in scores if row.question_type in ("single_choice", "true_false")]
    n = sum(row.n for row in chosen)
    right = sum((row.scores["exact"] or 0.0) * row.n for row in chosen) / n if n else None
    cell: Callable[[float | None], str] = lambda value: "–" if value is None else f"{value:.2f}"  # noqa: E731
    return " | ".join([cell(loss), *(cell(scores[0].scores[metric]) for metric in SHOWN), cell(right)])


def _english(file: Path) -> Rows:
    """Alpaca rows as rows of a training set."""
    found = json.loads(file.read_text(encoding="utf-8"))
    rows = []
    for item in random.Random(SEED).sample(found, len(found)):
        asked = f"{item['instruction']}\n{item.get('input', '')}".strip()
        if len(item["output"]) <= 200 and len(asked) <= 400:
            rows.append(
                {
                    "sample_id": stable_id("english", asked), "task": "instruct", "question_type": "instruction",
                    "messages": [{"role": "user", "content": asked}], "answer": item["output"], "reference": item["output"],
                }
            )  # fmt: skip
    return rows


if __name__ == "__main__":
    main()
