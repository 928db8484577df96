"""Generated texts with planted near-copies in; how time and memory of `huaben dedup` grow, precision and recall out.

    .venv/bin/python benchmarks/near.py --rows 100000 1000000 10000000        100,000 rows by default

Texts have 60 to 180 characters, drawn by Zipf's law from 3,000 Chinese characters. One in five is a copy of an earlier
one with 1 to 16 characters changed, left out or put in. Each size is one process of `huaben dedup`, from a JSON lines
file to its result on disk; its memory is what the process and its children hold together, looked up every 50 ms. Then
1 % new rows come to them (`--store`), as a nightly run brings them. Precision is counted over all pairs found among 20,000 rows, recall
against every pair of them whose Jaccard index over 4-character shingles is at least the threshold plus 0.05, counted
exactly through the shingles they share.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import psutil
import pyarrow.parquet as pq

from corpora.progress import track
from warehouse.near import NearConfig

SEED = 20251121
SAMPLE = 20_000
ROOT = Path(__file__).parent.parent
CHUNK = 5_000  # rows drawn from one seed, so that a longer file begins as a shorter one
_LETTERS = "".join(chr(0x4E00 + i) for i in range(3_000))


@dataclass(frozen=True)
class Figures:
    """What a process took: seconds of wall clock and of both cores together, and peak MiB with all its children."""

    seconds: float
    core_seconds: float
    peak: float


def generate(rows: int) -> Iterator[str]:
    """The texts; a copy stands right after its original, so that any stretch of rows has its share of pairs."""
    weights = 1 / np.arange(1, len(_LETTERS) + 1)
    up_to = np.cumsum(weights / weights.sum())
    for first in track(range(0, rows, CHUNK), "generate", unit="chunks"):
        random = np.random.default_rng((SEED, first))
        lengths = random.integers(60, 181, CHUNK)
        drawn = np.minimum(np.searchsorted(up_to, random.random(int(lengths.sum()))), len(_LETTERS) - 1)
        letters = (drawn + 0x4E00).astype("<u2").tobytes().decode("utf-16-le")
        ends = np.cumsum(lengths).tolist()
        copied = random.random(CHUNK) < 0.2
        text = ""
        for k in range(min(CHUNK, rows - first)):
            text = _edited(text, random) if copied[k] and text else letters[ends[k] - int(lengths[k]) : ends[k]]
            yield text


def _edited(text: str, random: np.random.Generator) -> str:
    letters = list(text)
    count = int(random.integers(1, 17))
    for share, letter, edit in zip(
        random.random(count).tolist(), random.integers(len(_LETTERS), size=count).tolist(),
        random.integers(3, size=count).tolist(), strict=True,
    ):  # fmt: skip
        place = int(share * len(letters))
        letters[place : place + (edit != 2)] = [] if edit == 1 else [_LETTERS[letter]]
    return "".join(letters)


def shingles(text: str, size: int) -> set[str]:
    """The distinct runs of `size` characters."""
    return {text[k : k + size] for k in range(len(text) - size + 1)}


def true_pairs(sets: list[set[str]], least: float) -> set[tuple[int, int]]:
    """Every pair whose Jaccard index is at least `least`, exactly."""
    postings: defaultdict[str, list[int]] = defaultdict(list)
    found = set()
    for right, own in enumerate(track(sets, "every pair of the sample")):
        shared = Counter(left for shingle in own for left in postings[shingle])
        for left, both in shared.items():
            if both / (len(own) + len(sets[left]) - both) >= least:
                found.add((left, right))
        for shingle in own:
            postings[shingle].append(right)
    return found


def measured(words: list[str]) -> Figures:
    """What a command takes; stops with its output if it fails."""
    started = time.perf_counter()
    with tempfile.TemporaryFile() as errors:
        child = subprocess.Popen(
            words, stdout=subprocess.DEVNULL, stderr=errors, env={**os.environ, "PYTHONPATH": str(ROOT)}
        )
        peak = 0
        while True:
            ended, status, used = os.wait4(child.pid, os.WNOHANG)
            if ended:
                break
            peak = max(peak, _held(child.pid))
            time.sleep(0.05)
        if status:
            errors.seek(0)
            sys.exit(f"{' '.join(words[:6])} failed:\n{errors.read().decode()[-2000:]}")
    return Figures(time.perf_counter() - started, used.ru_utime + used.ru_stime, peak / (1 << 20))


def _held(pid: int) -> int:
    held = 0
    try:
        root = psutil.Process(pid)
        for process in (root, *root.children(recursive=True)):
            held += process.memory_info().rss
    except psutil.NoSuchProcess:  # one has just ended: what the others hold is looked up next time
        return 0
    return held


def dedup(data: Path, output: Path, *options: str) -> list[str]:
    """The command line of `huaben dedup`."""
    start = [
        sys.executable,
        "-c",
        "from flows.cli import app; app()",
        "dedup",
        str(data),
        "--text",
        "text",
        "--id",
        "id",
    ]
    return [*start, "-o", str(output), *options]


def write(file: Path, texts: Iterator[str], first: int = 0) -> None:
    """The texts as JSON lines with ids from `first`."""
    with file.open("w", encoding="utf-8") as lines:
        for k, text in enumerate(texts, first):
            lines.write(f'{{"id": "{k}", "text": "{text}"}}\n')


def quality(folder: Path) -> None:
    """Print precision and recall over a sample, and how like a dropped row is to the one that is kept for it."""
    config = NearConfig()
    texts = list(generate(SAMPLE))
    write(folder / "sample.jsonl", iter(texts))
    measured(dedup(folder / "sample.jsonl", folder / "sample.parquet", "--store", str(folder / "sample")))
    sets = [shingles(text, config.shingle) for text in texts]
    sure = true_pairs(sets, config.threshold + 0.05)
    table = pq.read_table(folder / "sample" / "part-000000" / "pairs.parquet")
    found = {(a - 1, b - 1) for a, b in zip(table["left"].to_pylist(), table["right"].to_pylist(), strict=True)}
    right = sum(len(sets[a] & sets[b]) / len(sets[a] | sets[b]) >= config.threshold for a, b in found)
    dropped = [
        (int(row["id"]), int(row["duplicate_of"]))
        for row in pq.read_table(folder / "sample.parquet").to_pylist()
        if not row["kept"]
    ]
    unlike = sum(len(sets[a] & sets[b]) / len(sets[a] | sets[b]) < config.threshold for a, b in dropped)
    print(f"among {SAMPLE:,} rows, threshold {config.threshold}: {len(found):,} pairs found, precision {right / max(len(found), 1):.4f}; "
          f"recall {len(sure & found) / max(len(sure), 1):.4f} of the {len(sure):,} pairs of Jaccard {config.threshold + 0.05:.2f} or more; "
          f"{len(dropped):,} rows dropped, {unlike} of them unlike the row that is kept for them")  # fmt: skip


def growth(figures: dict[int, Figures]) -> str:
    """How seconds, core seconds and memory grow with the rows: the exponents of the power laws that fit best."""
    rows = np.log(list(figures))
    fits = {
        name: np.polyfit(rows, np.log([getattr(f, name) for f in figures.values()]), 1)[0]
        for name in ("seconds", "core_seconds", "peak")
    }
    return "time grows as rows ^ {seconds:.2f}, core seconds as rows ^ {core_seconds:.2f}, memory as rows ^ {peak:.2f}".format(
        **fits
    )


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000])
    parser.add_argument("--memory", default="1024", help="MiB, as of huaben dedup")
    parser.add_argument("--folder", type=Path, help="where the files are made and removed; the system's by default")
    options = parser.parse_args()
    figures: dict[int, Figures] = {}
    with tempfile.TemporaryDirectory(dir=options.folder) as named:
        folder = Path(named)
        quality(folder)
        print("| rows | seconds | core seconds | rows a second | peak MiB, all processes | load | 1 % more | core seconds | share of these |\n"
              "|---|---|---|---|---|---|---|---|---|", flush=True)  # fmt: skip
        for rows in sorted(options.rows):
            texts = generate(rows + rows // 100)
            write(folder / "rows.jsonl", islice(texts, rows))
            write(folder / "new.jsonl", texts, rows)
            more = ("--memory", options.memory, "--store", str(folder / "store"))
            figures[rows] = f = measured(dedup(folder / "rows.jsonl", folder / "rows.parquet", *more))
            new = measured(dedup(folder / "new.jsonl", folder / "new.parquet", *more))
            print(f"| {rows:,} | {f.seconds:.1f} s | {f.core_seconds:.1f} s | {rows / f.seconds:,.0f} | {f.peak:,.0f} | {os.getloadavg()[0]:.1f} "
                  f"| {new.seconds:.1f} s | {new.core_seconds:.1f} s | {new.core_seconds / f.core_seconds:.1%} |", flush=True)  # fmt: skip
            shutil.rmtree(folder / "store")
        if len(figures) > 1:
            print(growth(figures))


if __name__ == "__main__":
    main()
