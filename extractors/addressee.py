"""The utterances of a chapter in, whom each is said to out: the narration around it, its own words and the turns vote."""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from extractors.cast import Person
from extractors.manner import Manner, Reaction
from extractors.vocative import Vocative

_CROWD = re.compile(r"^[众诸群多百各满大列]|^左右$|[们等]$")
_WOMAN = re.compile(r"[妇女母姐妹嫂婆娘妈姑妃妻婢妪]")  # nouns that tell the sex
_MAN = re.compile(r"[汉公翁父兄弟僧官军将丈吏]|和尚|道人|老儿|小厮")
_COUNT = re.compile(
    r"^[他那这]?([两二三四五六])(?:个|位)?(?:人|将|弟兄|兄弟|头领|公人|好汉|僧|徒|位|魔|怪|公)?(?:贤弟|哥哥|将军)?$"
)
_COUNTED = {"两": 2, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6}
_NOBODY = frozenset(("", "人", "有人", "一人", "一个", "一个人", "人都", "个人"))
_DETERMINER = re.compile(r"^[那这](?:一?[个位员])?(?=[^个位员人厮]{2})")
_NEAR, _FAR = (16, 32, 80), 9  # characters of narration; people of a scene kept in mind
_LAST, _NEXT, _ON = (3.0, 2.0, 1.0, 0.5), (2.7, 2.0, 1.0, 0.5), (2.5, 2.0, 1.5, 0.5)
_AT_ONCE = 8  # characters of narration, no more than 又道
_ENOUGH, _AHEAD = 2.6, 1.0  # votes that settle it, and how many more than anybody else has


class Exchange(NamedTuple):
    """What decides to whom an utterance is said."""

    speaker: str
    named: str  # whom the lead-in speaks of as spoken to
    after: Reaction  # who acts first in the narration that follows
    scene: int
    gap: int  # characters of narration before it
    called: Vocative | None = None  # the word of address it opens with
    nearby: tuple[str, ...] = ()  # others in the narration before it, the last one first
    how: Manner = Manner()
    answers: bool = False
    asks: bool = False  # ends with a question mark


Candidates = Callable[[str], tuple[Person, ...]]


def addressees(exchanges: Sequence[Exchange], candidates: Candidates = lambda alias: ()) -> list[str]:
    """Who each utterance is said to, empty where that is nobody in particular or not clear.

    Whom the lead-in names comes first, then whom the words themselves call, then who gets most votes: of the turns
    before and after, of who acts next, and of the narration before. `candidates` gives the people an alias can mean.
    """
    return [name for name, _ in decided(exchanges, candidates)]


def decided(exchanges: Sequence[Exchange], candidates: Candidates) -> list[tuple[str, str]]:
    """The addressees with the reason for each, for tables of how often each reason is right."""
    found: list[tuple[str, str]] = []
    present: list[str] = []  # people of the scene, the latest last
    meant: dict[tuple[str, str], str] = {}  # whom somebody called so before
    for i, this in enumerate(exchanges):
        before = exchanges[i - 1] if i and exchanges[i - 1].scene == this.scene else None
        after = exchanges[i + 1] if i + 1 < len(exchanges) and exchanges[i + 1].scene == this.scene else None
        if before is None:
            present = []
        to, why = "", "nothing tells"
        if this.called is None and _alternate(before, this, after):
            to, why = after.speaker if after else "", "turns"
        elif this.named and this.named != this.speaker:
            to, why = _counted(this.named, this.speaker, present), "named"
        elif not this.speaker:
            why = "no speaker"
        else:
            votes = _votes(this, before, after, found[i - 1][0] if before else "", present)
            if this.called is not None:
                others = [*this.nearby, *reversed(present)]
                to = _meant(this, this.called, votes, others, meant, candidates)
                why = "called"
            if (
                not to
                and not (this.called is not None and this.called.plural)
                and (not this.how.aside or this.after.heeds)
            ):
                to, why = _most(votes)
        if to and to[0] in "那这":
            to = _DETERMINER.sub("", to)
        found.append((to, why))
        if this.called is not None and to and not this.called.is_name and not this.called.plural:
            meant[this.speaker, this.called.words] = to
        for name in (to, this.speaker):
            if name and not _is_crowd(name):
                for one in name.split("、") if "、" in name else (name,):
                    if one in present:
                        present.remove(one)
                    present.append(one)
        del present[:-_FAR]
    return found


def _alternate(before: Exchange | None, this: Exchange, after: Exchange | None) -> bool:
    """True where the same other party speaks right before and right after, which nothing else outvotes."""
    return (
        before is not None
        and after is not None
        and before.speaker == after.speaker != ""
        and before.speaker != this.speaker != ""
        and this.after.who in ("", after.speaker)
        and not (this.named or this.how.aside or this.how.orders or this.how.joins or this.how.news)
        and this.gap < _NEAR[0]
        and after.gap < _NEAR[0]
    )


def _votes(
    this: Exchange, before: Exchange | None, after: Exchange | None, said_to: str, present: Sequence[str]
) -> dict[str, float]:
    votes: dict[str, float] = defaultdict(float)
    if before is not None and before.speaker == this.speaker:
        votes[said_to] += _ON[_band(this.gap)] + (this.gap < _AT_ONCE)
    elif before is not None:
        votes[before.speaker] += _LAST[_band(this.gap)] * (0.4 if this.how.news or this.how.joins else 1.0)
        if this.how.joins:
            votes[said_to] += 2.5
        elif this.gap < _NEAR[-1]:
            votes[before.speaker] += 3.5 * (this.speaker in said_to.split("、")) + 1.5 * this.answers
    if after is not None and after.speaker != this.speaker:
        votes[after.speaker] += (
            _NEXT[_band(after.gap)] * (0.4 if after.how.joins else 1.0)
            + 1.5 * (after.named == this.speaker)
            + this.asks
        )
        votes[after.speaker] += 1.0 if after.answers and not after.how.joins else 0.0
    if this.how.orders:
        votes.pop(before.speaker if before is not None else "", None)
    votes[this.after.who] += 1.5 + 1.2 * this.after.heeds + 2.0 * this.after.obeys
    if this.nearby:
        told = this.nearby[0]
        votes[told] += 1.5 if this.how.news or (votes.get(told, 0.0) >= 1.0) else 0.5
    for name in [name for name in votes if name in _NOBODY or name == this.speaker]:
        del votes[name]
    return _merged(votes, this.speaker, present) if any(map(_is_several, votes)) else votes


def _merged(votes: dict[str, float], speaker: str, present: Sequence[str]) -> dict[str, float]:
    """The votes with those for 二人 given to the two who are meant, where that is known; for a crowd they weigh less."""
    merged: dict[str, float] = defaultdict(float)
    joint = {name.count("、") + 1: name for name in votes if "、" in name}
    for name, n in votes.items():
        if number := _number(name):
            if "、" in speaker and speaker.count("、") + 1 == number:
                continue  # the two who speak
            name = joint.get(number) or _counted(name, speaker, present)
        merged[name] += n * (0.7 if _is_crowd(name) else 1.0)
    return merged


@lru_cache(4096)
def _is_crowd(name: str) -> bool:
    return bool(_CROWD.search(name))


@lru_cache(4096)
def _is_several(name: str) -> bool:
    return "、" in name or _is_crowd(name) or _number(name) > 0


@lru_cache(4096)
def _number(name: str) -> int:
    """How many people 二人 or 三位 counts; 0 for what is no count."""
    counted = _COUNT.match(name)
    return _COUNTED[counted.group(1)] if counted else 0


def _band(gap: int) -> int:
    return bisect_right(_NEAR, gap)


def _most(votes: dict[str, float]) -> tuple[str, str]:
    first = max(votes, key=votes.__getitem__, default="")
    if votes.get(first, 0.0) < _ENOUGH:
        return "", "votes"
    if len(votes) == 1:
        return first, "votes"
    people = {*first.split("、")}
    apart = [n for name, n in votes.items() if name != first and people.isdisjoint(name.split("、"))]
    return first if votes[first] - max(apart, default=0.0) >= _AHEAD else "", "votes"


def _meant(
    this: Exchange,
    called: Vocative,
    votes: dict[str, float],
    others: Iterable[str],
    meant: dict[tuple[str, str], str],
    candidates: Candidates,
) -> str:
    """Whom the word of address means: its bearer, or of those near at hand the one whom it fits best."""
    bearers = list(dict.fromkeys(p.name for p in candidates(called.words) if p.name != this.speaker))
    pool = dict(votes)
    for rank, name in enumerate(dict.fromkeys(others)):
        if name and name != this.speaker:
            pool[name] = pool.get(name, 0.0) + (1.0 if rank < 2 else 0.5)
    if called.plural:
        return _group(called.words, this.speaker, pool, others)
    if called.is_name:
        here = [name for name in bearers if name in pool]
        return here[0] if here else bearers[0] if len(bearers) == 1 else ""
    before = meant.get((this.speaker, called.words), "")
    if before in pool:
        pool[before] += 2.0
    pool = {name: n for name, n in pool.items() if _fits(name, called, candidates)}
    if bearing := {name: n for name, n in pool.items() if name in bearers}:
        pool = bearing
    elif len(bearers) == 1:
        pool[bearers[0]] = 2.0
    return max(pool, key=lambda name: pool[name], default="")


def _fits(name: str, called: Vocative, candidates: Candidates) -> bool:
    """False for a crowd, and for somebody of the other sex than the word of address tells."""
    if _is_crowd(name) or _number(name) or "、" in name:
        return False
    known = candidates(name)
    sex = known[0].gender if known else "female" if _WOMAN.search(name) else "male" if _MAN.search(name) else ""
    return not (called.gender and sex and sex != called.gender)


def _group(words: str, speaker: str, pool: dict[str, float], others: Iterable[str]) -> str:
    """The group that is called: the one near at hand, the people that make it up, or the words where they name it."""
    if groups := [name for name in pool if _is_crowd(name) or "、" in name]:
        return max(groups, key=lambda name: pool[name])
    told = _counted(words, speaker, [*others][::-1])
    if told != words:
        return told
    return words if words[0] in "众诸" and not words.endswith(("位", "公", "君", "卿")) else ""


def _counted(name: str, speaker: str, present: Sequence[str]) -> str:
    """The people whom 二人 or 三位 means, where so many others are in the scene and no more."""
    if not (number := _number(name)):
        return name
    others = [one for one in dict.fromkeys(present) if one != speaker and not _is_crowd(one)]
    if len(others) != number:
        return name
    return "、".join(others)
