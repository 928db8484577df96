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
_ANSWER_WORDS = re.compile(
    r"(?:答应|应|说|叫|喊|喝|道|嚷|称|哼|啐|念|唤|呼)了?(?:道|说)?(?:一|两|几|了|个|数)*(?:声|个|句)$"
)
_LETTERS = re.compile(r"[一二三四五六七八九十两几数]+个?[大小金银红黑白斗]*字$")
_WRITTEN_ON = re.compile(
    r"(?:旗|匾|牌|碑|榜|额|门|石|帖|签|封|脸|扇|壁|条|幅|联|柱|号|碣|纸|书|信|简|帛|柬|匣|册|单|文|墙)[^，。]{0,12}$"
)
_RECITES = re.compile(r"吟|歌|联|唱(?!个?喏)|念|赋|颂|偈|诗|词|谣")
_FROM_A_BOOK = re.compile(r"》[有又]?[曰云道]$")
_MOOD = re.compile(r"喜|怒|惊|悦|焦|恼|慌|恨|痛|伤|酸|乐")
_INWARD = re.compile(r"暗|想|(?<!意)思|忖|自念|自道|自料")
_WRITES = re.compile(
    r"(?:写|书|题|刻|镌|批|刺|绣|注|署|篆|录|镂|凿|标|嵌|描)(?:着|的|道|曰|云|下|了|是|得|成|分明|就|个)*$"
)
_SAID_AFTER = re.compile(r"^(?:的话|等语|之语|之言|一句|两句|几句|这话|那话|这句|云云)")
_TERM_AFTER = re.compile(r"^(?:字|二字|三字|四字|五字|六字|两字|两个字|几个字|的字样|字样|者|之名|之意|之说|的典|之号)")


def classify(inner: str, lead: LeadIn, before: str, after: str) -> tuple[Kind, str]:
    """The kind of a quotation with the words `inner`, and the rule that decided.

    `before` and `after` are the dozen or so characters of narration on either side. A quotation that a reporting
    verb or a colon leads in is an utterance; one that stands in the middle of a clause is a name or a citation
    unless the clause says that somebody says it.
    """
    narration = before.rstrip("：: \u3000\n\r，,")
    tail = _without_names(lead)
    led_in = lead.colon or before.endswith(("：", ":"))
    if not led_in:
        return _embedded(inner, lead, narration, before, after)
    if (_ends(narration, _CITING) or _FROM_A_BOOK.search(narration)) and not (lead.subject and not lead.distance):
        return "quotation", "cited"
    if _thinks(tail) or (_bare(lead) and _INWARD.search(narration[-14:])):
        return "thought", "thinking verb"
    if _WRITES.search(narration) or _ends(tail, _WRITING) or _LETTERS.search(tail):
        short = len(inner) <= 14 and not _PUNCTUATION.search(inner)
        return ("name", "inscribed name") if short else ("writing", "writing verb")
    if _RECITES.search(tail) and _verse(inner):
        return "verse", "reciting verb"
    return "speech", "led in"


def _embedded(inner: str, lead: LeadIn, narration: str, before: str, after: str) -> tuple[Kind, str]:
    if not narration.strip():
        return "speech", "stands alone"
    if _ANSWER_WORDS.search(narration) and not _TERM_AFTER.match(after):
        return "speech", "said in passing"
    if _TERM_AFTER.match(after):
        return "name", "called a word"
    if _FINAL.search(inner) or len(_PUNCTUATION.findall(inner)) >= 2:
        if _thinks(_without_names(lead)):
            return "thought", "thinking verb"
        if _WRITES.search(narration):
            return "writing", "writing verb"
        return "speech", "a whole sentence"
    if _SAID_AFTER.match(after) or re.search(r"(?:说|听|闻|道|问)(?:了|得|见|着|道)?，?$", before):
        return "speech", "reported words"
    if _ends(narration, _CITING):
        return "quotation", "cited"
    if len(inner) > 7 and _PUNCTUATION.search(inner):
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
    return bool(_THOUGHT.search(words)) and (not _MOOD.search(words) or bool(_INWARD.search(words)))


def _bare(lead: LeadIn) -> bool:
    """True if the last clause is nothing but the verb, so that the clause before says how it was said."""
    return bool(lead.cue) and len(lead.tail) - len(lead.cue) <= 1 and lead.cue in ("道", "曰", "说", "说道", "云")


def _ends(words: str, listed: tuple[str, ...]) -> bool:
    return words.endswith(listed)


def _verse(inner: str) -> bool:
    """True if the lines are of one length, five or seven characters or two such halves, as recited verse has them."""
    lines = [len(line) for line in re.split(r"[，。；！？、\s…—]+", inner) if line]
    return bool(lines) and max(lines) <= 9 and (len(set(lines)) <= 2)
