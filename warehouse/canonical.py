"""Text in, the form in which a rewritten copy still equals its original out: normalised, every name the canonical one.

備，字玄德。 → 备字刘备        关云长、孫行者 → 关羽孙悟空
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from zlib import crc32

from corpora.casts import all_casts
from extractors.cast import Cast, parse_cast
from warehouse.normalise import compatible, normalise, normalise_all

_SHORTEST = 2  # characters of a name: 操 and 备 are words too
_TITLE_FROM = 3  # characters of a title: 丞相 and 主公 fit many, 刘皇叔 and 汉寿亭侯 one
_WORD = re.compile(r"[a-z0-9]+(?:[_'.-][a-z0-9]+)*")
_SYLLABLES, _FIRST_SYLLABLE = 11_172, 0xAC00  # Hangul, which Chinese texts have none of


def canonical(text: str, novel: str = "") -> str:
    """The words of `text` (see `normalise`) with each other name of the bundled casts' people (玄德, 孙行者) replaced by the
    canonical one (刘备, 孙悟空), wherever only one person goes by it: in `novel`, else in all of them (美髯公 is 朱仝 in 水浒传).

    A Latin word or a number becomes one character, a Hangul syllable by its hash, so that it counts as one: the keys of
    a JSON answer would outweigh what it says.
    """
    return canonical_all([text], [novel])[0]


def canonical_all(texts: Sequence[str], novels: Sequence[str]) -> list[str]:
    """`canonical` of each text, faster than one by one."""
    words = normalise_all([_WORD.sub(_syllable, text.lower()) for text in compatible(texts)])
    return [_renamed(text, *_names(novel)) for text, novel in zip(words, novels, strict=True)]


@cache
def people(novel: str) -> dict[str, frozenset[str]]:
    """Each name, normalised, to all who may be meant by it: in `novel`, where its cast has the name, else in any."""
    found = _owned(_casts()) | _owned([cast for cast in _casts() if novel and cast.novel == novel])
    return {alias: frozenset(owners) for alias, owners in found.items()}


@cache
def find_names(novel: str) -> re.Pattern[str]:
    """What finds the longest of those names at a place."""
    return _longest(people(novel))


@cache
def find_titles(novel: str, name: str) -> re.Pattern[str]:
    """What finds `name`, which stands for any of those, with what some of them have besides a shorter one: 凤雏先生 is 凤雏,
    and so 士元先生 is 士元."""
    owners = people(novel)
    besides = {
        words
        for alias in owners
        for k in range(_SHORTEST, len(alias) - _SHORTEST + 1)
        for shorter, words in ((alias[:k], alias[k:]), (alias[k:], alias[:k]))
        if owners.get(shorter) == owners[alias] and words not in owners
    }
    words = "|".join(map(re.escape, sorted(besides, key=lambda words: (-len(words), words)))) or "(?!)"
    return re.compile(f"{name}(?:{words})|(?:{words}){name}")


def _renamed(text: str, names: dict[str, str], pattern: re.Pattern[str]) -> str:
    return pattern.sub(lambda found: names[found[0]], text)


def _syllable(word: re.Match[str]) -> str:
    return chr(_FIRST_SYLLABLE + crc32(word[0].encode()) % _SYLLABLES)


@cache
def _names(novel: str) -> tuple[dict[str, str], re.Pattern[str]]:
    """Each name to the canonical one, and what finds the longest name at a place."""
    casts = _casts()
    names = _unambiguous(casts) | _unambiguous([cast for cast in casts if novel and cast.novel == novel])
    return names, _longest(names)


def _longest(names: Iterable[str]) -> re.Pattern[str]:
    by_head: defaultdict[str, list[str]] = defaultdict(list)
    for name in sorted(names, key=lambda name: (-len(name), name)):
        by_head[name[0]].append(name[1:])
    tails = {head: "|".join(map(re.escape, found)) for head, found in by_head.items()}
    heads, some = "".join(tails), max(round(len(tails) ** 0.5), 1)
    # Some heads at a time are ruled out together: one after the other they take three times as long.
    parts = [
        f"(?<={_any_of(part)})(?:{'|'.join(f'(?<={re.escape(head)})(?:{tails[head]})' for head in part)})"
        for part in (heads[first : first + some] for first in range(0, len(heads), some))
    ]
    return re.compile(f"{_any_of(heads)}(?:{'|'.join(parts)})" if heads else "(?!)")


def _any_of(letters: str) -> str:
    return f"[{re.escape(letters)}]"


@cache
def _casts() -> list[Cast]:
    return [parse_cast(toml) for toml in all_casts()]


def _owned(casts: Sequence[Cast]) -> dict[str, set[str]]:
    owners: defaultdict[str, set[str]] = defaultdict(set)
    for cast in casts:
        for alias in cast.aliases():
            for owner in _owners(cast, alias):
                owners[normalise(alias)].add(normalise(owner))
    return owners


def _unambiguous(casts: Sequence[Cast]) -> dict[str, str]:
    names = {}
    for alias, found in _owned(casts).items():
        others = found - {alias}
        if len(others) == 1:  # 孔明 is 诸葛亮, though another novel has a 孔明: what matters is that all texts agree
            names[alias] = min(others)
        elif alias in found:  # longest first: 贾宝玉 holds 宝玉, and is not to become 贾贾宝玉
            names[alias] = alias
    return names


def _owners(cast: Cast, alias: str) -> set[str]:
    """Whom the alias means; nobody where it is too short, or a title that would fit anybody."""
    if len(alias) < _SHORTEST:
        return set()
    return {
        person.name
        for person in cast.candidates(alias, 0)
        if "、" not in person.name and (alias not in person.titles or len(alias) >= _TITLE_FROM)
    }
