"""The four novels and their hand-made labels in; scores, addressees, the confidence curve, seconds and memory out.

    HUABEN_CORPORA=../shared/corpora .venv/bin/python benchmarks/dialogue.py [--gold DIR]

Labels and their scorer (score_dialogue.py) are taken from `gold` beside the corpora, or from DIR; 380 more labels stand in
benchmarks/labels. Seconds are those
of one core, for extraction with the casts and for jieba.lcut on the same text in the same run. Memory is the peak
resident size before jieba is loaded, whose dictionary would hide it.
"""

import argparse
import json
import logging
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from corpora.decode import decode
from corpora.document import Document
from extractors.cast import Cast, parse_cast
from extractors.novel import extract_utterances
from extractors.records import Utterance

ROOT = Path(__file__).parent.parent
NOVELS = ("sanguo", "shuihu", "xiyou", "honglou")
LABELS = ("dialogue_dev", "dialogue_hard_dev")
OWN = Path(__file__).parent / "labels"
SPOKEN = ("speech", "thought", "verse", "writing")
THRESHOLDS = (0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.96)


def utterances(texts: dict[str, str], casts: dict[str, Cast | None]) -> tuple[dict[str, list[Utterance]], float]:
    """The rows of each novel, and the CPU seconds that all took together."""
    began = time.process_time()
    rows = {
        novel: extract_utterances(Document("", novel, "novel", novel, text, "", "utf-8", ""), casts[novel])
        for novel, text in texts.items()
    }
    return rows, time.process_time() - began


def scored(gold: Path, labels: Path, rows: dict[str, list[Utterance]]) -> dict[str, Any]:
    """What score_dialogue.py prints for these rows."""
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for novel, found in rows.items():
            path = Path(folder, f"{novel}.jsonl")
            path.write_text("\n".join(json.dumps(asdict(row), ensure_ascii=False) for row in found), encoding="utf-8")
            files.append(f"{novel}={path}")
        command = [sys.executable, str(gold / "score_dialogue.py"), str(labels), *files]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def curve(gold: Path, rows: dict[str, list[Utterance]]) -> list[tuple[float, float, float, int]]:
    """For each threshold: the share of labelled utterances with a speaker at or above it, how many of these are right,
    and how many they are."""
    found = {(novel, row.char_start): row for novel, listed in rows.items() for row in listed}
    read: list[tuple[float, bool]] = []
    for name in LABELS:
        for line in (gold / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
            label = json.loads(line)
            if label["confidence"] == "low" or label["kind"] not in SPOKEN or not label["speaker"]:
                continue
            row = found.get((label["novel"], label["char_start"]))
            accepted = {*label["accept"], label["speaker"], *label["speaker"].split("、")}
            said = set(row.speaker.split("、")) if row else set()
            read.append((row.confidence if row and row.speaker else -1.0, bool(said & accepted)))
    points = []
    for threshold in THRESHOLDS:
        kept = [right for confidence, right in read if confidence >= threshold]
        points.append((threshold, len(kept) / len(read), sum(kept) / max(1, len(kept)), len(kept)))
    return points


def report(gold: Path, name: str, rows: dict[str, list[Utterance]]) -> None:
    """Prints the scores, the share with an addressee and the curve for one set of casts."""
    for labels in (*(gold / f"{labels}.jsonl" for labels in LABELS), *sorted(OWN.glob("*.jsonl"))):
        for novel, score in scored(gold, labels, rows).items():
            print(f"{name:8} {labels.stem:18} {novel:8} {json.dumps(score)}")
    for novel, listed in rows.items():
        spoken = [row for row in listed if row.kind in SPOKEN]
        addressed = sum(bool(row.addressee) for row in spoken)
        unnamed = sum(not row.speaker for row in spoken)
        print(
            f"{name:8} {novel:8} {len(listed):6} quotations {len(spoken):6} utterances "
            f"{addressed / len(spoken):6.1%} with an addressee {unnamed / len(spoken):6.1%} without a speaker"
        )
    for threshold, coverage, accuracy, n in curve(gold, rows):
        right = f"accuracy {accuracy:6.1%} of {n}" if n else "nothing that sure"
        print(f"{name:8} --min-confidence {threshold:<4} coverage {coverage:6.1%} {right}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints all figures; 0, also where files are missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--gold", type=Path, help="folder with the labels and score_dialogue.py")
    chosen = parser.parse_args(arguments)
    corpora = Path(os.environ.get("HUABEN_CORPORA", "../shared/corpora"))
    gold: Path = chosen.gold or corpora.parent / "gold"
    wanted = [corpora / "novels" / f"{novel}.txt" for novel in NOVELS]
    wanted += [gold / "score_dialogue.py", *(gold / f"{labels}.jsonl" for labels in LABELS)]
    if missing := [path for path in wanted if not path.is_file()]:
        print(f"skipped: {missing[0]} is not there; set HUABEN_CORPORA to the real files, or name the labels by --gold")
        return 0
    texts = {path.stem: decode(path.read_bytes(), where=str(path))[0] for path in wanted[: len(NOVELS)]}
    casts: dict[str, Cast | None] = {
        novel: parse_cast((ROOT / "corpora" / "casts" / f"{novel}.toml").read_text(encoding="utf-8"))
        for novel in NOVELS
    }
    rows, seconds = utterances(texts, casts)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    bare, bare_seconds = utterances(texts, dict.fromkeys(NOVELS))
    report(gold, "cast", rows)
    report(gold, "no cast", bare)

    import jieba  # only now, so that its dictionary is not in the peak

    jieba.setLogLevel(logging.ERROR)
    jieba.initialize()
    began = time.process_time()
    for text in texts.values():
        jieba.lcut(text)
    cut = time.process_time() - began
    print(f"{sum(map(len, texts.values())):,} characters: {seconds:.2f} s with casts, {bare_seconds:.2f} s without")
    print(
        f"jieba.lcut {cut:.2f} s: ratio {seconds / cut:.3f} with casts, {bare_seconds / cut:.3f} without (target 0.25)"
    )
    print(f"peak memory {peak:.0f} MiB (target below 500)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
