"""Confidences: within bounds, low where nobody is named, and true to the labels where these are at hand."""

import json
from collections import defaultdict
from pathlib import Path

import pytest

from corpora.document import Document
from extractors.cast import parse_cast
from extractors.novel import extract_utterances
from extractors.records import Utterance
from extractors.speaker import CONFIDENCE, WITHOUT_CAST

CORPORA = Path(__file__).parent.parent / "corpora"
SPOKEN = ("speech", "thought", "verse", "writing")


def rows_of(path: Path, cast: Path | None) -> list[Utterance]:
    read = parse_cast(cast.read_text(encoding="utf-8")) if cast else None
    text = path.read_text(encoding="utf-8")
    return extract_utterances(Document("d", "s", "novel", "试", text, "", "utf-8", ""), read)


def test_bounds() -> None:
    assert all(0 <= value <= 1 for value in CONFIDENCE.values()) and 0 < WITHOUT_CAST <= 1
    for cast in (CORPORA / "sample" / "cast.toml", None):
        for row in rows_of(CORPORA / "sample" / "qinghe.txt", cast):
            assert 0 <= row.confidence <= 1
            assert row.speaker or row.kind not in SPOKEN or row.confidence <= 0.3


@pytest.mark.corpora
def test_surer_is_right_more_often(corpora_dir: Path) -> None:
    gold = corpora_dir.parent / "gold"
    bins: dict[bool, list[bool]] = defaultdict(list)
    labels = [
        json.loads(line)
        for name in ("dialogue_dev.jsonl", "dialogue_hard_dev.jsonl")
        for line in (gold / name).read_text(encoding="utf-8").splitlines()
    ]
    for novel in ("sanguo", "shuihu", "xiyou", "honglou"):
        rows = rows_of(corpora_dir / "novels" / f"{novel}.txt", CORPORA / "casts" / f"{novel}.toml")
        found = {row.char_start: row for row in rows}
        assert all(row.speaker or row.kind not in SPOKEN or row.confidence <= 0.3 for row in rows)
        for label in labels:
            row = found.get(label["char_start"]) if label["novel"] == novel else None
            if row and row.speaker and label["speaker"] and label["confidence"] != "low":
                accepted = {*label["accept"], label["speaker"], *label["speaker"].split("、")}
                bins[row.confidence >= 0.96].append(bool(set(row.speaker.split("、")) & accepted))
    share = {sure: sum(right) / len(right) for sure, right in bins.items()}
    assert share[True] > share[False] >= 0.9 and share[True] >= 0.97
