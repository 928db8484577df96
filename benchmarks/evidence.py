"""The four novels and the question banks in; how often the novels support true answers and swapped ones out.

    HUABEN_CORPORA=../shared/corpora .venv/bin/python benchmarks/evidence.py [--seeds 5] [--wrong]

A swapped answer is that of another question of the same type in the same file, drawn by each of the seeds; those that
happen to be equal to the true one are left out. So for a choice letters are swapped, and a wrong option of the same
question is claimed; for blanks, words of the same paper. Questions that ask what no novel tells (its author, a riddle)
count as unknown and stay in the sums; the last column says how often the others are supported. `tests` are the papers in
tests/data/papers, many of whose questions do not say on which novel they are. The seed questions were
read against these very verdicts when they were written, so their figures flatter.
"""

import argparse
import json
import os
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil

from corpora.load import load_document
from corpora.registry import load_registry
from extractors.extract import extract
from extractors.records import Question
from warehouse.evidence.check import check_one
from warehouse.evidence.novel import Novel, open_novel
from warehouse.evidence.support import EvidenceConfig

SUPPORTS = ("supported", "unsupported", "contradicted", "unknown")
CLOSED = ("single_choice", "multiple_choice", "fill_blank")  # those with a target
Row = Mapping[str, Any]


def papers(folder: Path) -> dict[str, list[Row]]:
    """The questions of the papers as their gold labels have them, by paper."""
    return {
        path.name.removesuffix(".gold.jsonl"): [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        for path in sorted(folder.glob("*.gold.jsonl"))
    }


def banks(registry: str) -> dict[str, list[Row]]:
    """The questions of the other files that the registry lists, as they are extracted, by source."""
    found: dict[str, list[Row]] = {}
    for source in load_registry(registry):
        if source.kind == "quiz" and "/papers/" not in Path(source.path).as_posix():
            records = extract(load_document(source))
            questions = [record for record in records if isinstance(record, Question)]
            found[source.id] = [{**asdict(q), "novel": q.novel or source.novel} for q in questions]
    return found


def swapped(rows: Sequence[Row], seed: int) -> Iterator[Row]:
    """The questions, each with the answer of another one of its type, but for those to which it is the same."""
    by_type: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row["answer"] not in (None, "", []):
            by_type[row["type"]].append(row)
    drawn = random.Random(seed)
    for kind in sorted(by_type):
        answers = [row["answer"] for row in by_type[kind]]
        drawn.shuffle(answers)
        for row, answer in zip(by_type[kind], answers, strict=True):
            if answer != row["answer"]:
                yield {**row, "answer": answer}


def counted(rows: Sequence[Row], novels: Sequence[Novel], config: EvidenceConfig) -> "Counter[tuple[str, str]]":
    """How many questions of each (type, support)."""
    return Counter((row["type"], check_one(row, novels, config).support) for row in rows)


def report(name: str, files: Mapping[str, Sequence[Row]], novels: Sequence[Novel], seeds: int) -> None:
    """Prints a line for each type: the share of each support among true and among swapped answers."""
    config = EvidenceConfig()
    true: Counter[tuple[str, str]] = Counter()
    wrong: Counter[tuple[str, str]] = Counter()
    for rows in files.values():
        true += counted(rows, novels, config)
        for seed in range(seeds):
            wrong += counted(list(swapped(rows, seed)), novels, config)
    kinds = sorted({kind for kind, _ in true})
    for title, chosen in [
        *((kind, [kind]) for kind in kinds),
        ("choice and fill-in", [k for k in CLOSED if k in kinds]),
    ]:
        if not chosen:
            continue
        for label, counts in (("true", true), ("swapped", wrong)):
            n = {support: sum(counts[kind, support] for kind in chosen) for support in SUPPORTS}
            total, told = sum(n.values()), sum(n.values()) - n["unknown"]
            shares = "".join(f"{n[support] / max(total, 1):14.1%}" for support in SUPPORTS)
            print(f"{name:8} {title:19} {label:8}{total:6}{shares}{n['supported'] / max(told, 1):16.1%}")


def show_wrong(files: Mapping[str, Sequence[Row]], novels: Sequence[Novel]) -> None:
    """Prints the true answers that are not supported, with the reason."""
    for rows in files.values():
        for row in rows:
            checked = check_one(row, novels, EvidenceConfig())
            if checked.support != "supported":
                print(f"  {row['type']:16} {row['stem']} → {row['answer']}: {checked.support}, {checked.reason}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints all figures; 0, also where files are missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seeds", type=int, default=5, help="how often answers are swapped")
    parser.add_argument("--wrong", action="store_true", help="list the papers' true answers that are not supported")
    chosen = parser.parse_args(arguments)
    corpora = Path(os.environ.setdefault("HUABEN_CORPORA", "../shared/corpora"))
    if not (corpora / "novels" / "sanguo.txt").is_file():
        print(f"skipped: {corpora}/novels/sanguo.txt is not there; set HUABEN_CORPORA to the folder of real files")
        return 0
    sources = [source for source in load_registry("classics") if source.kind == "novel"]
    documents = [load_document(source) for source in sources]
    began, before = time.process_time(), psutil.Process().memory_info().rss
    novels = [open_novel(document) for document in documents]
    opened, held = time.process_time() - began, psutil.Process().memory_info().rss - before
    of_papers, others = papers(corpora / "quiz" / "papers"), banks("classics")
    rows = [row for files in (of_papers, others) for listed in files.values() for row in listed]
    began = time.process_time()
    counted(rows, novels, EvidenceConfig())
    seconds = time.process_time() - began
    header = "".join(f"{support:>14}" for support in SUPPORTS)
    print(f"{'':8} {'type':19} {'answers':8}{'n':>6}{header}{'of those told':>16}")
    report("papers", of_papers, novels, chosen.seeds)
    report("tests", papers(Path(__file__).parents[1] / "tests" / "data" / "papers"), novels, chosen.seeds)
    report("banks", others, novels, chosen.seeds)
    report("seed", banks("seed"), novels, chosen.seeds)
    print(
        f"{len(rows):,} questions in {seconds:.1f} s, after {opened:.1f} s and {held >> 20} MiB for the novels (CPU; target 20 s)"
    )
    if chosen.wrong:
        show_wrong(of_papers, novels)
    return 0


if __name__ == "__main__":
    sys.exit(main())
