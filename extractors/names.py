"""A chapter in, the people it names that no cast lists out: by their place before a verb, and by short forms."""

import re
from collections import Counter
from collections.abc import Container, Iterable
from itertools import compress

from extractors.cast import COMPOUND_SURNAMES
from extractors.lexicon import FAMILY_NAMES, SURNAMES

_SHORT_SUBJECT = re.compile(r"[”。，；！？\n]([一-鿿])(?=[^，。；！？：“”\n]{0,8}曰：)")
# Words of one character that open such a clause and are no name.
_NO_NAME = frozenset(
    "乃遂又因即便忽或众帝其一二此皆俱各再复且亦却急后前左右母父兄弟妻子女使吏答对谓问大回见既正当请公与从令命教唤叱笑执指"
)


def learn_names(unlisted: Iterable[str], maybe: Iterable[str]) -> frozenset[str]:
    """The names among the words found before reporting verbs.

    `unlisted` look like names and are taken if they open with a surname; what is only `maybe` one must come twice.
    """
    twice = {name for name, n in Counter(maybe).items() if n >= 2 and len(name) > 1}
    return frozenset(twice | {name for name in unlisted if name[0] in SURNAMES and len(name) <= 3})


def learn_short_names(text: str, start: int, end: int, known: Container[str]) -> dict[str, str]:
    """One-character names of text[start:end] that are not `known`, each with the full name it shortens (翊 → 孙翊).

    A character that stands alone before 曰 is taken for a name if it also follows a surname in the same chapter.
    """
    alone = _SHORT_SUBJECT.findall(text, max(0, start - 1), end)
    counts = {c: n for c, n in Counter(alone).items() if c not in known and c not in _NO_NAME}
    if not counts:
        return {}
    full = _after_surnames(text[start:end], counts)
    best: dict[str, str] = {}
    for name, times in full.most_common():
        if times >= 2 and times + counts[name[-1]] >= 3:
            best.setdefault(name[-1], name)
    return best


def _after_surnames(text: str, given: Container[str]) -> Counter[str]:
    """How often each full name of a surname and one of the `given` characters occurs."""
    full: Counter[str] = Counter()
    floor = 0
    for at in compress(range(len(text)), map(given.__contains__, text)):
        if at - 2 >= floor and text[at - 2 : at] in COMPOUND_SURNAMES:
            full[text[at - 2 : at + 1]] += 1
        elif at > floor and text[at - 1] in FAMILY_NAMES:
            full[text[at - 1 : at + 1]] += 1
        else:
            continue
        floor = at + 1
    return full
