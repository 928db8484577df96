"""The narration before a quotation in, `LeadIn` out: the reporting verb, who acts, and who is spoken to."""

import re
from typing import NamedTuple

from extractors.antecedent import SENTENCE_BREAK, Earlier, look_back
from extractors.cast import COMPOUND_SURNAMES
from extractors.lexicon import (
    ADVERBS,
    COMMANDS,
    CUE_PREFIXES,
    FAMILY_NAMES,
    NO_NAME,
    PERSON_ENDS,
    SPEECH_ENDINGS,
    SURNAMES,
)
from extractors.mentions import Mention, MentionFinder
from extractors.roles import Clause, addressed, any_of, clause_at, roles, spelt_out, split_clauses, unlisted_name

_ORDERS = [word for word in COMMANDS if word != "着"]  # 写着“…”
_CUE = re.compile(
    rf"(?:{any_of(CUE_PREFIXES)})?(?:{any_of(CUE_PREFIXES)})?(?:曰|道|云|说|言|称)(?=(?:是|着|的是|一声|声|个)?$)"
    rf"|(?:{any_of(_ORDERS)})(?=(?:一声|声|道|着|他|说|起|苦|一句)?$)"
)
_NEWS = re.compile(
    r"(?:忽|忽然|又|早|后|果|即时|三日后|次日|人|或|急|探得|飞马?|来|只?听得|闻|闻得)*(?:报|奏|闻报|前军报|报来说?|报将来|报说|报道|报曰)$|忽[^，。]{1,4}报来$"
)
_ANSWERS = re.compile(r"(?:答|应|对|回)(?:应|言|声|了一声)?(?:曰|道|说|云)?$|^(?:听|闻|见说|见问|看了|听了|听说)")
_ANSWERING = frozenset("答应对回听闻见看")  # the pattern needs one of these
_CONTINUES = re.compile(
    r"(?:又|再|复|遂|因|便|乃|即|且|还[又说问道]|说着|说毕|说罢|言讫|言毕|言罢|道罢|想罢|想毕|一面|一头|一壁|一行)"
)
_RESUMES = re.compile(r"[又再复](?![^，]{0,2}问|有|见|听|过|是)")
# 只听得外面叫道: whoever is heard is not seen, and is nobody who has been named.
_UNSEEN = re.compile(
    r"(?:(?:耳边厢?|远远|[只忽又猛正但却早])(?:地|然|的)?)+(?:听|闻)(?:得|见|的)?(?!了|说|言|罢|毕)"
    r"|(?:外面|门外|窗外|墙外|里面|里头|门内|隔壁|对面|路旁|后面|背后)[^他]{0,6}[叫喊唤喝嚷]"
    r"|(?:忽|又|人|或)(?:人|然)?报"
)
_ABOVE = re.compile(r"[只忽猛]?(?:听得|闻)?(?:殿上|阶上|帘[内里中]|空中|半空[里中]?)[^他]{0,4}[叫喊唤喝嚷]")
_NO_SHORT_NAME = SPEECH_ENDINGS | NO_NAME | frozenset(ADVERBS)
# 那伙使枪棒的说道, 守宅门的回道: whoever is known by what they do.
_RELATIVE = re.compile(
    r"[ \u3000]*(?:[那这有]一?[个位伙班些起名]?|(?=[守看管把跟]))(?P<who>[^，那这有]{1,7}的(?:人|汉子|汉)?)"
    r"(?=[都也便忙只又方来陪笑]*(?:[回报禀答应问叫喝笑说喊]{0,2}道|[说回报禀]$))"
)
# 又有官来报, 外面人报, 飞马又报: whoever brings the news, where a noun stands before it.
_REPORTER = re.compile(
    r"[ \u3000]*(?:[忽又早只便当却]然?|见|有)*+(?:门?外面?|里面|半路上|[数几三两]次)?+"
    r"(?P<who>(?![使差令遣教命着闻听探数得])(?:飞马|[^，得次道闻]{0,3}[人官吏卒兵军]))"
    r"(?:又|来|飞|急|连|慌忙|忙)*[报奏](?:来|道|说|曰)?$"
)
# 甲再调乙、丙，扮做客人，去城中宿歇，“只看火起”: what they are to do tells nothing of who orders it.
_SENDS_OUT = re.compile(r"[^，]{0,4}(?:再|又|却|便|遂|即|传令)?[^，]{0,1}[调差拨遣令教命使](?![道曰])")
# 追想当年甲相待的情分，“…”: whoever is remembered is not who speaks.
_RECALLS = re.compile(r"[忽因又便猛转追]*[想思念忆][起到及着当]")
_ASKED = re.compile(r"(?:问|谓|责|叱)(?P<who>之|[^，于其曰道]{2,6}?)(?:[曰道])?$")
_ONE = ("他", "她")
_INTERRUPTED = re.compile(r"(?:一?[言语话说][^，]{0,3}未[了毕终绝完]|正[说话]|说话之?间|闹犹未了)")
_SHORT_LEAD = 12  # characters


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
    antecedent: tuple[Mention, ...] = ()  # whom a pronoun in the subject's place stands for
    asks: bool = False  # 甲问其故，答道: the subject asks, and the other party answers
    unseen: bool = False  # 只听得外面叫道, 一彪军到，大叫: nobody is said to speak
    silent: bool = False  # the one named last says nothing, or leaves: 行者不答，又问; 三人受计去了。又唤
    bare: bool = False  # nothing but 道 or 曰
    alone: bool = False  # nothing but the verb's clause stands before the mark
    mentions: tuple[Mention, ...] = ()
    head: str = ""  # the first clause
    opening: str = ""  # the first clause of the last sentence

    @property
    def answers(self) -> bool:
        """True for 答道, 闻言: the other party speaks."""
        return _tells_answer(self.tail) or (not self.alone and _tells_answer(self.head))

    @property
    def continues(self) -> bool:
        """True for 又道, 说毕: the same party speaks."""
        return any(_CONTINUES.match(words) for words in (self.tail, self.head))

    @property
    def resumes(self) -> bool:
        """True for 二人受计去了。又唤甲至，附耳低言: the last sentence goes on with what somebody did before."""
        return bool(_RESUMES.match(self.opening))

    @property
    def interrupted(self) -> bool:
        """True for 话犹未了，叫道: somebody else cuts in."""
        return bool(_INTERRUPTED.match(self.head)) and not self.alone

    @property
    def reported(self) -> bool:
        """True for 忽报： nobody is said to bring the news."""
        return bool(_NEWS.match(self.tail))


def _tells_answer(clause: str) -> bool:
    return not _ANSWERING.isdisjoint(clause) and bool(_ANSWERS.search(clause))


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
    speaks = cue is not None or between in ("：", ":") or "听" in tail[:4]
    subject, acted_on, unlisted = roles(text, last, cue.start() if cue else last.end if speaks else None)
    if subject and not speaks and _told_of(text, last, subject, tail):
        subject = ()
    to = addressed(text, last, acted_on)
    heads = len(spans) == 1 or bool(SENTENCE_BREAK.search(text, spans[-2][1], last.start))
    maybe = unlisted[0].removeprefix("那").removeprefix("这") if unlisted and (heads or _surnamed(unlisted[0])) else ""
    if unlisted and not _like_a_person(unlisted[0], heads):
        unlisted = None
    if not subject and heads and tail[1:] == "曰" and tail[0] not in _NO_SHORT_NAME:
        unlisted = (tail[0], last.start + text[last.start : last.end].index(tail[0]))
    if not subject and not unlisted and (relative := _RELATIVE.match(text, last.start, last.end)):
        subject = (Mention(relative.start(), relative.end(), relative.group(), relative.group("who"), "noun"),)
    if not subject and not unlisted and (bringer := _REPORTER.match(text, last.start, last.end)):
        who = bringer.group("who")
        subject = (Mention(bringer.start("who"), bringer.end("who"), who, who, "noun"),)
    earlier = Earlier(addressee=to)
    pronoun = subject[0].kind == "pronoun" if subject else False
    unseen = not subject and not unlisted and bool(_UNSEEN.match(tail) or (heads and _ABOVE.match(tail)))
    if not unseen and (pronoun or not subject) and not (unlisted and heads):
        known = spans if speaks else _less_what_is_ordered(text, spans)
        earlier = look_back(text, known, mentions, tail, to, pronoun and subject[0].text in _ONE)
        if earlier.subject:
            unlisted = None
    antecedent = earlier.subject if pronoun else ()
    to = earlier.addressee or _spoken_to(text, last, mentions, acted_on)
    return LeadIn(
        cue=cue.group() if cue else "",
        cue_start=cue.start() if cue else None,
        tail=tail,
        colon=colon,
        subject=spelt_out(text, mentions, subject if pronoun or not earlier.subject else earlier.subject),
        antecedent=antecedent,
        unlisted=unlisted[0] if unlisted else "",
        unlisted_start=unlisted[1] if unlisted else None,
        maybe=maybe,
        distance=0 if pronoun else earlier.distance,
        crossed=earlier.crossed and not pronoun,
        addressee=to,
        silent=earlier.silent,
        asks=earlier.asks,
        unseen=unseen or earlier.strangers,
        bare=cue is not None and tail == cue.group(),
        alone=len(spans) == 1,
        mentions=tuple(mentions),
        head=text[spans[0][0] : spans[0][1]].lstrip(" \u3000"),
        opening=text[slice(*spans[_last_sentence(text, spans)])].lstrip(" \u3000") if earlier.crossed else "",
    )


def _spoken_to(text: str, last: Clause, mentions: list[Mention], acted_on: tuple[Mention, ...]) -> tuple[Mention, ...]:
    """Whom 问本城居民 and 问之曰 ask: words that stand in no list, or whoever was named last."""
    asked = None if acted_on else _ASKED.search(text, last.start, last.end)
    if asked is None:
        return ()
    who = asked.group("who")
    if who == "之":
        named = [m for m in mentions if m.end <= last.start and m.kind != "pronoun"]
        return tuple(named[-1:])
    if who[-1] not in PERSON_ENDS:
        return ()
    return (Mention(asked.start("who"), asked.end("who"), who, who, "noun"),)


def _told_of(text: str, last: Clause, subject: tuple[Mention, ...], tail: str) -> bool:
    """True for 多亏了甲，“…” and 追想甲昔日情分，“…”: with no verb of saying, who is told of there does not speak."""
    ends = subject[-1].end == last.end and bool(text[last.start : subject[0].start].strip(" \u3000"))
    return ends or bool(_RECALLS.match(tail))


def _less_what_is_ordered(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The clauses less those between an order of the last sentence and the last clause, which carry it out."""
    first = _last_sentence(text, spans)
    order = next((i for i in range(first, len(spans) - 1) if _SENDS_OUT.match(text, *spans[i])), None)
    return spans if order is None else [*spans[: order + 1], spans[-1]]


def _last_sentence(text: str, spans: list[tuple[int, int]]) -> int:
    """The index of the last sentence's first clause."""
    index = len(spans) - 1
    while index > 0 and not SENTENCE_BREAK.search(text, spans[index - 1][1], spans[index][0]):
        index -= 1
    return index


def _surnamed(name: str) -> bool:
    return name[0] in FAMILY_NAMES or name[:2] in COMPOUND_SURNAMES


def _like_a_person(name: str, heads: bool) -> bool:
    """True if words before a verb look like somebody: a surname, or at a sentence's head a person's noun (樵叟)."""
    return (name[0] in SURNAMES and len(name) <= 3) or (heads and name[-1] in PERSON_ENDS and name[0] != "第")
