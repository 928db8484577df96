"""A question in, what it claims out: the wording to look for, the possible answers, and the one it gives."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from warehouse.evidence.outside import Outside, outside_novels

Row = Mapping[str, Any]
Way = Literal["options", "pairs", "statements", "statement", "words"]

_NOT = "(?:不是|不属于|不正确|不包括|不包含|不符合?|不在|不对|不用|不含|没有|并非|有误|错误|不恰当|不合|不同)"
_NEGATED = re.compile(
    rf"{_NOT}[^，。；]{{0,6}}的(?:[是有为]|一[项个组]|选项|\W*$)"  # 错误的一项
    rf"|(?:下列|以下|下面|选项|哪)[^，。；]{{0,14}}{_NOT}"  # 下列人物不属于
    rf"|{_NOT}(?:下列|以下)?[^，。；？]{{0,4}}哪|除了|除去"  # 不包括下列哪一座
)
_ABOUT_OPTIONS = re.compile(
    "(?:说法|叙述|表述|陈述|理解|判断|概括|介绍|描述|分析|搭配|对应|连线|匹配)[^，。；]{0,10}"
    "(?:正确|错误|有误|不符|不当|符合|准确|恰当)"
)
_PAIR = re.compile(r"^([^—－\-:：]+)(?:[—－\-]+|[:：])([^—－\-:：]+)$")

_BRACKETED = re.compile(r"([^（()）]+)[（(]([^（()）]+)[）)]")
_NOTE = re.compile("分|即可|示例|答案|意思|合理|等$|等皆")


@dataclass(frozen=True)
class Claim:
    """What a question claims. `options` by letter; `chosen` are letters of them, or the words of the answer.

    `way` says how it is to be judged: which option stands near the stem, which pair (花荣——小李广) belongs together,
    which option is true by itself, whether the stem is, or whether the answer's words stand near the stem. `negated`
    when it asks for what is not so. `outside` says why no novel can tell.
    """

    way: Way
    stem: str
    options: dict[str, str]
    chosen: tuple[str, ...]
    negated: bool
    outside: Outside | None

    def answer(self) -> tuple[str, ...]:
        """The words of the answer."""
        return tuple(self.options.get(part, part) for part in self.chosen)


def claim_of(question: Row) -> Claim:
    """The claim of a question given by its `type`, `stem`, `options` and `answer`."""
    stem = str(question["stem"])
    options = {str(letter): str(text) for letter, text in (question.get("options") or {}).items()}
    way = _way(str(question["type"]), stem, options)
    chosen = _chosen(way, options, question["answer"])
    outside = outside_novels(stem, options.values(), [options.get(part, part) for part in chosen])
    return Claim(way, stem, options, chosen, bool(options and _NEGATED.search(stem)), outside)


def split_pair(option: str) -> tuple[str, str]:
    """The two sides of an option such as 花荣——小李广. Raises ValueError for one that has no sides."""
    found = _PAIR.match(option)
    if not found:
        raise ValueError(f"{option!r} is no pair")
    return found[1], found[2]


def readings(words: str) -> list[str]:
    """The words of an answer, and where brackets give others that will do (草庐（或茅庐）), either of them alone; notes on
    marks (每个2分) are none."""
    found = _BRACKETED.fullmatch(words.strip())
    if not found:
        return [words]
    inner = [part for part in re.split("[、/或]", found[2].removeprefix("或")) if part]
    return [found[1], *([] if _NOTE.search(found[2]) else inner)]


def _way(kind: str, stem: str, options: Mapping[str, str]) -> Way:
    if kind == "true_false":
        return "statement"
    if not options:
        return "words"
    if all(map(_PAIR.match, options.values())):
        return "pairs"
    return "statements" if _ABOUT_OPTIONS.search(stem) else "options"


def _chosen(way: Way, options: Mapping[str, str], answer: Any) -> tuple[str, ...]:
    if answer in (None, "", []):
        return ()
    if options and way != "statement":
        return tuple(letter for letter in str(answer).upper() if letter in options)
    if isinstance(answer, (list, tuple)):
        return tuple(str(part) for part in answer)
    return (str(answer).lower() if way == "statement" else str(answer),)
