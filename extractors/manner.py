"""The words before and after a quotation in, how it is said and who heeds it out."""

import re
from typing import NamedTuple

from extractors.roles import any_of
from extractors.speaker import Chapter

# What the one spoken to does at once: hears it, obeys, is struck by it, answers.
_HEARS = any_of(
    "听 闻 见问 见说 从 然之 然其 依 允 准 大惊 大怒 大喜 喜 怒 惊 拜 谢 应 领 诺 答 遵 点头 摇头 道 曰 回 笑 叩头 磕头 低头 无言 不语 不言 "
    "默然 不答 吃了一惊 慌 羞 红了脸 哭 泣 说".split()
)
_FOLLOWS = any_of(
    "见问 见说 听了 听说 听罢 听毕 闻言 闻之 从之 从其 然之 然其 依其 依言 依计 允之 允其 准奏 领命 领诺 应诺 受计 得令".split()
)
_HEEDS = re.compile(rf"[^，。；！？：“”]{{0,3}}?{_HEARS}")
_OBEYS = re.compile(rf"[^，。；！？：“”]{{0,3}}?{_FOLLOWS}")
_ASIDE = re.compile(r"自[言语叹]|叹[曰道]$|仰天|仰面|跌足|顿足|捶胸|望空|对天|祷|祝")  # to oneself, to heaven
_ORDERS = re.compile(r"(?:教|命|令|传旨|号令)$")  # to whoever waits on one, not to the equal beside
_NEWS = re.compile(r"(?:报|奏|报道|报说|报曰|报知|报称|禀|禀道|禀说)[：:]?$")
_JOINS = re.compile(r"^[^，]{0,5}[也亦](?:[^，]{0,3})$")  # 宝钗也笑道, 王平亦曰


class Manner(NamedTuple):
    """What the last clause before a quotation tells about how it is said."""

    aside: bool = False  # to nobody
    orders: bool = False  # to whoever waits on one
    news: bool = False  # a report
    joins: bool = False  # 也道, 亦曰: with the one before


_PLAIN = Manner()
_TELLING = frozenset("自叹仰跌顿捶望对祷祝教命令旨报奏称禀也亦")  # every pattern needs one of these


def manner(tail: str) -> Manner:
    """How something is said that these words lead in."""
    if _TELLING.isdisjoint(tail):
        return _PLAIN
    return Manner(*(bool(pattern.search(tail)) for pattern in (_ASIDE, _ORDERS, _NEWS, _JOINS)))


class Reaction(NamedTuple):
    """Who acts right after a quotation, and whether that is what one does who was spoken to."""

    who: str
    heeds: bool = False  # hears it, is struck by it, answers
    obeys: bool = False  # does what nobody else does: hears it out, follows it


_NOBODY = Reaction("")


def reaction(text: str, end: int, who: str, chapter: Chapter) -> Reaction:
    """What `who`, named first after the quotation that ends at `end`, does there.

    Where no lead-in that follows names anybody, `who` is empty, and somebody of the cast is looked for at `end`.
    """
    heeds = _HEEDS.match(text, end, end + 12) is not None
    if not who:
        if not heeds:
            return _NOBODY
        named = ((size, chapter.person(text[end : end + size])) for size in (4, 3, 2, 1))
        person = next((p for size, p in named if p and _HEEDS.match(text, end + size, end + size + 8)), None)
        if person is None:
            return _NOBODY
        who = person.name
    return Reaction(who, heeds, heeds and _OBEYS.match(text, end, end + 12) is not None)
