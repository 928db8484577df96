"""A question that asks in which order things happen, or in which chapter, in; what the novel has for each answer out."""

import re
from collections.abc import Mapping
from itertools import combinations

from corpora.numerals import read_number
from warehouse.evidence.field import density
from warehouse.evidence.novel import Novel

_ITEM = re.compile(r"([①-⑳])\s*([^①-⑳\s。；;]+)")
_MARKS = re.compile(r"[①-⑳]")
_STEPS = re.compile(r"\s*(?:→|➝|⇒|->|—+|－+|、|，|,|；|;)\s*")
_LEAST = 3  # items; two that are joined are rather a pair
_CHAPTER_ASKED = re.compile(r"第\s*(?:____+|几|多少)\s*[回章](?!合)|哪一?[回章]")
_CHAPTER = re.compile(r"第?\s*([零〇一二三四五六七八九十百\d]{1,5})\s*[回章]?")


def order_strengths(stem: str, options: Mapping[str, str], novel: Novel) -> dict[str, float] | None:
    """For each option, by letter, how many pairs of its items the novel has in that order, less those it has the other
    way round; an item is where most of its words are. None where the options are not sequences."""
    listed = dict(reversed(_ITEM.findall(stem)))
    sequences: dict[str, list[str]] = {}
    for letter, text in options.items():
        marks = _MARKS.findall(text)
        sequences[letter] = [listed.get(mark, "") for mark in marks] if marks else _STEPS.split(text.strip())
    if not all(len(items) >= _LEAST and all(items) for items in sequences.values()):
        return None
    place = {item: _place(item, novel) for items in sequences.values() for item in items}
    return {
        letter: float(sum(1 if place[a] < place[b] else -1 for a, b in combinations(items, 2) if place[a] != place[b]))
        for letter, items in sequences.items()
    }


def chapter_strengths(stem: str, answers: Mapping[str, str], novel: Novel) -> dict[str, float] | None:
    """For each answer, by its key, the bits of the stem's words that stand together in that chapter, where no other has
    more; else how many fewer than in the one that has the most. None where the stem asks for no chapter, or an answer is none."""
    if not _CHAPTER_ASKED.search(stem):
        return None
    numbers = {
        key: read_number(found[1]) for key, text in answers.items() if (found := _CHAPTER.fullmatch(text.strip()))
    }
    if len(numbers) < len(answers):
        return None
    near = density(novel.index, novel.terms(_CHAPTER_ASKED.sub(" ", stem)))
    best: dict[int, float] = {}
    for place, chapter in enumerate(novel.index.chapters):
        inside = near[novel.index.chapter_of_block == place]
        best[chapter.number] = max(best.get(chapter.number, 0.0), float(inside.max(initial=0.0)))
    top = max(best, key=lambda number: best[number], default=0)
    return {
        key: best[top] if number == top else best.get(number or 0, 0.0) - best.get(top, 0.0)
        for key, number in numbers.items()
    }


def _place(item: str, novel: Novel) -> int:
    return int(novel.near(item).argmax())
