"""Names in questions that ask what somebody is called in, what the cast knows of them out."""

import re

from warehouse.evidence.letters import bare, fold
from warehouse.evidence.novel import Novel
from warehouse.evidence.weigh import Weighed

_SAME = 15.0  # nats: as strong as words that stand side by side
_NAMING = re.compile(
    "绰号|外号|诨号|诨名|别号|别名|别称|[表的，]字|道号|法号|法名|本名|原名|小名|乳名|封号|称为|人称|又名|又叫|"
    "指的是|是谁|何人"
)

_EQUATED = re.compile("_{2,}.{0,2}[是指即为]|[是指即为].{0,3}_{2,}|[:：—]_{2,}")


def another_name(words: str, stem: str, blank: int, novel: Novel) -> Weighed | None:
    """The words weighed by the cast, where a stem asks for a name and calls the same person by another one: 宋江 for
    及时雨是谁的绰号, or in the clause of that blank for “及时雨”是____; None otherwise."""
    name = novel.people.named(bare(words))
    if not name or name not in novel.people.mentions:
        return None
    clause = around_blank(stem, blank)
    if _EQUATED.search(clause) and all(term.label in novel.people.mentions for term in novel.terms(clause)):
        stem = clause
    elif not _NAMING.search(stem):
        return None
    used = {found for found in novel.people.pattern.findall(fold(stem)) if novel.people.names[found] == name}
    return one_person(words, name, novel) if used - {bare(words)} else None


def around_blank(stem: str, blank: int) -> str:
    """The clause that has that blank of the stem, counted from 0; the stem where it has no such blank."""
    for clause in re.split("[，。；,;？?！!]", stem):
        blank -= len(re.findall("_{2,}", clause))
        if blank < 0:
            return clause
    return stem


def one_person(words: str, name: str, novel: Novel) -> Weighed:
    """What it weighs that the words are another name of that person."""
    return Weighed(words, _SAME, coverage=1.0, position=int(novel.people.mentions[name][0]))


def says_same(statement: str, novel: Novel) -> bool | None:
    """Whether the two names that a statement says are one person's (及时雨是宋江的绰号) are so; None where it says
    something else."""
    names = list(dict.fromkeys(novel.people.pattern.findall(fold(statement))))
    if len(names) != 2 or not _NAMING.search(statement) or not novel.people.own.issuperset(names):
        return None
    owners = [novel.people.names[name] for name in names]
    if all(bare(owner) == name for owner, name in zip(owners, names, strict=True)):
        return None  # two people under their full names
    return owners[0] == owners[1]
