"""Narration in, the people it mentions out: names from the cast, nouns for people, pronouns, each with its span."""

import re
from collections.abc import Iterable
from copy import copy
from itertools import compress
from typing import Any, Literal, NamedTuple

from extractors.lexicon import (
    DETERMINERS,
    FAMILY_NAMES,
    INDEFINITE,
    KIN_NOUNS,
    NOT_A_NAME,
    OPENS_OTHERWISE,
    PERSON_NOUNS,
    PRONOUNS,
    SPEECH_ENDINGS,
)

MentionKind = Literal["name", "noun", "pronoun"]

_BREAK = frozenset('，。；！？：、\n\r\u3000 “”‘’「」『』…—（）()《》,;!?:"')
_DETERMINER = re.compile(rf"(?:{DETERMINERS})$")
_INDEFINITE = re.compile(rf"^{INDEFINITE}")
_PLURAL = frozenset("众诸群百两二三四五六七八九十几数各")
_DETERMINER_ENDS = frozenset("那这此一二两三四五六七八九十几数众诸各多些群满个位员名伙班干条筹家般尊头只起拨队辈等些")
_KIN = frozenset(KIN_NOUNS)
_NOT_AFTER_MAN = frozenset("影家马头间心物命情丁参手世声口")
_KIN_ONLY = _KIN - frozenset(PERSON_NOUNS)
_COUNTS = frozenset("一个 这个 那个 那一个 这一个 两个 三个 四个 二人 三人 四人 两人 一人".split())
_AFTER_COUNT = SPEECH_ENDINGS | frozenset("都便也又正听见齐只各，。慌忙急在从闻相被跪走来拜谢")
# One-character names and nouns stand at the head of a clause or after one of these.
_BEFORE_SHORT = frozenset(
    "时忽却但只早遂乃因便即亦又皆及与对谓问告同令命召教请见指向唤叱骂劝谏答报使遣留谢辞视顾语拜责、"
)
_PRECEDES_SHORT = _BEFORE_SHORT | _DETERMINER_ENDS | FAMILY_NAMES | _BREAK
_AFTER_SHORT_NOUN = SPEECH_ENDINGS | frozenset("大怒喜惊急又乃亦皆泣从闻见听即遂便应对称拜齐俱都言指")

_Word = tuple[str, MentionKind, int]  # with its length


class Mention(NamedTuple):
    """Words that mean somebody. `start`:`end` include a determiner (那妇人); `core` is without it (妇人)."""

    start: int
    end: int
    text: str
    core: str
    kind: MentionKind
    definite: bool = True  # False for 一个老者, 众将: never somebody named before
    owner: str = ""  # for 绍妻: the name before the kinship word


class MentionFinder:
    """Finds mentions with a dictionary look-up or two where one may open; built once per cast and list of names."""

    def __init__(self, names: Iterable[str]) -> None:
        self._short: frozenset[str] | None = None
        self.read: dict[str, Any] = {}  # what short lead-ins were found to say, for the parser's use
        self._words: dict[str, MentionKind] = dict.fromkeys((*PERSON_NOUNS, *KIN_NOUNS), "noun")
        self._words.update(dict.fromkeys(PRONOUNS, "pronoun"))
        self._single: dict[str, list[_Word]] = {}
        self._longer: dict[str, list[_Word]] = {}  # by their first two characters, longest first
        for word, kind in self._words.items():
            self._enter(word, kind)
        self._add(names)
        named = {pair for pair, words in self._longer.items() if any(kind == "name" for _, kind, _ in words)}
        self._names_open = re.compile(f"(?=({_one_of({n[0] for n in named})}{_one_of({n[1] for n in named})}))")
        nouns = [word for word, known in self._single.items() if any(kind != "name" for _, kind, _ in known)]
        first, second = (_one_of({pair[i] for pair in self._longer}) for i in (0, 1))
        self._opens_any = re.compile(f"{first}(?={second})|{_one_of(self._single)}")
        self._opens_no_short = re.compile(f"{first}(?={second})|{_one_of(nouns)}")
        self._opens = self._opens_any
        self._learnt: frozenset[str] = frozenset()  # first characters of names that came later

    def _enter(self, word: str, kind: MentionKind) -> None:
        words = (self._single if len(word) == 1 else self._longer).setdefault(word[:2], [])
        words.append((word, kind, len(word)))
        words.sort(key=lambda known: (-known[2], known[1]))

    def _add(self, names: Iterable[str]) -> None:
        for name in names:
            # A title that is a noun for anybody (太守) stays one; one character can be either, the name first.
            if len(name) == 1 or name not in self._words:
                self._words.setdefault(name, "name")
                self._enter(name, "name")

    def named_in(self, text: str, start: int, end: int) -> set[str]:
        """The names of two characters and more that occur in text[start:end]."""
        known = self._longer.keys() & self._names_open.findall(text, start, end)
        words = (word for pair in known for word, kind, _ in self._longer[pair] if kind == "name")
        return {word for word in words if len(word) == 2 or text.find(word, start, end) >= 0}

    def with_names(self, extra: Iterable[str], short: Iterable[str] | None = None) -> "MentionFinder":
        """A finder that knows these names too, and takes no other one-character names than `short`."""
        finder = copy(self)
        finder._short = self._short if short is None else frozenset(short)
        finder._opens = self._opens_no_short if finder._short == frozenset() else self._opens_any
        if extra or short or short is None or self._short:
            finder.read = {}
        fresh = [name for name in extra if len(name) == 1 or name not in self._words]
        if fresh:
            finder._learnt = self._learnt.union(name[0] for name in fresh)
            finder._words, finder._single, finder._longer = dict(self._words), dict(self._single), dict(self._longer)
            for name in fresh:  # lists that are about to change must not be shared
                for table in (finder._single, finder._longer):
                    if name[:2] in table:
                        table[name[:2]] = list(table[name[:2]])
            finder._add(fresh)
        return finder

    def at_head(self, text: str) -> Mention | None:
        """The name or noun of two characters or more that the text opens with, or None."""
        for word, kind, length in self._longer.get(text[:2], ()):
            if kind != "pronoun" and text.startswith(word):
                return Mention(0, length, word, word, kind)
        return None

    def find(self, text: str) -> list[Mention]:
        """The mentions in the text, in order, none inside another; owner and kin joined into one."""
        found: list[Mention] = []
        single, longer, short = self._single, self._longer, self._short
        places: Iterable[int] = map(re.Match.start, self._opens.finditer(text))
        if not self._learnt.isdisjoint(text):
            places = sorted({*places, *compress(range(len(text)), map(self._learnt.__contains__, text))})
        floor = 0  # where the last mention ends
        meet = False  # two of them stand side by side
        for at in places:
            if at < floor:
                continue
            mention = None
            if words := longer.get(text[at : at + 2]):
                for word, kind, length in words:
                    if length == 2 or text.startswith(word, at):
                        if kind == "name":  # the commonest by far
                            begin = at - (at > floor and text[at - 1] in "那这")
                            mention = Mention(begin, at + length, text[begin : at + length], word, kind)
                        else:
                            mention = _accept(text, at, floor, word, kind)
                        if mention is not None:
                            break
            if mention is None:
                if text[at] not in single or (
                    at and text[at - 1] not in _PRECEDES_SHORT and not (floor and floor >= at - 1)
                ):
                    continue
                for word, kind, _ in single[text[at]]:
                    if kind != "name" or short is None or word in short:
                        mention = _accept(text, at, floor, word, kind)
                        if mention is not None:
                            break
                if mention is None:
                    continue
            meet = meet or (floor > 0 and mention.start - floor <= 1)
            found.append(mention)
            floor = mention.end
        return _joined(text, found) if meet else found


def _one_of(characters: Iterable[str]) -> str:
    """A pattern for one of the characters, which matches nothing where there are none."""
    listed = re.escape("".join(sorted(characters)))
    return f"[{listed}]" if listed else "(?!)"


def _accept(text: str, at: int, floor: int, word: str, kind: MentionKind) -> Mention | None:
    """The mention that `word` at `at` is, or None where it only looks like one; nothing before `floor` is its."""
    stop = at + len(word)
    before = text[at - 1] if at > floor else ""
    if kind == "name":  # of one character
        apart = not at or floor == at or before in _BEFORE_SHORT or before in _BREAK
        if not apart or text[at : at + 2] in NOT_A_NAME:
            return None
        begin = at - (before in ("那", "这"))
        return Mention(begin, stop, text[begin:stop], word, kind)
    if kind == "pronoun":
        if word == "其" and text[stop : stop + 1] not in _KIN and text[stop : stop + 2] not in _KIN:
            return None
        return Mention(at, stop, word, word, kind)
    after = text[stop : stop + 1]
    if word[-1] == "道" and after in ("：", ":"):
        return None  # 那妖道：is 那妖 who says
    begin = at
    if word[-1] == "人" and after in _NOT_AFTER_MAN:
        return None
    if word in ("差人", "使人", "令人") and after not in _AFTER_COUNT:
        return None  # 差人去请: somebody sends
    if word + after in OPENS_OTHERWISE or (word == "官" and text[at : stop + 2] in ("官道旁", "官道上", "官道边")):
        return None  # 官道旁边, 那使棒的汉, 上将台
    if (word == "下人" and before == "上") or (word == "一个" and before and before in "自刀斧枪棒"):
        return None  # 上下人等; 独自一个, 一斧一个
    if word == "王" and after not in SPEECH_ENDINGS:
        return None  # a surname
    owned = floor > 0 and at - floor <= 1 and text[floor:at] in ("", "之", "的")
    counts = word in _COUNTS and (after not in _AFTER_COUNT or text.startswith("都头", stop))
    if counts or (word in _KIN_ONLY and not owned):
        return None
    if before in _DETERMINER_ENDS:
        match = _DETERMINER.search(text, max(floor, at - 8), at)
        begin = match.start() if match else at
    surnamed = begin == at and at > floor and before in FAMILY_NAMES and word != "子"  # not 林子, 石子
    if surnamed and text[at - 2 : at - 1] not in FAMILY_NAMES:
        begin, word = at - 1, before + word  # 刘小二, 王太医
        return Mention(begin, stop, word, word, kind)
    if (
        len(word) == 1
        and begin == at
        and not (owned and word in _KIN)
        and not (
            (at == 0 or text[at - 1] in _BREAK or before in _BEFORE_SHORT)
            and (
                after in _AFTER_SHORT_NOUN
                or (
                    word == "人"
                    and before in "见忽，。"
                    and text[stop : stop + 2] in ("来说", "来回", "来报", "来问", "回说")
                )
            )
        )
    ):
        return None
    if after in ("们", "等"):
        stop += 1
    if text[begin] == "此" and text[begin - 1 : begin] == "因":
        return None  # 因此人都唤他
    whole = text[begin:stop]
    indefinite = begin < at and bool(_INDEFINITE.match(whole))
    core = whole if whole[0] in _PLURAL else text[at:stop]
    return Mention(begin, stop, whole, core, kind, not indefinite)


def _joined(text: str, found: list[Mention]) -> list[Mention]:
    """Puts owner and kinship word together, and a title before a name: 绍妻刘氏 → 刘氏, 皇城的继室 → one mention."""
    merged: list[Mention] = []
    for mention in found:
        last = merged[-1] if merged else None
        if last is not None and mention.start - last.end <= 1 and mention.kind != "pronoun":
            gap, whole = text[last.end : mention.start], text[last.start : mention.end]
            if mention.kind == "noun" and mention.core in _KIN and gap in ("", "之", "的") and last.kind != "noun":
                merged[-1] = Mention(last.start, mention.end, whole, whole, "noun", owner=last.core)
                continue
            if gap == "" and mention.kind == "noun" and last.kind == "noun" and last.core[-1] in "兵军":
                merged[-1] = Mention(last.start, mention.end, whole, mention.core, "noun", mention.definite)
                continue
            if gap == "" and mention.kind == "name" and (len(mention.core) > 1 or last.kind == "noun"):
                merged[-1] = Mention(last.start, mention.end, whole, mention.core, "name")
                continue
        merged.append(mention)
    return merged
