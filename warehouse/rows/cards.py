"""A character in, the role card that opens a conversation out: who, of which novel, other names, a few sample lines."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from corpora.files import stable_id
from extractors.cast import Cast
from extractors.lexicon import PERSON_NOUNS

_GENDERS = {"male": "男", "female": "女"}
_NOBODY = frozenset(PERSON_NOUNS)
_SEVERAL = ("众", "诸", "二人", "三人", "两个", "一个", "那", "这", "有")  # how words for whoever it is begin


def role_card(character: str, novel: str, chapter: int, cast: Cast | None, names: int) -> str:
    """The card without sample lines. Of other names and of titles at most `names` each; a title that means the
    character only in some chapters is told in these."""
    persons = [person for person in cast.persons if person.name == character] if cast else []
    there = [p for p in persons if p.chapters is None or p.chapters[0] <= chapter <= p.chapters[1]]
    gender = next((f"，{_GENDERS[p.gender]}" for p in persons if p.gender), "")
    own = _first([name for p in persons for name in (*p.courtesy, *p.nicknames)], names)
    titles = _first([name for p in there for name in p.titles if len(name) > 1 and name not in own], names)
    known = f"，又名{'、'.join(own)}" if own else ""
    called = f"，人称{'、'.join(titles)}" if titles else ""
    return f"你是《{novel}》中的{character}{gender}{known}{called}。以{character}的身份和口吻接着说，只写{character}说的话。"


def with_lines(card: str, character: str, lines: Iterable[str]) -> str:
    """The card with what the character said elsewhere, a line each."""
    shown = "\n".join(f"“{line}”" for line in lines)
    return f"{card}\n{character}说过：\n{shown}" if shown else card


def _first(names: Iterable[str], count: int) -> list[str]:
    return list(dict.fromkeys(names))[:count]


def is_somebody(character: str, cast: Cast | None) -> bool:
    """Whether the name is one person's: one of the cast's or, without a cast, no word for several or for anybody."""
    if cast:
        return any(person.name == character for person in cast.persons)
    return "、" not in character and character not in _NOBODY and not character.startswith(_SEVERAL)


class Line(NamedTuple):
    """Something a character says that may stand on a card."""

    document_id: str
    character: str
    scene_id: str
    text: str


class SampleLines:
    """The lines of each character in an order that depends on their words alone.

    A card takes those that follow its own place in that order, so that cards differ, and one line more or less
    changes few of them.
    """

    def __init__(self, lines: Iterable[Line], seed: int) -> None:
        found: defaultdict[tuple[str, str], dict[str, Line]] = defaultdict(dict)
        for line in lines:
            found[line.document_id, line.character].setdefault(stable_id(seed, line.text), line)
        self._ordered = {key: sorted(places.items()) for key, places in found.items()}
        self._seed = seed

    def draw(self, near: Line, count: int) -> list[str]:
        """Up to `count` lines of the character of `near`, none of its scene and none that its text has in it.

        The place in the order follows from that text.
        """
        ordered = self._ordered.get((near.document_id, near.character), [])
        start = bisect_left(ordered, stable_id(self._seed, near.text), key=lambda item: item[0])
        drawn: list[str] = []
        for _, line in (*ordered[start:], *ordered[:start]):
            if len(drawn) == count:
                break
            if line.scene_id != near.scene_id and line.text not in near.text:
                drawn.append(line.text)
        return drawn
