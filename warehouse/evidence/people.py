"""A novel's index and cast in; where each person is named, by whatever name, and whom a question names, out."""

import re
from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from extractors.cast import Cast
from warehouse.evidence.index import Index
from warehouse.evidence.letters import Array, bare

# One character names somebody at the head of a clause or after one of these.
_BEFORE = "时忽却但只早遂乃因便即亦又皆及与对谓问告同令命召教请见指向唤叱骂劝谏答报使遣留谢辞视顾语拜责"
_NOWHERE = np.zeros(0, dtype=np.int64)
_MET = 3  # namings in full a chapter needs before one character (操) means that person there


@dataclass(frozen=True)
class People:
    """Who is named where. `mentions` maps canonical names to positions, ascending, and `everybody` holds all of these
    in one, with whose each is. `names` maps what a question may call somebody, two letters
    and more, to the canonical name; `own` are those of them that are no mere titles."""

    mentions: dict[str, Array]
    everybody: tuple[Array, tuple[str, ...]]
    names: dict[str, str]
    own: frozenset[str]
    pattern: re.Pattern[str]

    def named(self, letters: str) -> str:
        """The canonical name of the person who is called exactly so; empty when nobody or several are."""
        return self.names.get(letters, "")

    def named_between(self, first: int, last: int) -> set[str]:
        """The canonical names of those who are named at positions from `first` up to, not including, `last`."""
        positions, who = self.everybody
        return set(who[np.searchsorted(positions, first) : np.searchsorted(positions, last)])

    def told_in(self, letters: str) -> dict[str, str]:
        """Those whom the letters call by a name of their own: canonical name to the name used, in order."""
        return {self.names[name]: name for name in self.pattern.findall(letters) if name in self.own}


def find_people(index: Index, cast: Cast | None) -> People:
    """Everybody in the cast whom the text names. Titles count in the chapters in which they mean one person alone."""
    if cast is None:
        return People({}, (_NOWHERE, ()), {}, frozenset(), re.compile(r"(?!)"))
    found: dict[str, list[Array]] = defaultdict(list)
    for alias in cast.aliases():
        positions = index.find(bare(alias)) if len(alias) > 1 else _NOWHERE
        within = index.chapter_at(positions)
        for chapter in np.unique(within):
            who = {person.name for person in cast.candidates(alias, index.chapters[chapter].number)}
            if len(who) == 1:
                found[who.pop()].append(positions[within == chapter])
    for person in cast.persons:
        for introduced in _introductions(bare(person.name)):
            if len(positions := index.find(introduced)):
                found[person.name].append(positions)
    mentions = {name: np.unique(np.concatenate(parts)) for name, parts in found.items()}
    for name, positions in _short_mentions(index, cast, mentions).items():
        mentions[name] = np.union1d(mentions[name], positions)
    names = {bare(alias): owner for alias in cast.aliases() if len(alias) > 1 and (owner := _owner(cast, alias))}
    own = {name for person in cast.persons for name in (person.name, *person.courtesy, *person.nicknames)}
    longest_first = sorted(names, key=lambda name: (-len(name), name))
    told = frozenset(letters for letters in map(bare, own) if letters in names)
    return People(
        mentions, _together(mentions), names, told, re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")
    )


def _introductions(name: str) -> list[str]:
    """How a novel brings somebody in: 姓卞名喜 for 卞喜, 姓诸葛名亮 for 诸葛亮."""
    return [f"姓{name[:at]}名{name[at:]}" for at in (1, 2) if at < len(name) < at + 3]


def _together(mentions: dict[str, Array]) -> tuple[Array, tuple[str, ...]]:
    positions = np.concatenate([_NOWHERE, *mentions.values()])
    who = [name for name, found in mentions.items() for _ in found]
    order = np.argsort(positions, kind="stable")
    return positions[order], tuple(who[at] for at in order)


def _owner(cast: Cast, alias: str) -> str:
    """Whom the alias means where no chapter is known; nobody where it may be several people."""
    found = {person.name: person for person in cast.persons if alias in (person.name, *person.other_names())}
    if alias in found:
        return alias
    told = [name for name, person in found.items() if alias not in person.titles]
    holders = told or list(found) or list({person.name for person in cast.candidates(alias, 0)})
    return holders[0] if len(holders) == 1 else ""


def _short_mentions(index: Index, cast: Cast, mentions: dict[str, Array]) -> dict[str, Array]:
    """Where one character (操) names somebody: at the head of a clause or after a word that people stand behind, in a
    chapter that names this person in full, more often than others with the same character."""
    owners: dict[str, list[str]] = defaultdict(list)
    for name in mentions:
        for alias in sorted(cast.short_aliases([name])):
            owners[alias].append(name)
    named = {
        name: np.bincount(index.chapter_at(positions), minlength=len(index.chapters))
        for name, positions in mentions.items()
    }
    before = np.array([ord(c) for c in _BEFORE], dtype=np.uint32)
    found: dict[str, Array] = {}
    for alias, names in owners.items():
        positions = index.find(bare(alias))
        at = np.maximum(positions - 1, 0)
        heads = (index.offsets[positions] - index.offsets[at] != 1) | np.isin(index.codes[at], before)
        positions = positions[heads]
        counts = np.stack([named[name] for name in names])
        most, winner, within = counts.max(0), counts.argmax(0), index.chapter_at(positions)
        for place, name in enumerate(names):
            mine = positions[(winner[within] == place) & (most[within] >= _MET)]
            found[name] = np.union1d(found.get(name, mine), mine)
    return found
