"""Generated texts with planted near-copies in; seconds and memory of `huaben dedup`, text-dedup and datatrove out.

    python -m venv build/tools && build/tools/bin/pip install text-dedup==0.4.0 "datatrove[io,processing]==0.10.1" orjson
    .venv/bin/python benchmarks/dedup_tools.py build/tools/bin/python [ROWS]        100,000 rows by default

Each tool runs as a process from a JSON lines file to its result on disk, one after the other, on both cores, with the
same shingles of 4 characters and, in the two others, 14 bands of 8 permutations (ours derives its bands from the
threshold and verifies what they propose). Each is given a file that holds nothing but the text, in one column: ours as
it is, the others, which split on words, with spaces between the characters. The texts are those of benchmarks/near.py.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from near import generate

ROOT = Path(__file__).parent.parent
TEXT_DEDUP = ("-m text_dedup.minhash --path json --data_files {rows} --split train --column text --ngram 4 --min_length 1 "
              "--num_perm 112 --b 14 --r 8 --threshold 0.7 --num_proc 2 --cache_dir {folder}/cache --output {folder}/out")  # fmt: skip
DATATROVE = """
import sys
from datatrove.executor import LocalPipelineExecutor as Run
from datatrove.pipeline.dedup.minhash import (
    MinhashConfig, MinhashDedupBuckets, MinhashDedupCluster, MinhashDedupFilter, MinhashDedupSignature)
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers.jsonl import JsonlWriter
from datatrove.utils.word_tokenizers import WordTokenizer
class Characters(WordTokenizer):
    def word_tokenize(self, text): return text.split()
    def sent_tokenize(self, text): return [text]
    def span_tokenize(self, text): return [(0, len(text))]
rows, folder = sys.argv[1:]
config = MinhashConfig(n_grams=4, num_buckets=14, hashes_per_bucket=8)
def read(): return JsonlReader(rows, text_key="text")
def logs(name): return f"{folder}/logs/{name}"
if __name__ == "__main__":
    signed = Run([read(), MinhashDedupSignature(f"{folder}/sig", config=config, language=Characters())], tasks=2, workers=2, logging_dir=logs(1))
    bands = Run([MinhashDedupBuckets(f"{folder}/sig", f"{folder}/dup", config=config)], tasks=14, workers=2, logging_dir=logs(2), depends=signed)
    groups = Run([MinhashDedupCluster(f"{folder}/dup", f"{folder}/gone", config=config)], tasks=1, logging_dir=logs(3), depends=bands)
    Run([read(), MinhashDedupFilter(f"{folder}/gone"), JsonlWriter(f"{folder}/out")], tasks=2, workers=2, logging_dir=logs(4), depends=groups).run()
"""


def measured(words: list[str]) -> tuple[float, float, float]:
    """Seconds of wall clock, core seconds of all its processes, and peak MiB of the largest of them, of a command; stops
    with its output if it fails."""
    started = time.perf_counter()
    quiet = {"HF_HUB_OFFLINE": "1", "DO_NOT_TRACK": "1", "TQDM_DISABLE": "1"}
    inner = (  # the peak is that of a child and its children, so each tool gets a parent of its own
        "import resource, subprocess, sys; done = subprocess.run(sys.argv[1:], capture_output=True, text=True); "
        "used = resource.getrusage(resource.RUSAGE_CHILDREN); print(used.ru_utime + used.ru_stime, used.ru_maxrss); "
        "sys.exit(done.returncode and done.stderr[-2000:])"
    )
    done = subprocess.run(
        [sys.executable, "-c", inner, *words], env={**os.environ, **quiet}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{' '.join(words[:3])} failed:\n{done.stderr}")
    core_seconds, peak = map(float, done.stdout.split())
    return time.perf_counter() - started, core_seconds, peak / 1024


def main() -> None:
    """Print the table."""
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    other, rows = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    with tempfile.TemporaryDirectory() as named:
        folder = Path(named)
        plain, spaced = folder / "plain" / "rows.jsonl", folder / "spaced" / "rows.jsonl"
        for name in ("plain", "spaced", "td", "dt"):
            (folder / name).mkdir()
        with plain.open("w", encoding="utf-8") as ours_in, spaced.open("w", encoding="utf-8") as others_in:
            for text in generate(rows):
                ours_in.write(json.dumps({"text": text}, ensure_ascii=False) + "\n")
                others_in.write(json.dumps({"text": " ".join(text)}, ensure_ascii=False) + "\n")
        script = folder / "trove.py"
        script.write_text(DATATROVE, encoding="utf-8")
        ours = [sys.executable, "-c", "from flows.cli import app; app()", "dedup", str(plain), "--text", "text"]
        os.environ["PYTHONPATH"] = str(ROOT)
        commands = {
            "huaben dedup": [*ours, "-o", str(folder / "ours.parquet")],
            "text-dedup 0.4.0": [other, *TEXT_DEDUP.format(rows=spaced, folder=folder / "td").split()],
            "datatrove 0.10.1": [other, str(script), str(spaced), str(folder / "dt")],
        }
        figures = {name: measured(words) for name, words in commands.items()}
    first, first_core, _ = figures["huaben dedup"]
    print(f"{rows:,} texts of 60 to 180 characters, load {os.getloadavg()[0]:.1f}")
    print("| | seconds | times ours | core seconds | times ours | MiB, largest process |\n|---|---|---|---|---|---|")
    for name, (seconds, core, peak) in figures.items():
        print(
            f"| {name} | {seconds:.1f} | {seconds / first:.1f} | {core:.1f} | {core / first_core:.1f} | {peak:,.0f} |"
        )


if __name__ == "__main__":
    main()
