"""Generated texts with planted near-copies in; seconds, pairs, precision and recall of `warehouse.near` out.

    .venv/bin/python benchmarks/near.py [ROWS]        100,000 rows by default

Texts have 60 to 180 characters, drawn by Zipf's law from 3,000 Chinese characters. One in five is a copy of an earlier
one with 1 to 16 characters changed, left out or put in. Precision is counted over all pairs that are found, recall
against every pair of a sample of 5,000 rows whose Jaccard index over 4-character shingles is at least the threshold
plus 0.05, counted exactly through the shingles they share.
"""

import resource
import sys
import time
from collections import Counter, defaultdict

import numpy as np

from warehouse.near import NearConfig, near_pairs

SEED = 20251121
SAMPLE = 5_000


def generate(rows: int) -> list[str]:
    """The texts; a copy stands right after its original, so that any stretch of rows has its share of pairs."""
    random = np.random.default_rng(SEED)
    weights = 1 / np.arange(1, 3_001)
    weights /= weights.sum()
    letters = [chr(0x4E00 + i) for i in range(3_000)]
    texts: list[str] = []
    while len(texts) < rows:
        if texts and random.random() < 0.2:
            text = list(texts[-1])
            for _ in range(int(random.integers(1, 17))):
                place, letter = int(random.integers(len(text))), letters[int(random.integers(3_000))]
                edit = int(random.integers(3))
                text[place : place + (edit != 2)] = [] if edit == 1 else [letter]
            texts.append("".join(text))
        else:
            drawn = random.choice(3_000, size=int(random.integers(60, 181)), p=weights)
            texts.append("".join(letters[i] for i in drawn))
    return texts


def shingles(text: str, size: int) -> set[str]:
    """The distinct runs of `size` characters."""
    return {text[k : k + size] for k in range(len(text) - size + 1)}


def true_pairs(sets: list[set[str]], least: float) -> set[tuple[int, int]]:
    """Every pair whose Jaccard index is at least `least`, exactly."""
    postings: defaultdict[str, list[int]] = defaultdict(list)
    found = set()
    for right, own in enumerate(sets):
        shared = Counter(left for shingle in own for left in postings[shingle])
        for left, both in shared.items():
            if both / (len(own) + len(sets[left]) - both) >= least:
                found.add((left, right))
        for shingle in own:
            postings[shingle].append(right)
    return found


def main() -> None:
    """Print the figures."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    config = NearConfig()
    texts = list(dict.fromkeys(generate(rows)))
    started = time.perf_counter()
    pairs = list(near_pairs(texts, config))
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    right = 0
    for pair in pairs:
        a, b = shingles(texts[pair.left], config.shingle), shingles(texts[pair.right], config.shingle)
        right += len(a & b) / len(a | b) >= config.threshold
    sample = true_pairs([shingles(text, config.shingle) for text in texts[:SAMPLE]], config.threshold + 0.05)
    found = {(pair.left, pair.right) for pair in pairs}
    print(f"{len(texts):,} texts, threshold {config.threshold}: {seconds:.2f} s, {len(texts) / seconds:,.0f} texts/s, "
          f"peak memory {peak:,.0f} MiB")  # fmt: skip
    print(f"{len(pairs):,} pairs, precision {right / max(len(pairs), 1):.4f}")
    print(f"recall {len(sample & found) / max(len(sample), 1):.4f} of {len(sample):,} pairs of Jaccard "
          f"{config.threshold + 0.05:.2f} or more among {SAMPLE:,} rows")  # fmt: skip


if __name__ == "__main__":
    main()
