"""The narration before a quotation in, `LeadIn` out: the reporting verb, who acts, and who is spoken to."""

import re
from typing import NamedTuple

from extractors.lexicon import COMMANDS, CUE_PREFIXES, SURNAMES
from extractors.mentions import Mention, MentionFinder, governs
from extractors.roles import Clause, addressed, any_of, clause_at, roles, split_clauses, unlisted_name

_SENTENCE_BREAK = re.compile(r"[。！？；\n]")
_CUE = re.compile(
    rf"(?:{any_of(CUE_PREFIXES)})?(?:{any_of(CUE_PREFIXES)})?(?:曰|道|云|说|言|称)(?=(?:是|着|的是|一声|声|个)?$)"
    rf"|(?:{any_of(COMMANDS)})(?=(?:一声|声|道|着|他|说|起|苦|一句)?$)"
)
_QUIET = r"(?<!答)不答|不应|不言|不语|无言|不则声|不做声|不作声|默然|不开口|不回答|不睬|不理"
_SILENT = re.compile(_QUIET)
_LEAVES = re.compile(rf"{_QUIET}|领命|受计|得令|领计|依令|领兵|应诺|答应|去了|而去|应声|领诺|遵令|从命|听令|点头|摇头")
_NEWS = re.compile(
    r"(?:忽|忽然|又|早|后|三日后|次日|人|或|急|探得|飞马?|只?听得|闻|闻得)*(?:报|奏|闻报|前军报|报来说|报将来|报说|报道|报曰)$"
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
_ANSWERS = re.compile(r"(?:答|应|对|回)(?:应|言|声|了一声)?(?:曰|道|说|云)?$|^(?:听|闻|见说|见问|看了|听了|听说)")
_CONTINUES = re.compile(
    r"(?:又|再|复|遂|因|便|乃|即|且|还[又说问道]|说着|说毕|说罢|言讫|言毕|言罢|道罢|想罢|想毕|一面|一头|一壁|一行)"
)
_LOOKS = re.compile(r"[仔细定睛举目抬头再]*(?:看|观|瞧)")
_COMES_BACK = re.compile(r"回报|回来|回话|回复|回说|报道|报曰|报说|来报|还报|回禀")
_SENDS = re.compile(r"(?:教|令|使|差|遣|命|着|叫|派|打发)[了]?[那这]?$")
_PERSON_ENDS = frozenset(
    "人者官子吏军兵卒神王将星仙僧公翁叟奴使童女尼姆姑主爷汉家哥姐郎藩兽贼厮孩翁伯史臣卿精妖怪圣帅君长夫妻生士师众们等客匠徒属从仆婢娘婆妈嫂妇爹"
)
_SHORT_LEAD = 12  # characters
_BACK = 14  # clauses; farther back the subject has changed more often than not


class LeadIn(NamedTuple):
    """What the narration before the mark says about the quotation."""

    cue: str = ""
    cue_start: int | None = None
    tail: str = ""  # the last clause
    colon: bool = False  # the mark stands right after ： or after the verb
    subject: tuple[Mention, ...] = ()  # several for 徐盛、丁奉
    unlisted: str = ""  # a name in no list, found by its place before the verb
    unlisted_start: int | None = None
    maybe: str = ""  # words in the speaker's place that may be a name, if they come again
    distance: int = 0  # clauses between the subject and the last clause
    crossed: bool = False  # a sentence or paragraph ends between them
    addressee: tuple[Mention, ...] = ()
    silent: bool = False  # the one named last says nothing, or leaves: 行者不答，又问; 三人受计去了。又唤
    bare: bool = False  # nothing but 道 or 曰
    alone: bool = False  # nothing but the verb's clause stands before the mark
    mentions: tuple[Mention, ...] = ()
    head: str = ""  # the first clause

    @property
    def answers(self) -> bool:
        """True for 答道, 闻言: the other party speaks."""
        return bool(_ANSWERS.search(self.tail) or _ANSWERS.search(self.head))

    @property
    def continues(self) -> bool:
        """True for 又道, 说毕: the same party speaks."""
        return bool(_CONTINUES.match(self.tail) or _CONTINUES.match(self.head))

    @property
    def reported(self) -> bool:
        """True for 忽报： nobody is said to bring the news."""
        return bool(_NEWS.match(self.tail))


def parse_lead_in(text: str, finder: MentionFinder) -> LeadIn:
    """The reading of `text`, the narration between the quotation before and the mark; offsets are within it.

    The subject is looked for in the clause of the verb first, then clause by clause backwards, because Chinese
    narration leaves it out once it is known (见…，大惊，谓左右曰).
    """
    if len(text) <= _SHORT_LEAD:  # 宝玉笑道：comes again and again
        known = finder.read.get(text)
        if known is None:
            known = finder.read[text] = _parse(text, finder)
        return known
    return _parse(text, finder)


def speaker_words(tail: str) -> str:
    """The words of a last clause that stand where the speaker does: 冯紫英 in 冯紫英也笑道; empty if none look so."""
    cue = _CUE.search(tail)
    if cue is None:
        return ""
    found = unlisted_name(tail, Clause(0, len(tail), ()), None, cue.start())
    return found[0].removeprefix("那").removeprefix("这") if found else ""


def _parse(text: str, finder: MentionFinder) -> LeadIn:
    mentions = finder.find(text)
    spans = split_clauses(text)
    if not spans:
        return LeadIn(mentions=tuple(mentions))
    last = clause_at(spans[-1], mentions)
    tail = text[last.start : last.end].strip(" \u3000\t")
    between = text[last.end :].strip(" \u3000\t\r\n")
    cue = _CUE.search(text, last.start, last.end)
    colon = between in ("：", ":", "") and (between != "" or cue is not None)
    subject, acted_on, unlisted = roles(text, last, cue.start() if cue else last.end)
    to = addressed(text, last, acted_on)
    distance, crossed, silent, described = 0, False, False, False
    heads = len(spans) == 1 or bool(_SENTENCE_BREAK.search(text, spans[-2][1], last.start))
    maybe = unlisted[0].removeprefix("那").removeprefix("这") if unlisted and heads else ""
    if unlisted and not _like_a_person(unlisted[0], heads):
        unlisted = None
    if not subject and not (unlisted and heads):
        for distance, span in enumerate(reversed(spans[-1 - _BACK : -1]), start=1):
            clause = clause_at(span, mentions)
            crossed = crossed or bool(_SENTENCE_BREAK.search(text, clause.end, spans[-distance][0]))
            found, objects, _ = roles(text, clause, None, distance)
            if not to and distance == 1 and not crossed:
                to = addressed(text, clause, objects)
            if (
                not found
                and (other := _DEMONSTRATIVE.match(text, clause.start, clause.end))
                and other.group(1)[-1] in _PERSON_ENDS
                and not _NO_PERSON.match(other.group(1))
            ):
                found = (
                    Mention(clause.start, other.end(1), text[clause.start : other.end(1)], other.group(1), "noun"),
                )
            if found and distance + 1 < len(spans) and _revealed(text, clause, spans[-distance - 2]):
                found = ()
            if objects and not found and described and governs(text[clause.start : objects[0].start]):
                found = objects[:1]
            described = described or bool(_DESCRIBES.match(text, clause.start, clause.end))
            found = _looked_at(text, clause, found, objects)
            if sent := _sent(text, clause, objects, tail):
                found = sent
            if found and found[0].kind != "pronoun":
                silent = bool((_LEAVES if crossed else _SILENT).search(text, found[-1].end, clause.end))
                if silent or not (crossed and _in_passing(found[0])):
                    subject = found
                    break
            subject = subject or found
        if subject:
            unlisted = None
    return LeadIn(
        cue=cue.group() if cue else "",
        cue_start=cue.start() if cue else None,
        tail=tail,
        colon=colon,
        subject=subject,
        unlisted=unlisted[0] if unlisted else "",
        unlisted_start=unlisted[1] if unlisted else None,
        maybe=maybe,
        distance=distance,
        crossed=crossed,
        addressee=to,
        silent=silent,
        bare=cue is not None and tail == cue.group(),
        alone=len(spans) == 1,
        mentions=tuple(mentions),
        head=text[spans[0][0] : spans[0][1]].lstrip(" \u3000"),
    )


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
    return mention.kind == "noun" and (not mention.definite or mention.text[0] in "众诸群百左")


def _like_a_person(name: str, heads: bool) -> bool:
    """True if words before a verb look like somebody: a surname, or at a sentence's head a person's noun (樵叟)."""
    return (name[0] in SURNAMES and len(name) <= 3) or (heads and name[-1] in _PERSON_ENDS and name[0] != "第")
