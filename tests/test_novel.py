"""Whole novels' rows: a made-up passage compared row by row, and promises that hold for any text."""

import gc
import json
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.document import Document
from extractors.cast import Cast, Person, parse_cast
from extractors.novel import extract_utterances


def document(text: str) -> Document:
    return Document("d", "s", "novel", "试", text, "", "utf-8", "")


PASSAGE = """第一回　渡口相逢　茅店夜话

却说沈砚秋到渡口，见一老翁，问道：“渡船几时来？”老翁道：“天晚了，没有船。”砚秋大惊，心中暗想：“这便如何是好？”
"""
CAST = Cast("", (Person("沈砚秋", gender="male"),))


def test_rows_of_a_passage() -> None:
    first, second, third = extract_utterances(document(PASSAGE), CAST)
    assert asdict(first) == {
        "char_start": PASSAGE.index("“渡船"),
        "char_end": PASSAGE.index("老翁道"),
        "chapter": 1,
        "chapter_title": "渡口相逢　茅店夜话",
        "kind": "speech",
        "text": "渡船几时来？",
        "speaker": "沈砚秋",
        "speaker_mention": "沈砚秋",
        "mention_start": PASSAGE.index("沈砚秋"),
        "rule": "subject of an earlier clause",
        "confidence": first.confidence,
        "addressee": "老翁",
        "cue": "问道",
        "context": "却说沈砚秋到渡口，见一老翁，问道：",
        "scene": 1,
        "turn": 1,
    }
    assert (second.speaker, second.rule, second.addressee, second.cue) == ("老翁", "subject", "沈砚秋", "道")
    assert (third.kind, third.speaker, third.speaker_mention, third.turn) == ("thought", "沈砚秋", "砚秋", 3)
    assert all(0 <= row.confidence <= 1 for row in (first, second, third))


def test_a_long_context_begins_where_a_clause_does() -> None:
    clause = "砚秋一路看山看水，"
    text = f"第一回　上\n\n“来！”{clause * 40}问道：“到了么？”\n"
    context = extract_utterances(document(text), CAST)[1].context
    assert 180 < len(context) <= 200 and context == clause * (len(context) // len(clause)) + "问道："


def test_reading_leaves_garbage_collection_as_it_was() -> None:
    assert gc.isenabled()
    extract_utterances(document(PASSAGE), CAST)
    assert gc.isenabled()
    gc.disable()
    try:
        extract_utterances(document(PASSAGE), CAST)
        assert not gc.isenabled()
    finally:
        gc.enable()


ALPHABET = '“”‘’「」『』"：，。？！\n\r　 甲乙曰道说问对谓他那人众将玄德曹操第一回心中想诗歌写着'


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=80), st.text(alphabet=ALPHABET, max_size=160)))
def test_any_text_is_verbatim_ordered_and_apart(text: str) -> None:
    cast = Cast("", (Person("刘备", courtesy=("玄德",)), Person("曹操", short=("操",))))
    for given_cast in (None, cast):
        rows = extract_utterances(document(text), given_cast)
        end = 0
        for row in rows:
            assert end <= row.char_start < row.char_end <= len(text)
            assert row.text in text[row.char_start : row.char_end]
            assert row.context in text and 0 <= row.confidence <= 1
            if row.mention_start is not None:
                assert text.startswith(row.speaker_mention, row.mention_start)
            end = row.char_end


@pytest.mark.corpora
def test_the_four_novels(corpora_dir: Path) -> None:
    casts = Path(__file__).parent.parent / "corpora" / "casts"
    gold = corpora_dir.parent / "gold"
    total = 0
    for path in sorted((corpora_dir / "novels").glob("*.txt")):
        text = path.read_text(encoding="utf-8")
        cast = parse_cast((casts / f"{path.stem}.toml").read_text(encoding="utf-8"))
        rows = extract_utterances(document(text), cast)
        for row in rows:
            span = text[row.char_start : row.char_end]
            assert row.text in span and len(span) - len(row.text) in (1, 2)
            if row.mention_start is not None:
                assert text.startswith(row.speaker_mention, row.mention_start)
        total += len(rows)
        starts = {row.char_start for row in rows}
        for name in ("dialogue_dev.jsonl", "dialogue_hard_dev.jsonl"):
            labels = (gold / name).read_text(encoding="utf-8").splitlines() if (gold / name).is_file() else []
            wanted = [json.loads(line) for line in labels]
            assert all(row["char_start"] in starts for row in wanted if row["novel"] == path.stem)
    assert total >= 40_000
