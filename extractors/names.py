"""A chapter in, the people it names that no cast lists out: by their place before a verb, and by short forms."""

import re
from collections import Counter
from collections.abc import Callable, Container, Iterable

from extractors.cast import COMPOUND_SURNAMES
from extractors.lexicon import FAMILY_NAMES, NO_NAME, PERSON_ENDS, SURNAMES

_OFTEN = 3
_SHORT_SUBJECT = re.compile(r"[”。，；！？\n]([一-鿿])(?=[^，。；！？：“”\n]{0,8}曰：)")


def learn_names(unlisted: Iterable[str], maybe: Iterable[str], counted: Callable[[str], int]) -> frozenset[str]:
    """The names among the words found before reporting verbs.

    `unlisted` look like names and are taken if they open with a surname; what is only `maybe` one must stand in the
    speaker's place twice, or open with a surname and be `counted` three times in the chapter.
    """
    twice = {
        name
        for name, n in Counter(maybe).items()
        if len(name) > 1 and (n >= 2 or (_surnamed(name) and counted(name) >= _OFTEN))
    }
    return frozenset(twice | {name for name in unlisted if name[0] in SURNAMES and len(name) <= 3})


def _surnamed(name: str) -> bool:
    return (name[0] in FAMILY_NAMES and len(name) <= 3 and name not in ("高兴", "何曾", "何苦", "何必")) or (
        name[:2] in COMPOUND_SURNAMES and 3 <= len(name) <= 4
    )


def learn_short_names(
    text: str, start: int, end: int, known: Container[str], listed: Iterable[str] = ()
) -> dict[str, str]:
    """One-character names of text[start:end] that are not `known`, each with the full name it shortens (翊 → 孙翊).

    A character that stands alone before 曰 is taken for a name if it ends one of the `listed` names, which occur in
    the chapter, or follows a surname in it.
    """
    alone = _SHORT_SUBJECT.findall(text, max(0, start - 1), end)
    counts = {c: n for c, n in Counter(alone).items() if c not in known and c not in NO_NAME}
    if not counts:
        return {}
    best: dict[str, str] = {}
    for name in sorted(listed):
        if name[-1] in counts and 2 <= len(name) <= 4 and name[-1] not in PERSON_ENDS:
            best[name[-1]] = "" if name[-1] in best else name  # with two of them nobody knows whom it means
    best = {short: name for short, name in best.items() if name}
    full = _after_surnames(text[start:end], counts)
    for name, times in full.most_common():
        if times >= 2 and times + counts[name[-1]] >= 3:
            best.setdefault(name[-1], name)
    return best


def _after_surnames(text: str, given: Iterable[str]) -> Counter[str]:
    """How often each full name of a surname and one of the `given` characters occurs."""
    full: Counter[str] = Counter()
    floor = 0
    for place in re.compile(f"[{re.escape(''.join(given))}]").finditer(text):
        at = place.start()
        if at - 2 >= floor and text[at - 2 : at] in COMPOUND_SURNAMES:
            full[text[at - 2 : at + 1]] += 1
        elif at > floor and text[at - 1] in FAMILY_NAMES:
            full[text[at - 1 : at + 1]] += 1
        else:
            continue
        floor = at + 1
    return full
