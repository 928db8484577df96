"""The bank of our own questions: enough of each kind, well formed, read as what they are, and borne out by the novels."""

import json
import re
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from corpora.chapters import split_chapters
from corpora.load import load_document
from corpora.numerals import read_number
from corpora.registry import Source, load_registry
from extractors.extract import extract
from extractors.records import Question
from warehouse.evidence.check import check
from warehouse.evidence.novel import open_novel
from warehouse.near import NearConfig, near_pairs
from warehouse.normalise import normalise

CHAPTERS = {"三国演义": 120, "水浒传": 120, "西游记": 100, "红楼梦": 120}
KEYS = ["number", "type", "question", "options", "answer", "explanation", "novel", "chapter", "difficulty"]
LEAST = {"single_choice": 30, "multiple_choice": 9, "true_false": 18, "fill_blank": 16, "short_answer": 10}
BANKS = [source for source in load_registry("seed") if Path(source.path).is_file()]
each_bank = pytest.mark.parametrize("bank", BANKS, ids=lambda bank: bank.id)


def rows_of(bank: Source) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(bank.path).read_text(encoding="utf-8").splitlines()]


def questions_of(bank: Source) -> list[Question]:
    read = extract(load_document(bank))
    assert all(isinstance(row, Question) for row in read)
    return [row for row in read if isinstance(row, Question)]


def words_of(row: dict[str, Any]) -> list[str]:
    """The answer as the reader gives it: a fill-in as the list of its blanks."""
    answer = row["answer"]
    return [answer] if row["type"] == "fill_blank" and isinstance(answer, str) else answer


def test_the_registry() -> None:
    sources = load_registry("seed")
    assert [source.novel for source in sources] == list(CHAPTERS)
    assert {(source.kind, source.seed, source.licence) for source in sources} == {("quiz", True, "MIT")}
    assert {source.id for source in BANKS} >= {"seed/sanguo", "seed/shuihu"}


@each_bank
def test_enough_of_each_kind_from_the_whole_book(bank: Source) -> None:
    rows = rows_of(bank)
    types, levels = Counter(row["type"] for row in rows), Counter(row["difficulty"] for row in rows)
    assert len(rows) >= 100
    assert types.keys() == LEAST.keys() and all(types[name] >= least for name, least in LEAST.items())
    assert levels.keys() == {"easy", "medium", "hard"} and min(levels.values()) >= 15
    chapters = {row["chapter"] for row in rows}
    assert chapters <= set(range(1, CHAPTERS[bank.novel] + 1)) and len(chapters) >= 45
    told = Counter(row["answer"] for row in rows if row["type"] == "true_false")
    assert told.keys() == {"true", "false"} and min(told.values()) >= 0.4 * types["true_false"]
    letters = Counter(row["answer"] for row in rows if row["type"] == "single_choice")
    assert letters.keys() == set("ABCD") and max(letters.values()) - min(letters.values()) <= 3


@each_bank
def test_each_row_is_well_formed(bank: Source) -> None:
    for at, row in enumerate(rows_of(bank), 1):
        choice = row["type"] in ("single_choice", "multiple_choice")
        assert list(row) == [key for key in KEYS if choice or key != "options"]
        assert (row["number"], row["novel"]) == (str(at), bank.novel)
        told = re.fullmatch(r"第(.+?)回：.+。", row["explanation"])
        assert told and read_number(told[1]) == row["chapter"] and len(row["explanation"]) <= 40, row
        if choice:
            options, chosen = row["options"], row["answer"]
            assert "".join(options) in ("ABCD", "ABCDE"), row
            assert len(set(options.values())) == len(options) and all(options.values()), row
            assert chosen == "".join(sorted(set(chosen))) and set(chosen) < set(options), row
            assert (len(chosen) == 1) == (row["type"] == "single_choice"), row
        blanks = row["question"].count("____")
        assert blanks == (len(words_of(row)) if row["type"] == "fill_blank" else 0), row
        if row["type"] == "short_answer":
            assert row["answer"].endswith("。") and 1 <= row["answer"].count("。") <= 3, row


@each_bank
def test_each_row_is_read_as_what_it_is(bank: Source) -> None:
    read = [(q.number, q.type, q.stem, q.options, q.answer, q.explanation, q.novel) for q in questions_of(bank)]
    assert read == [
        (
            row["number"],
            row["type"],
            row["question"],
            row.get("options", {}),
            words_of(row),
            row["explanation"],
            bank.novel,
        )
        for row in rows_of(bank)
    ]


def test_no_two_are_alike() -> None:
    stems = [normalise(row["question"]) for bank in BANKS for row in rows_of(bank)]
    assert len(set(stems)) == len(stems)
    assert [(stems[pair.left], stems[pair.right]) for pair in near_pairs(stems, NearConfig())] == []


@pytest.mark.corpora
@each_bank
def test_the_novel_contradicts_none(bank: Source, corpora_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUABEN_CORPORA", str(corpora_dir))
    text = load_document(next(s for s in load_registry("classics") if (s.kind, s.novel) == ("novel", bank.novel)))
    questions = questions_of(bank)
    verdicts = check(map(asdict, questions), [open_novel(text)])
    assert [(q.number, v.reason) for q, v in zip(questions, verdicts, strict=True) if v.support == "contradicted"] == []
    assert sum(v.support == "supported" for v in verdicts) >= 0.75 * len(verdicts)
    bodies = {chapter.number: text.text[chapter.start : chapter.end] for chapter in split_chapters(text.text)}
    for row in rows_of(bank):
        if row["type"] == "fill_blank":
            assert all(words in bodies[row["chapter"]] for words in words_of(row)), row
