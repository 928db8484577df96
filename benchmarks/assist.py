"""Hand-labelled quotations and an endpoint in; how often extraction, and the model there, name who speaks, out.

    HUABEN_CORPORA=../shared/corpora .venv/bin/python benchmarks/assist.py http://127.0.0.1:8000/v1 [--rows 50] [--model NAME]

The labels (NAME.jsonl with novel, char_start, speaker, accept) are looked for in the folder gold beside the corpora. The
rows that extraction is least sure of are asked about, as `huaben assist` would ask; nothing is written. First come, for
all labelled rows below some confidences: how many there are, extraction's right ones, and those where the right one is offered.
"""

import argparse
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from corpora.casts import cast_of
from corpora.load import load_document, source_for_path
from extractors.extract import extract
from warehouse.assist.asking import answers
from warehouse.assist.config import AssistConfig, endpoint_of
from warehouse.assist.question import Question, question, read_answer
from warehouse.endpoints.client import Ask, Unanswered
from warehouse.home import home_folder

CORPORA = Path(os.environ.get("HUABEN_CORPORA", "../shared/corpora"))
NOVELS = {"sanguo": "三国演义", "shuihu": "水浒全传", "xiyou": "西游记", "honglou": "红楼梦"}
BELOW = (0.7, 0.85, 0.95)
Label = dict[str, Any]


def labels() -> dict[tuple[str, int], Label]:
    """The labelled utterances of which the labeller was sure."""
    found = {}
    for path in sorted((CORPORA.parent / "gold").glob("dialogue*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row["kind"] in ("speech", "thought") and row["confidence"] != "low":
                found[row["novel"], row["char_start"]] = row
    return found


def questions(config: AssistConfig) -> list[tuple[Question, Label]]:
    """Every labelled utterance that could be asked about, the least sure first."""
    known, found = labels(), []
    for name, title in NOVELS.items():
        source = source_for_path(CORPORA / "novels" / f"{name}.txt", "novel", source_id="", encoding="", novel=title)
        document = load_document(source)
        rows = [{**asdict(record), "novel": title} for record in extract(document, cast_of(document))]
        for _, one in groupby(rows, key=lambda row: (row["chapter"], row["scene"])):
            scene = list(one)
            for row in scene:
                label = known.get((name, row["char_start"]))
                made = label and question(row, scene, document.text, config.before, config.after)
                if label and made:
                    found.append((made, label))
    return sorted(found, key=lambda pair: pair[0].row["confidence"])


def _about(pairs: Sequence[tuple[Question, Label]]) -> dict[str, int]:
    right = [({label["speaker"], *label["accept"]}, one) for one, label in pairs]
    return {
        "rows": len(pairs), "extraction right": sum(one.row["speaker"] in names for names, one in right),
        "the right one was offered": sum(bool(names & set(one.names)) for names, one in right),
    }  # fmt: skip


def main() -> None:
    """Asks, and prints one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("endpoint")
    parser.add_argument("--model", default="")
    parser.add_argument("--rows", type=int, default=50)
    given = parser.parse_args()
    config = AssistConfig(given.endpoint, given.model, at_once=1, timeout=300)
    every, counted, began = questions(config), Counter[str](), time.perf_counter()
    pairs = every[: given.rows]
    for below in BELOW:
        print(f"below {below}: {json.dumps(_about([pair for pair in every if pair[0].row['confidence'] < below]))}")
    there = endpoint_of(home_folder(), config)
    asks = [Ask(there.model, one.messages, max_tokens=config.max_tokens) for one, _ in pairs]
    for number, said in answers(there, asks, config):
        one, label = pairs[number]
        right = {label["speaker"], *label["accept"]}
        counted["asked"] += 1
        counted["extraction right"] += one.row["speaker"] in right
        counted["the right one was offered"] += bool(right & set(one.names))
        if isinstance(said, Unanswered):
            counted["failed"] += 1
            continue
        choice = read_answer(said, one)
        counted[choice.outcome] += 1
        counted["first one named"] += bool(choice.name) and choice.name == one.names[0]
        counted["model right"] += choice.name in right
        counted["right after huaben assist"] += (choice.name or one.row["speaker"]) in right
        print(
            f"{one.row['speaker']} → {choice.name} ({choice.outcome}), really {label['speaker']}: {said[:40]!r}",
            file=sys.stderr,
        )
    least, most = (pairs[end][0].row["confidence"] for end in (0, -1)) if pairs else (0.0, 0.0)
    about = {"model": there.model, "confidence": [least, most], "seconds": round(time.perf_counter() - began, 1)}
    print(json.dumps(about | dict(sorted(counted.items())), ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
