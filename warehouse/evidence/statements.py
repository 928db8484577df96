"""A statement in; how much of it the novel has together, and whether other names or numbers stand there, out."""

import re
from dataclasses import dataclass

import numpy as np

from warehouse.evidence.field import density
from warehouse.evidence.index import BLOCK
from warehouse.evidence.letters import Array, bare, fold
from warehouse.evidence.novel import Novel
from warehouse.evidence.weigh import weigh

# Fitted by logistic regression on statements whose truth is known, see docs/decisions.md.
_GAP, _TOGETHER, _EVEN = 0.31, 2.5, -1.0
_FAR = 6.0  # nats; a gap of more says no more
_RIVALS = 60  # blocks nearest to the rest of a statement, in which the rivals of a name are looked for
_DIGITS = "零一二三四五六七八九十百千万两"
_COUNTED = re.compile(rf"[{_DIGITS}]+[^\W\d_{_DIGITS}]")  # a number with what it counts: 十八斤
_FEW = re.compile(r"[一二两三]")  # alone they count nothing much: 一个, 二人
_AROUND = 6  # blocks about the nearest place in which another number of the same things contradicts
_AS_NEAR = 0.8  # of the nearest place


@dataclass(frozen=True)
class Statement:
    """What the novel has of a statement.

    `gaps` (nats) says for each person it names how far ahead they are, for the rest of it, of whoever else comes
    nearest. `together` (0 to 1) is the share of its words that stand together. `instead` is a number of the statement
    and the one that the novel has in its place, None for nothing.
    """

    gaps: dict[str, float]
    together: float
    instead: tuple[str, str] | None = None

    @property
    def strength(self) -> float:
        """How far the novel agrees, in log odds; above 0 when it rather does."""
        gaps = [max(-_FAR, min(_FAR, gap)) for gap in self.gaps.values()]
        gap = sum(gaps) / len(gaps) if gaps else 0.0
        return _GAP * gap + _TOGETHER * self.together + _EVEN - (_FAR if self.instead else 0.0)


def read_statement(statement: str, novel: Novel) -> Statement:
    """The statement taken apart: each person it names against others in that part, each number against the text."""
    terms = novel.terms(statement)
    whole = sum(term.weight for term in terms)
    named = [term.label for term in terms if term.label in novel.people.mentions]
    gaps = {}
    for name in named:
        rest = density(novel.index, [term for term in terms if term.label != name])
        if rest.any():
            gaps[name] = _gap(name, {other for other in named if other != name}, rest, novel)
    together = float(density(novel.index, terms).max(initial=0.0)) / whole if whole else 0.0
    return Statement(gaps, together, _other_number(fold(statement), novel))


def _gap(name: str, present: set[str], rest: Array, novel: Novel) -> float:
    """By how much the name's lift is above that of anybody else who is named near the rest; 2 when nobody is."""
    most = min(_RIVALS, len(rest) - 1)
    rivals: set[str] = set()
    for block in np.argpartition(-rest, most)[:most]:
        rivals |= novel.people.named_between(int(block) * BLOCK, (int(block) + 1) * BLOCK)
    lifts = [weigh(rival, rest, novel).lift for rival in sorted(rivals - present - {name})]
    return weigh(name, rest, novel).lift - max(lifts) if lifts else 2.0


def _other_number(words: str, novel: Novel) -> tuple[str, str] | None:
    """A number in the words that is nowhere near the others, and the one that is there of the same things."""
    unnamed = novel.people.pattern.sub(lambda name: "，" * len(name[0]), words)  # 猪八戒 counts nothing
    stated = {match[0] for match in _COUNTED.finditer(unnamed)}
    for match in _COUNTED.finditer(unnamed):
        number = match[0]
        rest = novel.near(words[: match.start()] + "，" + words[match.end() :])
        if _FEW.fullmatch(number[:-1]) or not rest.any():
            continue
        places = novel.index.find(number) // BLOCK
        if len(places) and rest[places].max() >= _AS_NEAR * rest.max():
            continue
        ahead = bare(words[: match.start()])[-1:]  # 重八十斤 rather against 重十二斤 than against 白金十八斤
        best, first = int(rest.argmax()), max(0, int(rest.argmax()) - _AROUND)
        there = "".join(map(chr, novel.index.codes[first * BLOCK : (best + _AROUND + 1) * BLOCK]))
        others = [
            (not there[: other.start()].endswith(ahead), abs(other.start() - (best - first) * BLOCK), other[0])
            for other in re.finditer(rf"[{_DIGITS}]+{number[-1]}", there)
            if not _FEW.fullmatch(other[0][:-1]) and other[0] not in stated
        ]
        if others:
            return number, min(others)[-1]
    return None
