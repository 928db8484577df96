"""A quotation and its lead-in in, its kind out: speech, thought, writing, verse, quotation or name."""

import re

from extractors.lead_in import LeadIn
from extractors.lexicon import CITING_WORDS, NAMING_WORDS, THOUGHT_WORDS, WRITING_WORDS
from extractors.records import Kind
from extractors.roles import any_of

_PUNCTUATION = re.compile(r"[，。；！？：…,.!?;]")
_FINAL = re.compile(r"[。！？…，；—!?.]$")
_CITING, _WRITING, _NAMING = tuple(CITING_WORDS), tuple(WRITING_WORDS), tuple(NAMING_WORDS)
_THOUGHT = re.compile(any_of(THOUGHT_WORDS))
_SECRETLY = re.compile(r"暗暗(?!.{0,2}[遣差使教叫着令命对与])")
_PONDERS = re.compile(r"(?<!意)思(?:曰|道)?$")
# With no verb of saying before a colon: what goes on in somebody (又自己后悔：, 略有些面熟：), but not in 众人一想：.
_FEELS = re.compile(
    r"(?<![料梦])想(?:了一?想|[一了]回)?$|(?:后悔|懊悔|疑惑|狐疑|犯疑|纳闷|纳罕|奇怪|面熟|认得|怨恨[^，]{0,2}|踌躇|不解|蹊跷|跷蹊)$"
)
_THOUGHT_AFTER = re.compile(
    r"^[，。]?(?:想[毕罢定]|正想着|一面想(?!着走)|一头想|心里想着|正在?[^，。]{0,2}[乱默]想|不言[^，。]{1,3}苦想)"
)
# With one of these after the name nothing is left to tell; three quotations in four are led in so.
_PLAIN = frozenset(
    "道 曰 说 说道 笑道 笑曰 问道 问曰 答道 答曰 又道 忙道 便道 喝道 叫道 骂道 大怒曰 大喜曰 大惊曰 应道 回道 也道 "
    "忙笑道 冷笑道 又问道 听了道 言 云".split()
)
_ANSWER_WORDS = re.compile(
    r"答应[了着]?$|(?:答应|应|说|叫|喊|喝|道|嚷|(?<!口)称(?!呼)|哼|啐|念|唤|(?<!称)呼)了?(?:道|说)?(?:一|两|几|了|个|数)*(?:声|个|句)$"
)
_LETTERS = re.compile(r"[一二三四五六七八九十两几数]+个?[大小金银红黑白斗]*字$")
_WRITTEN_ON = re.compile(
    r"(?:旗|匾|牌|碑|榜|额|门|石|帖|签|封|脸|扇|壁|条|幅|联|柱|号|碣|纸|书|信|简|帛|柬|匣|册|单|文|墙)[^，。]{0,12}$"
)
_RECITES = re.compile(r"吟|歌|联|唱(?!.{0,3}喏)|念|赋|颂|偈|诗|词|谣")
_FROM_A_BOOK = re.compile(r"》[有又]?[曰云道]$")
_MOOD = re.compile(r"喜|怒|惊|悦|焦|恼|慌|恨|痛|伤|酸|乐")
_INWARD = re.compile(r"暗|想|(?<!意)思|忖|自念|自道|自料")
_SENTENCE = re.compile(r"[。！？\n]")
_SAID = re.compile(r"^(?:[言语话][^，。]{0,2}[毕讫罢了尽]|说[^，。]{0,2}[毕罢了])")  # 降诏曰…言未毕: read out
_REVEALED = re.compile(r"(?:乃|是|道|是道|云|曰)*[：:]?$")
_NAMES_IT = re.compile(r"(?:名|号|称|唤)(?:曰|为|作|做|之曰)$")
_TOLD = re.compile(r"(?<!听)(?:说|道|答|念)(?:着|了)?$")
_COUPLET = 16  # characters; 某某山，某某洞 over a gate is a name as well
_FULL_STOP = re.compile(r"[。；：？！…]")
_WRITES = re.compile(
    r"(?:写|书|题|刻|镌|批|刺|绣|注|署|篆|录|镂|凿|标|嵌|描)(?:着|的|道|曰|云|下|了|是|得|成|分明|就|个)*$"
)
_SAID_AFTER = re.compile(r"^(?:的话|等语|之语|之言|一句|两句|几句|这话|那话|这句|云云)")
_TERM_AFTER = re.compile(
    r"^(?:字|二字|三字|四字|五字|六字|两字|两个字|几个字|的字样|字样|者|的典|旗号|一首|[一二两]首|[一二]典|一[联对绝律]|的[死重大]?罪"
    r"|之(?:名|意|说|号|句|语|态|姿|势|状|类|属|流|兆))"
)
_TOLD_OF = re.compile(r"[说道][的过]?$")  # 又想起甲说的，“…”
_SELF_STYLED = re.compile(r"(?:[自诈僭伪人世号]|所)称$")  # 自称“阳明皇帝”
_OF_A_TEXT = re.compile(r"^之?句")
_POSTED = re.compile(r"张挂|出榜|榜文")
_READ_OUT = re.compile(r"[开宣]读(?:了|过|那)?[^，。]{0,3}[旨诏敕]书?$")
_AUTHOR = re.compile(r"(?:[写题]|所[书撰])的$")
_OF_A_SCROLL = re.compile(r"^的?[^，。]{0,4}(?:对联|对子|匾|条幅|屏|诗|帖)")


def classify(inner: str, lead: LeadIn, before: str, after: str) -> tuple[Kind, str]:
    """The kind of a quotation with the words `inner`, and the rule that decided.

    `before` and `after` are the dozen or so characters of narration on either side. A quotation that a reporting
    verb or a colon leads in is an utterance; one that stands in the middle of a clause is a name or a citation
    unless the clause says that somebody says it.
    """
    tail = _without_names(lead)
    if lead.colon and lead.subject and not lead.distance and tail in _PLAIN:
        return "speech", "led in"
    narration = before.rstrip("：: \u3000\n\r，,")
    led_in = lead.colon or before.endswith(("：", ":"))
    if not led_in:
        return _embedded(inner, lead, narration, before, after)
    if (_ends(narration, _CITING) or ("》" in narration and _FROM_A_BOOK.search(narration))) and not (
        lead.subject and not lead.distance
    ):
        return "quotation", "cited"
    short = len(inner) <= 14 and not _PUNCTUATION.search(inner)
    if not before.endswith(("：", ":")) and short and _SELF_STYLED.search(narration):
        return "name", "called a word"
    if short and (
        _NAMES_IT.search(narration)
        or (not before.endswith(("：", ":")) and _TERM_AFTER.match(after) and not _TOLD.search(narration))
    ):
        return "name", "called a word"
    if _THOUGHT_AFTER.match(after) or (not lead.cue and _FEELS.search(tail) and not lead.tail.startswith("众")):
        return "thought", "thinking verb"
    if _thinks(tail) or (_bare(lead) and _INWARD.search(_SENTENCE.split(narration[-14:])[-1])):
        return "thought", "thinking verb"
    written = _POSTED.search(tail) or _READ_OUT.search(narration) or _inscribed(narration)
    if (written or _WRITES.search(narration) or _ends(tail, _WRITING)) and not _SAID.match(after):
        short = short or (len(inner) <= _COUPLET and not _FULL_STOP.search(inner))
        return ("name", "inscribed name") if short else ("writing", "writing verb")
    if _RECITES.search(tail) and _verse(inner):
        return "verse", "reciting verb"
    return "speech", "led in"


def _inscribed(narration: str) -> bool:
    """True for 上有十个大字，乃是：, where what is revealed stands written."""
    shown = _REVEALED.search(narration) if "字" in narration else None
    return bool(shown and _LETTERS.search(narration[: shown.start()].rstrip("，")))


def _embedded(inner: str, lead: LeadIn, narration: str, before: str, after: str) -> tuple[Kind, str]:
    if not narration.strip():
        return "speech", "stands alone"
    if _inscribed(narration) and len(inner) <= _COUPLET and not _FULL_STOP.search(inner):
        return "name", "inscribed name"
    if _ANSWER_WORDS.search(narration) and not _TERM_AFTER.match(after):
        return "speech", "said in passing"
    if _AUTHOR.search(narration) and _OF_A_SCROLL.match(after):
        return "writing", "writing verb"
    if _TERM_AFTER.match(after):
        cited = _OF_A_TEXT.match(after) and _PUNCTUATION.search(inner)
        return ("quotation", "cited") if cited else ("name", "called a word")
    if _ends(narration, _CITING) or _THOUGHT_AFTER.match(after):
        return ("thought", "thinking verb") if _THOUGHT_AFTER.match(after) else ("quotation", "cited")
    if _WRITES.search(narration) and len(inner) <= _COUPLET and not _FULL_STOP.search(inner):
        return "name", "inscribed name"
    if _FINAL.search(inner) or len(_PUNCTUATION.findall(inner)) >= 2:
        if _thinks(_without_names(lead)):
            return "thought", "thinking verb"
        if _WRITES.search(narration):
            return "writing", "writing verb"
        return "speech", "a whole sentence"
    if _SAID_AFTER.match(after) or re.search(r"(?:说|听|闻|道|问)(?:了|得|见|着|道)?，?$", before):
        return "speech", "reported words"
    if len(inner) > 7 and (_PUNCTUATION.search(inner) or after.startswith(("，", "。", "？", "！"))):
        if _thinks(_without_names(lead)) and not _TOLD_OF.search(narration):
            return "thought", "thinking verb"
        if _PUNCTUATION.search(inner):
            return "speech", "a clause"
    if _ends(narration, _NAMING) or _WRITES.search(narration) or _WRITTEN_ON.search(narration):
        return "name", "named"
    return "name", "term"


def _without_names(lead: LeadIn) -> str:
    """The last clause without the names in it: 表曰 is Liu Biao speaking, not a memorial."""
    tail = lead.tail
    for mention in (*lead.subject, *lead.addressee) if not lead.distance else lead.addressee:
        tail = tail.replace(mention.text, "", 1)
    return tail


def _thinks(words: str) -> bool:
    thinks = _THOUGHT.search(words) or _PONDERS.search(words) or ("暗暗" in words and _SECRETLY.search(words))
    return bool(thinks) and (not _MOOD.search(words) or bool(_INWARD.search(words)))


def _bare(lead: LeadIn) -> bool:
    """True if the last clause is nothing but the verb, so that the clause before says how it was said."""
    return bool(lead.cue) and len(lead.tail) - len(lead.cue) <= 1 and lead.cue in ("道", "曰", "说", "说道", "云")


def _ends(words: str, listed: tuple[str, ...]) -> bool:
    return words.endswith(listed)


def _verse(inner: str) -> bool:
    """True if the lines are of one length, five or seven characters or two such halves, as recited verse has them."""
    lines = [len(line) for line in re.split(r"[，。；！？、\s…—]+", inner) if line]
    return bool(lines) and max(lines) <= 9 and (len(set(lines)) <= 2)
