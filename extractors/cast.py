"""TOML text in, `Cast` out: who is who in a novel, and whom a name means in a given chapter."""

import tomllib
from collections import defaultdict
from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from typing import Any

from corpora.errors import BadInput
from extractors.lexicon import PERSON_NOUNS

# Two-character surnames, so that the given name of 诸葛亮 is 亮 and not 葛亮.
COMPOUND_SURNAMES = frozenset(
    "诸葛 司马 夏侯 公孙 皇甫 太史 令狐 欧阳 上官 东方 西门 呼延 慕容 尉迟 长孙 宇文 淳于 单于 申屠 钟离 东郭 南宫 "
    "司徒 司空 百里 段干 濮阳 耶律 完颜 兀颜 鲜于 闻人 轩辕 令公 公冶 毌丘 阿里".split()
)
_NOUNS = frozenset(PERSON_NOUNS)
_KEYS = {"name", "courtesy", "titles", "nicknames", "short", "gender", "chapters"}


@dataclass(frozen=True, slots=True)
class Person:
    """One person under the name that stands for them everywhere.

    `titles` may fit several people (太守, 夫人): they mean whoever was last named. `chapters`, where given, are the
    first and last chapter in which the titles mean this person; names and nicknames keep their owner throughout.
    """

    name: str
    courtesy: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    nicknames: tuple[str, ...] = ()
    short: tuple[str, ...] = ()
    gender: str = ""  # male, female or empty
    chapters: tuple[int, int] | None = None

    def other_names(self) -> tuple[str, ...]:
        """Every name but the canonical one, each once, own names before titles."""
        return tuple(dict.fromkeys((*self.courtesy, *self.nicknames, *self.short, *self.titles)))


@dataclass(frozen=True)
class Cast:
    """The people of one novel. `novel` is its title, or empty for a cast found from the text."""

    novel: str
    persons: tuple[Person, ...]
    _by_alias: dict[str, tuple[Person, ...]] = field(init=False, repr=False, compare=False)
    _short: dict[str, tuple[str, ...]] = field(init=False, repr=False, compare=False)
    _bound: frozenset[str] = field(init=False, repr=False, compare=False)  # aliases of people bound to chapters
    _met: dict[tuple[str, int], tuple[Person, ...]] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        by_alias: dict[str, list[Person]] = defaultdict(list)
        for person in self.persons:
            for alias in dict.fromkeys((person.name, *given_names(person.name), *person.other_names())):
                by_alias[alias].append(person)
        short: dict[str, tuple[str, ...]] = defaultdict(tuple)
        for alias, found in by_alias.items():
            for person in found if len(alias) == 1 else ():
                short[person.name] += (alias,)
        object.__setattr__(self, "_short", dict(short))
        bound = frozenset(alias for alias, found in by_alias.items() if any(person.chapters for person in found))
        object.__setattr__(self, "_bound", bound)
        object.__setattr__(self, "_by_alias", {alias: tuple(found) for alias, found in by_alias.items()})

    def aliases(self) -> Iterable[str]:
        """Every name by which somebody goes, given names included."""
        return self._by_alias

    def short_aliases(self, names: Container[str]) -> set[str]:
        """The names of one character (操) of the people with these canonical names."""
        return {alias for name, short in self._short.items() if name in names for alias in short}

    def candidates(self, alias: str, chapter: int) -> tuple[Person, ...]:
        """The people whom the alias can mean in the chapter; those limited to it come first and alone."""
        found = self._by_alias.get(alias, ())
        if not found:
            return ()
        key = (alias, chapter if alias in self._bound else 0)
        if key not in self._met:
            self._met[key] = tuple({p.name: p for p in self._candidates(found, alias, chapter)}.values())
        return self._met[key]

    def _candidates(self, found: tuple[Person, ...], alias: str, chapter: int) -> tuple[Person, ...]:
        named = tuple(p for p in found if p.name == alias)
        if named:
            return named
        titled = [p for p in found if alias in p.titles]
        bounded = tuple(p for p in titled if p.chapters and p.chapters[0] <= chapter <= p.chapters[1])
        if bounded:  # the title of one chapter before that of half the book
            shortest = min(p.chapters[1] - p.chapters[0] for p in bounded if p.chapters)
            return tuple(p for p in bounded if p.chapters and p.chapters[1] - p.chapters[0] == shortest)
        free = tuple(p for p in found if p.chapters is None or alias not in p.titles)
        told = tuple(p for p in free if alias in p.other_names())  # before those whose given name it only is
        return told or free


def given_names(name: str) -> tuple[str, ...]:
    """The name without its surname: 亮 for 诸葛亮, 允 for 王允; nothing for names that are no surname and given name."""
    if name[:2] in COMPOUND_SURNAMES and 3 <= len(name) <= 4:
        return (name[2:],)
    given = name[1:]
    if not given or given in _NOUNS or len(given) > 2 or len(name) > 4 or name[-1] in _TITLE_ENDINGS:
        return ()
    return (given,)


# Names that end so are a description (王夫人, 宋太公), whose last part many people share.
_TITLE_ENDINGS = frozenset("人公氏爷王母后主祖君仙僧妈婆娘嫂姨妃姐哥官子儿精怪魔佛星道士神童大三二四师尉爹头的家")


def parse_cast(toml_text: str, where: str = "cast") -> Cast:
    """The cast that a TOML file with `novel = …` and `[[person]]` tables holds.

    Raises BadInput (with `where` naming the file) on text that is not TOML, a missing name, an unknown key or a
    value of another type.
    """
    try:
        table = tomllib.loads(toml_text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{where}: not valid TOML: {error}") from None
    novel = table.get("novel", "")
    rows = table.get("person", [])
    if not isinstance(novel, str) or not isinstance(rows, list):
        raise BadInput(f'{where}: it must hold novel = "…" and [[person]] tables; add them')
    return Cast(novel, tuple(_person(row, f"{where}: person {i + 1}") for i, row in enumerate(rows)))


def _person(row: Any, where: str) -> Person:
    if not isinstance(row, dict) or not isinstance(row.get("name"), str) or not row["name"]:
        raise BadInput(f'{where}: it has no name; add name = "…"')
    where = f"{where} ({row['name']})"
    if unknown := sorted(set(row) - _KEYS):
        raise BadInput(f"{where}: unknown key {unknown[0]!r}; known keys: {', '.join(sorted(_KEYS))}")
    names = {key: _names(row.get(key, []), f"{where}: {key}") for key in ("courtesy", "titles", "nicknames", "short")}
    gender, chapters = row.get("gender", ""), row.get("chapters")
    if gender not in ("", "male", "female"):
        raise BadInput(f"{where}: gender is {gender!r}; write male, female or leave it out")
    span = None
    if chapters is not None:
        if not (isinstance(chapters, list) and len(chapters) == 2 and all(isinstance(n, int) for n in chapters)):
            raise BadInput(f"{where}: chapters is {chapters!r}; write the first and the last, as in [1, 7]")
        span = (chapters[0], chapters[1])
    return Person(row["name"], **names, gender=gender, chapters=span)


def _names(value: Any, where: str) -> tuple[str, ...]:
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list) or not all(isinstance(item, str) and item for item in items):
        raise BadInput(f"{where} is {value!r}; write a list of names")
    return tuple(items)
