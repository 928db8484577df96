"""A clause of narration in, the parts its people play out: who acts, who is acted on, and who stands in no list."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from extractors.lexicon import ADVERBS, COMMANDS, OBJECT_WORDS, OPENINGS, PRESENTING, SURNAMES
from extractors.mentions import Mention


def any_of(words: Iterable[str]) -> str:
    """A pattern for any of the words, the longest first; one look at the next character rules out most places."""
    listed = sorted(set(words), key=len, reverse=True)
    first = "".join(sorted({re.escape(word[0]) for word in listed}))
    return rf"(?=[{first}])(?:{'|'.join(map(re.escape, listed))})"


_CLAUSE = re.compile(r"[^，。；！？：\s…—“”‘’「」『』,;!?:\"][^，。；！？：\n\r…—“”‘’「」『』,;!?:\"]*")
# Verse, letters and quoted terms set into the narration: who is named there does not act in it.
_INSET = re.compile(r"[：:][ \t\r\u3000]*\n[\s\S]*?(?:\n[ \t\r\u3000]*\n(?=[^\n])|\Z)(?<!：)|“[^”\n]*”|「[^」\n]*」")
_OPENS_INSET = re.compile(r"[：:][ \t\r\u3000]*\n")
_OPENING = re.compile(rf"^(?:{any_of(OPENINGS)})+")
_HEARD = re.compile(r"(?:听得|听见|听|闻|闻得|只听|听到|听的)(?:那|这|里面|外面|门外|背后)?$")
_PRESENTS = re.compile(
    r"[只忽但早又却猛正]+然?见|[只忽又却]*听[得见]|[早却忽又当正]*有|[慌唬吓急喜恼气羞惹惊][得的]|闪出|转出|被"
)
_PRESENTS_ONE = re.compile(r"(?:[只忽但早又却猛正]+然?[见有]|[只忽又]听[得见])(?:[一这那]?[个位员名条])(?=[^，]{1,4}$)")
_MADE = re.compile(r"[急唬羞气笑慌吓恼惊喜乐臊][得的]")
_TITLED = re.compile(rf"(?<=[官尉郎军将史夫勋卿令丞相史马空徒傅守牧长尉农常吏])[{SURNAMES}][一-鿿]{{1,2}}$")
_ADDRESSES = re.compile(
    r"(?:对|向|朝|谓|问|告|语|嘱|付|咐|骂|喝|叱|劝|谏|禀|奏|报|回|唤|叫|教|令|命|请|求|央|催|怨|诉|责|呼|召|慰|谢|辞|顾|指|哄|戏|嘲|"
    r"(?:来|入|回|出|往|拜|接|求|去|进)见|发落|与|和|同|扯|拉|扶|搀|揪|携|执|拦|止|迎|看|望|瞅|瞧|递|说与)(?:着|了|住|定|过|与)?[那这]?$"
)
_PLACE = re.compile(
    r"(?:处|家(?![人的丁童奴将])|家里|家中|屋里|房里|房中|那里|那边|这边|府|寨|营|庄|城|院|庙|洞|宫|殿|宅|面前|跟前|身边|身上|身后|背后|手中|手里|头上|马前|一般|的(?!道|笑|说)|之(?!曰))"
)
_SPEAKS = re.compile(r"(?:传令|传旨|传话|分付|吩咐|叫唤)$")  # 听那老魔传令，教: who is heard
_WARRIOR = re.compile(r"[虎大上小副偏裨牙猛勇战骁番敌宿]将$")  # 虎将双枪将某: no 将 that takes an object
_BODY = re.compile(r"的(?:脸|眼|心(?!腹)|泪|嘴)")  # 甲的脸红了: it is 甲 who blushes
_IS = re.compile(r"(?<![知说道听问报闻])(?:乃是|乃|便是|就是|正是|却是|原来是|是)(?![问叫唤骂说])[^，]*$")
_SEES = re.compile(r"(?:^|[^来入回出往拜接求去进径])[看望]?见(?:那|了)?$")
_TOGETHER = re.compile(
    r"^(?:商议|计议|议|说|言|道|笑|讲|商量|陪话|陪礼|叙话|叙礼|别了|分别|告别|相别|相议|议论|作别|辞别|把盏|吃酒|饮酒|见礼)"
)
_BAD_NAME_START = frozenset(
    "甚谁那何又便就因遂乃即再还也亦都皆且方才只忙连急不是有在对向问见与谓告说听闻看想把将被使令命教叫请同和这那其此为于以从到自各每何未已正若如虽但却倒可"
)
_BAD_NAME = re.compile(
    r"^(?:常言|俗语|俗话|古语|古人|谚语)$|[了着过的地得上下里中外前后来去起出入进见听闻说道曰问把将被对向与谓笑怒喜惊哭]|^.$"
)
# Verbs at a clause's head whose object may stand far off: 唤门下, 令人去请, 叫进方才那媳妇来.
_GOVERNED = re.compile(
    rf"(?>(?:{any_of(ADVERBS)})*)(?:令|教|命|唤|叫|请|差|使|遣|引|带|领|把|将|与|对|向|问|见|知|报|调|点|救|扶|取|拿|召|传|邀|接|迎|送|看|望|寻|找|打|杀|捉|擒|缚|忽报|人报|疑|料|恐|怕|以为|猜|谅|想|只道|因知|因想|一则|二则|三则|计点|整点|聚集|会集|管领)"
)
_KNOWN_TO_BE = re.compile(r"(?:[知料问得听闻说道恐怕疑见看]|[见看认][了得时])是$")
_COMES_OUT = re.compile(r"[闪转涌拥跳走撞飞冲钻抢突奔赶迎跑挺捧]?(?:将|得)?[闪转涌拥跳走撞飞冲钻抢突奔赶迎跑][出过]$")
_TRANSITIVE = frozenset("得起退定做覆复启致合待调点放脱趁散死醒倒剩偷陷解审")
_APPEARS = frozenset("坐站立跪躺睡来走跑跳闪去死剩到住动得忙恼急慌惊")
_OBJECT = OBJECT_WORDS | frozenset(COMMANDS)
_PRESENTING = frozenset(PRESENTING)
_CALLED = re.compile(rf"{any_of(COMMANDS)}|对|向|谓|与")
_ADVERB = frozenset(ADVERBS)
_ADVERB_ENDS = frozenset(word[-1] for word in ADVERBS)
_COUNTED = re.compile(r"[他那这]?([两二三四五六])(?:个|位)?(?:人|将|弟兄|兄弟|头领|好汉)?$")
_NUMBERS = {"两": 2, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6}
_LONGEST_ADVERB = max(map(len, ADVERBS))
_WINDOW = 280  # characters in which the subject is looked for


class Clause(NamedTuple):
    """A stretch between punctuation marks, with the mentions in it."""

    start: int
    end: int
    mentions: tuple[Mention, ...]


def split_clauses(text: str) -> list[tuple[int, int]]:
    """Where the clauses of the text's last part start and end, less what is set into it (verse, letters, terms)."""
    spans = [match.span() for match in _CLAUSE.finditer(text, max(0, len(text) - _WINDOW))]
    if "“" in text or "「" in text or ("\n" in text and _OPENS_INSET.search(text)):
        insets = [match.span() for match in _INSET.finditer(text)]
        for start, end in insets:
            spans = [span for span in spans if not start <= span[0] < end]
    return spans


def clause_at(span: tuple[int, int], mentions: list[Mention]) -> Clause:
    """The clause with this start and end, and those of the mentions that lie in it."""
    start, end = span
    return Clause(start, end, tuple([mention for mention in mentions if start <= mention.start < end]))


def roles(
    text: str, clause: Clause, cue_start: int | None, distance: int = 0
) -> tuple[tuple[Mention, ...], tuple[Mention, ...], tuple[str, int] | None]:
    """Who acts in the clause, who is acted on, and, in the verb's clause, a name that stands in no list."""
    subject: list[Mention] = []
    objects: list[Mention] = []
    at = clause.start
    for index, mention in enumerate(clause.mentions):
        before = text[at : mention.start]
        if subject and not objects and _links(text, clause, index, before):
            subject.append(mention)
        elif objects and before in ("、", "和", "与", "并"):
            objects.append(mention)
        elif cue_start is not None and mention.end <= cue_start and _HEARD.search(before) and not objects:
            subject = [mention]
        elif before.endswith(("被", "吃")):
            if (subject and cue_start is None) or distance > 1:
                objects = [mention]
            else:
                subject = [mention]  # 被贾母照脸啐了一口唾沫，骂道
        elif before.endswith("把") and _MADE.match(text, mention.end):
            subject = [mention]
        elif (
            _PLACE.match(text, mention.end)
            and mention.end < clause.end
            and (before or not _BODY.match(text, mention.end))
        ):
            pass
        elif subject and mention.kind == "name" and mention.end == clause.end and _is_shown(before):
            subject = [mention]
        elif not subject and mention.end == clause.end and cue_start is not None and _called(before):
            objects = [mention]
        elif (
            not subject
            and (not objects or _PRESENTS.search(before))
            and not (mention.kind == "pronoun" and before.endswith(("见", "听", "闻", "看")))
            and (
                _acts(before, cue_start is not None)
                or (_HEARD.search(before) and _SPEAKS.search(text[mention.end : clause.end]))
                or (cue_start is not None and _seen(text, before, mention, cue_start))
            )
        ):
            subject = [mention]
        elif (mention.kind != "pronoun" or governs(before)) and (not objects or governs(before)):
            objects = [mention]
        at = mention.end
    unlisted: tuple[str, int] | None = None
    if not subject and cue_start is not None:
        unlisted = unlisted_name(text, clause, objects[0] if objects else None, cue_start)
    return tuple(subject), tuple(objects), unlisted


def spelt_out(text: str, mentions: list[Mention], subject: tuple[Mention, ...]) -> tuple[Mention, ...]:
    """The people whom 二人 stands for, if so many were named side by side last (张青、孙二娘看了，两个喝采道); else the subject."""
    counted = _COUNTED.match(subject[0].text) if len(subject) == 1 and subject[0].kind == "noun" else None
    if counted is None or text[max(0, subject[0].start - 1) : subject[0].start] not in ("", *"，。；！？\n…"):
        return subject
    listed: list[Mention] = []
    for mention in reversed([m for m in mentions if m.end <= subject[0].start and m.kind != "pronoun"]):
        if listed and text[mention.end : listed[0].start] not in ("、", "与", "和", "同", "并"):
            break
        listed.insert(0, mention)
    full = len(listed) == _NUMBERS[counted.group(1)] and all(m.kind == "name" and len(m.core) > 1 for m in listed)
    return tuple(listed) if full else subject


def addressed(text: str, clause: Clause, objects: tuple[Mention, ...]) -> tuple[Mention, ...]:
    """The objects that somebody speaks to (对, 谓, 问, 唤), not those that something is done to."""
    return objects if objects and _ADDRESSES.search(text[clause.start : objects[0].start]) else ()


def _links(text: str, clause: Clause, index: int, before: str) -> bool:
    """True if this mention joins the one before as a second subject: 徐盛、丁奉自思, but not 宋江与吴用商议道."""
    if before == "、":
        return True
    if before not in ("和", "与", "同", "并", "及", "合"):
        return False
    mention = clause.mentions[index]
    return not _TOGETHER.match(text[mention.end : clause.end])


def _is_shown(before: str) -> bool:
    """True for 来的却是甲, but not for 乙见了是甲, where it is 乙 who goes on."""
    return bool(_IS.search(before)) and not _KNOWN_TO_BE.search(before)


def _called(before: str) -> bool:
    """True if words that call or command stand before a mention that ends the lead-in: 命掌生死簿判官：."""
    return bool(_CALLED.search(before))


def _acts(before: str, speaks: bool) -> bool:
    """True if a mention after these words, the first in its clause, is who acts."""
    words = before.strip(" \u3000\t")
    if not words:
        return True
    if not speaks and _HEARD.search(words):
        return False
    if _PRESENTS_ONE.match(words):
        return True  # 只见个巡视灵官来报道
    presenting = next((n for n in (5, 4, 3, 2, 1) if words[-n:] in _PRESENTING), 0)
    if words[-1] in "着了住" and len(words) > 1 and words[-2] not in _APPEARS and presenting < 2:
        return False
    tail = words.rstrip("了着过那这个") or words
    if _WARRIOR.search(tail):
        return True
    acted_on = next((n for n in (2, 1) if tail[-n:] in _OBJECT), 0)
    if presenting or acted_on:
        return presenting >= acted_on
    if words[-1] in _TRANSITIVE or (words[-1] in "出过" and not _COMES_OUT.search(words)):
        return False
    if _KNOWN_TO_BE.search(words) or "为" in words.replace("为首", "").replace("为头", ""):
        return False
    return bool(_PRESENTS.match(words)) or not _GOVERNED.match(words)


def _seen(text: str, before: str, mention: Mention, cue_start: int) -> bool:
    """True for 见多闻天王向前施礼道, where who is seen does something and speaks; not for 来见袁绍曰."""
    return bool(_SEES.search(before)) and cue_start - mention.end >= 2


def unlisted_name(text: str, clause: Clause, addressed: Mention | None, cue_start: int) -> tuple[str, int] | None:
    """The words between the clause's opening and its adverbs, where they look like a name: 冯紫英 in 冯紫英也笑道."""
    stop = cue_start
    if addressed is not None and addressed.start < cue_start:
        stop = addressed.start
        words = text[clause.start : stop].rstrip("了着过那这个")
        for n in (2, 1):
            if words[-n:] in OBJECT_WORDS:
                stop = clause.start + len(words) - n
                break
    raw = text[clause.start : stop]
    lead = len(raw) - len(raw.lstrip(" \u3000\t"))
    opening = _OPENING.match(raw.lstrip(" \u3000\t"))
    at = clause.start + lead + (opening.end() if opening else 0)
    name = _without_adverbs(text[at:stop])
    if len(name) > 3 and (titled := _TITLED.search(name)):
        at, name = at + titled.start(), titled.group()
    if not 2 <= len(name) <= 4 or name[0] in _BAD_NAME_START or _BAD_NAME.search(name):
        return None
    return name, at


def _without_adverbs(words: str) -> str:
    """The words less the adverbs at their end; in one pass, as a pattern would try every way of cutting them up."""
    while words and words[-1] in _ADVERB_ENDS:
        size = next((n for n in range(_LONGEST_ADVERB, 0, -1) if words[-n:] in _ADVERB and n <= len(words)), 0)
        if not size:
            break
        words = words[:-size]
    return words


def governs(before: str) -> bool:
    """True if the words just before a mention make it an object (对, 谓, 见了), so that it is not who acts."""
    tail = before.rstrip("了着过那这个")[-2:] or before[-1:]
    return tail in OBJECT_WORDS or tail[-1:] in OBJECT_WORDS
