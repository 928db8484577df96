"""Whom an utterance is said to: named, called, or told by the turns and by who reacts."""

import pytest

from corpora.document import Document
from extractors.addressee import Exchange, addressees
from extractors.cast import Cast, Person
from extractors.manner import Manner, Reaction, manner
from extractors.novel import extract_utterances
from extractors.vocative import Vocative

MANNER = Manner()
CAST = Cast(
    "",
    (
        Person("沈砚秋", titles=("沈将军",), gender="male"),
        Person("柳眉", gender="female"),
        Person("石岱", gender="male"),
        Person("周叔宝", titles=("庄主",), gender="male"),
    ),
)


def told(text: str) -> list[tuple[str, str]]:
    """Speaker and addressee of every quotation."""
    rows = extract_utterances(Document("d", "s", "novel", "试", f"第一回　试\n\n{text}\n", "", "utf-8", ""), CAST)
    return [(row.speaker, row.addressee) for row in rows]


def turn(
    speaker: str,
    named: str = "",
    reacts: str = "",
    scene: int = 1,
    gap: int = 3,
    heeds: bool = False,
    how: Manner = MANNER,
    called: Vocative | None = None,
    nearby: tuple[str, ...] = (),
) -> Exchange:
    return Exchange(speaker, named, Reaction(reacts, heeds), scene, gap, called=called, nearby=nearby, how=how)


def test_turns_alternate() -> None:
    assert addressees([turn("甲"), turn("乙", gap=99), turn("丙")]) == ["", "丙", "乙"]
    assert addressees([turn("甲", reacts="乙"), turn("乙"), turn("甲", reacts="乙")]) == ["乙", "甲", "乙"]
    assert addressees([turn("甲"), turn("乙", scene=2)]) == ["", ""]
    assert addressees([turn("")]) == [""]


def test_the_named_one_stays_while_the_same_speaker_goes_on() -> None:
    assert addressees([turn("甲", named="丙"), turn("甲", reacts="丙")]) == ["丙", "丙"]


def test_who_was_spoken_to_answers_though_a_third_speaks_next() -> None:
    rows = [turn("甲", named="乙"), turn("乙", reacts="丙", heeds=True), turn("丙")]
    assert addressees(rows) == ["乙", "甲", "乙"]


def test_who_hears_or_obeys_is_who_was_spoken_to() -> None:
    assert addressees([turn("甲", reacts="乙", heeds=True, gap=200)]) == ["乙"]
    assert addressees([turn("甲", reacts="乙", gap=200)]) == [""]


def test_self_talk_is_to_nobody_and_orders_are_not_for_the_one_who_spoke_last() -> None:
    assert addressees([turn("甲"), turn("乙", how=Manner(aside=True))])[1] == ""
    assert addressees([turn("甲"), turn("乙", how=Manner(orders=True))])[1] == ""
    assert manner("乃跌足叹曰").aside and manner("那人喝令").orders and not manner("那人道").orders


def test_who_joins_in_speaks_to_the_same_one() -> None:
    assert manner("石岱也笑道").joins
    rows = [turn("甲", named="丁"), turn("乙", how=Manner(joins=True), reacts="丁")]
    assert addressees(rows) == ["丁", "丁"]


def test_counted_people_are_those_of_the_scene() -> None:
    assert addressees([turn("甲", named="乙"), turn("丙", named="二人", gap=40)])[1] == "乙、甲"
    assert addressees([turn("甲", named="三人")]) == ["三人"]


@pytest.mark.parametrize("words, sex, who", [("姐姐", "female", "柳眉"), ("哥哥", "male", "石岱")])
def test_a_word_of_address_finds_the_one_it_fits(words: str, sex: str, who: str) -> None:
    called = Vocative(words, False, sex)
    row = turn("沈砚秋", gap=60, nearby=("石岱", "柳眉"), called=called)
    assert addressees([row], lambda alias: CAST.candidates(alias, 1)) == [who]


def test_whole_passages() -> None:
    assert told("沈砚秋见柳眉、石岱进来，便道：“石岱，你去备马。”柳眉道：“不必。”") == [
        ("沈砚秋", "石岱"),
        ("柳眉", "沈砚秋"),
    ]
    assert told("柳眉道：“庄主，门外有人。”周叔宝听了，忙走出去。") == [("柳眉", "周叔宝")]
    assert told("石岱道：“此计如何？”沈砚秋从之，即日起程。") == [("石岱", "沈砚秋")]
    assert told("周叔宝仰天叹道：“天亡我也！”") == [("周叔宝", "")]
