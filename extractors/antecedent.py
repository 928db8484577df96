"""A clause that names nobody as its subject in, the people out who act in it, found in the clauses before it."""

import re
from typing import NamedTuple

from extractors.lexicon import FAMILY_NAMES, PERSON_ENDS
from extractors.mentions import Mention
from extractors.roles import Clause, addressed, clause_at, governs, roles

SENTENCE_BREAK = re.compile(r"[。！？；\n]")
_QUIET = r"(?<!答)不答|不应|不言|不语|无言|不则声|不做声|不作声|默然|不开口|不回答|不睬|不理"
_SILENT = re.compile(_QUIET)
_LEAVES = re.compile(
    rf"{_QUIET}|领命|受计|得令|领计|依令|领兵|应诺|答应|受命|行了?[一大]?礼|去了|而去|应声|领诺|遵令|从命|听令|点头|摇头"
)
_DESCRIBES = re.compile(
    r"(?:头戴|头带|身穿|穿着|穿一|身披|披一|腰系|脚穿|足穿|手拿|手里拿|手执|手提|生得|生的|面如|背插|背着|插着|立在|骑着|坐着|年约|约有|年近|身长|眼似|拄|挑着|扛着|提着|拿着)"
)
_VIEWS = re.compile(r"(?:看|视|观|瞧|认|识|望|睁)[^，]{0,4}(?:时|之|去|处)$|^(?:回头|抬头|举目|定睛)")
_REVEALS = re.compile(r"(?:却是|乃是|原来是|正是|是|却原来是|乃)")
_DEMONSTRATIVE = re.compile(
    r"[那这]([一-鿿]{1,4}?)(?=[听见闻看道说笑便忙又也正急慌奉取把将被拿走跑跳坐站立拜跪进知恐怕不已在从]|答应|起身|起来|回来|出来)"
)
_NO_PERSON = re.compile(
    r"句|话|事|[里日时边些个般等样种会年月夜晚座条只把间所处块件口面匹门场番一二两三四五六七八九十几天路城山火船马刀枪]|[不肯容敢知由]"
)
_LOOKS = re.compile(r"[仔细定睛举目抬头再]*(?:看|观|瞧)")
_COMES_BACK = re.compile(r"回报|回来|回话|回复|回说|报道|报曰|报说|来报|还报|回禀")
_SENDS = re.compile(r"(?:教|令|使|差|遣|命|着|叫|派|打发)[了]?[那这]?$")
# 背后一彪军到，大叫：nobody has said whose men these are.
_STRANGERS = re.compile(
    r"[一数两][彪队枝支路簇]?(?:军马?|人马|马军|骑)(?![师校官士])[^，]{0,8}(?:[到至来出起住过]|杀[^，]{0,3})$"
)
_ANSWERS_BARE = re.compile(r"(?:便|乃|遂|即|忙|只得|连忙)*[答对回](?:道|曰|云|言|说)$|[都皆](?:道|说|曰|言)$")
_OFFICER = re.compile(rf"(?<=[尉郎吏史卿])[{''.join(sorted(FAMILY_NAMES))}闵宗审][一-鿿]{{1,2}}$")
_CONCEDES = re.compile(r"虽然?有")  # 虽有甲劝解，心上不安
_SIGHT = re.compile(r"[忽只又但早却]*(?:见|听得|听见)")  # 忽见甲在树上，他道: 他 is who sees
_SIGHT_OF = re.compile(r"(?:[遂忽只却又但早]|正行间|回头|抬头|远远|望)?然?见$")
_SEES_TOO = re.compile(r"又见(?![^，]*(?:来|出|押|提|造|叫他))")  # 甲听罢，又见乙脸红，喝道
_ARRIVES = re.compile(r"(?<=[兵军])(?:[未已将不又却])*[到至来退近出](?:了|来)?$")
_ASKS = re.compile(r"(?<![见听闻被])问")
_MANY = re.compile(r"[众诸群百两二三四五六七八九十几数]|们|等|、")
_BACK = 14  # clauses; farther back the subject has changed more often than not


class Earlier(NamedTuple):
    """Who acts in the clauses before the last one, and how far back that is."""

    subject: tuple[Mention, ...] = ()
    addressee: tuple[Mention, ...] = ()
    distance: int = 0  # clauses back
    crossed: bool = False  # a sentence or paragraph ends between
    silent: bool = False  # the one named says nothing, or leaves
    asks: bool = False  # 甲问其故，答道: the one named asks, and the other party answers
    strangers: bool = False  # 一彪军到，大叫: nobody says who


def look_back(
    text: str,
    spans: list[tuple[int, int]],
    mentions: list[Mention],
    tail: str,
    to: tuple[Mention, ...],
    singular: bool = False,
) -> Earlier:
    """Who acts before the last of the clauses `spans`, whose words are `tail`, where it names nobody itself.

    Read clause by clause backwards, as Chinese narration leaves the subject out once it is known. `to` are those
    whom the last clause names as spoken to. With `singular` one person is looked for, whom a pronoun stands for.
    """
    subject: tuple[Mention, ...] = ()
    seen: tuple[Mention, ...] = ()
    crossed, described, distance = False, False, 0
    answers = bool(_ANSWERS_BARE.match(tail))
    for distance, span in enumerate(reversed(spans[-1 - _BACK : -1]), start=1):
        clause = clause_at(span, mentions)
        crossed = crossed or bool(SENTENCE_BREAK.search(text, clause.end, spans[-distance][0]))
        found, objects, _ = roles(text, clause, None, distance)
        if not to and distance == 1 and not crossed:
            to = addressed(text, clause, objects)
        if not found and (pointed := _pointed_at(text, clause, distance == 1 and not crossed)):
            found = pointed
        if not found and objects and not crossed and text.startswith("把个", clause.start):
            found = objects[:1]  # 把个甲急得跳脚: it is 甲 who goes on
        if not found and distance > 1 and objects and (held := _held_by(text, clause, objects, spans[-distance])):
            found = held
        if not found and distance > 1 and not described and objects and _comes_up(text, clause, objects[-1]):
            found = objects[-1:]
        if found and (
            _CONCEDES.match(text, clause.start, clause.end) or (singular and _SIGHT.match(text, clause.start))
        ):
            found = ()
        if found and _ARRIVES.match(text, found[-1].end, clause.end):
            found = ()  # 蜀兵未到: what is told of soldiers by the way
        if found and distance + 1 < len(spans) and _revealed(text, clause, spans[-distance - 2]):
            found = ()
        if objects and not found and described and governs(text[clause.start : objects[0].start]):
            found = objects[:1]
        described = described or bool(_DESCRIBES.match(text, clause.start, clause.end))
        found = _looked_at(text, clause, found, objects)
        if sent := _sent(text, clause, objects, tail):
            found = sent
        if singular and (len(found) > 1 or (found and _MANY.search(found[0].text))):
            continue
        if found and found[0].definite and found[-1].end + 1 < clause.end and _sees_too(text, clause, tail):
            seen, found = seen or found, ()
        if not found and not subject and not clause.mentions and _STRANGERS.search(text[clause.start : clause.end]):
            return Earlier(addressee=to, distance=distance, crossed=crossed, strangers=True)
        if found and found[0].kind != "pronoun":
            silent = bool((_LEAVES if crossed else _SILENT).search(text, found[-1].end, clause.end))
            if silent or not (crossed and _in_passing(found[0])):
                asks = answers and distance == 1 and not crossed and bool(_ASKS.search(text, found[-1].end, clause.end))
                return Earlier(found, to, distance, crossed, silent, asks)
        subject = subject or found
    return Earlier(subject or seen, to, distance, crossed)


def _sees_too(text: str, clause: Clause, tail: str) -> bool:
    """True for 又见乙脸红, where nothing tells that it is 乙 who goes on."""
    return "来" not in tail and bool(_SEES_TOO.match(text, clause.start, clause.end))


def _held_by(
    text: str, clause: Clause, objects: tuple[Mention, ...], following: tuple[int, int]
) -> tuple[Mention, ...]:
    """Whoever does what follows in 被行者一手隔住，把脸抹了一抹."""
    passive = text[clause.start : objects[0].start].endswith("被")
    return objects[:1] if passive and text[following[0]] in "把将" else ()


def _comes_up(text: str, clause: Clause, last: Mention) -> bool:
    """True for 见一大汉推着车子，入店坐下，便唤酒保: whoever comes into sight goes on to act, unless described first."""
    return not last.definite and bool(_SIGHT_OF.match(text, clause.start, last.start))


def _pointed_at(text: str, clause: Clause, last: bool) -> tuple[Mention, ...]:
    """那樵叟 and the like, whose noun stands in no list, at the clause's head; or 掾吏闵贡, alone before the verb."""
    if last and not clause.mentions[1:] and (titled := _OFFICER.search(text[clause.start : clause.end])):
        at = clause.start + titled.start()
        return (Mention(at, clause.end, titled.group(), titled.group(), "name"),)
    other = _DEMONSTRATIVE.match(text, clause.start, clause.end)
    if other is None or other.group(1)[-1] not in PERSON_ENDS or _NO_PERSON.match(other.group(1)):
        return ()
    return (Mention(clause.start, other.end(1), text[clause.start : other.end(1)], other.group(1), "noun"),)


def _revealed(text: str, clause: Clause, before: tuple[int, int]) -> bool:
    """True for 朱仝回头看时，却是雷横，吃了一惊: who looks acts on, not whom the look reveals."""
    return bool(_REVEALS.match(text, clause.start, clause.end) and _VIEWS.search(text[before[0] : before[1]]))


def _looked_at(
    text: str, clause: Clause, found: tuple[Mention, ...], objects: tuple[Mention, ...]
) -> tuple[Mention, ...]:
    """Whoever is looked at in 鲁智深看那老人时 is whom the next clauses describe."""
    if found and objects and _LOOKS.match(text[found[-1].end : clause.end]) and text[clause.end - 1] == "时":
        return objects[:1]
    return found


def _sent(text: str, clause: Clause, objects: tuple[Mention, ...], tail: str) -> tuple[Mention, ...]:
    """Whoever was sent out (宋江使石秀去探) is who comes back and reports."""
    if objects and _COMES_BACK.search(tail) and _SENDS.search(text[clause.start : objects[0].start]):
        return objects[:1]
    return ()


def _in_passing(mention: Mention) -> bool:
    """True for 众人, 一个小厮 and the like: what they do in one sentence is seldom carried on in the next."""
    return mention.kind == "noun" and (
        not mention.definite or mention.text[0] in "众诸群百左" or mention.core[-1] in "兵军"
    )
