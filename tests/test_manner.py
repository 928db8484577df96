"""How something is said, and who heeds it."""

import pytest

from extractors.cast import Cast, Person
from extractors.manner import Manner, Reaction, manner, reaction
from extractors.speaker import Chapter

CHAPTER = Chapter(Cast("", (Person("沈砚秋"), Person("柳眉"))), 1)


@pytest.mark.parametrize(
    "tail, how",
    [
        ("砚秋道", Manner()),
        ("仰天长叹曰", Manner(aside=True)),
        ("喝教", Manner(orders=True)),
        ("小校飞报", Manner(news=True)),
        ("柳眉也笑道", Manner(joins=True)),
    ],
)
def test_manner(tail: str, how: Manner) -> None:
    assert manner(tail) == how


@pytest.mark.parametrize(
    "after, who, told",
    [
        ("砚秋从之，即日起程。", "沈砚秋", Reaction("沈砚秋", True, True)),
        ("砚秋大怒，拂袖而去。", "沈砚秋", Reaction("沈砚秋", True, False)),
        ("柳眉听了，低头不语。", "", Reaction("柳眉", True, True)),
        ("柳眉的马在门外。", "", Reaction("")),
        ("", "", Reaction("")),
    ],
)
def test_reaction(after: str, who: str, told: Reaction) -> None:
    assert reaction(f"“去罢。”{after}", 5, who, CHAPTER) == told
