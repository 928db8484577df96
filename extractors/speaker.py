"""The quotations of one chapter with their lead-ins in, who says each of them to whom out."""

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from extractors.cast import Cast, Person
from extractors.lead_in import LeadIn
from extractors.mentions import Mention, MentionFinder
from extractors.names import learn_short_names

# How often each rule is right with a cast: (right + 4m) / (readings + 4), over the labelled quotations and some 550 more,
# drawn at random from each rule and read by hand; m = 0.70 is what the rules for unnamed speakers score together.
# `--min-confidence` trades coverage for accuracy by these.
CONFIDENCE = {
    "subject": 0.99,  # 264 of 264 labels
    "subject without a verb": 0.78,  # 2 of 3 labels, 25 of 31 readings
    "shown afterwards": 0.9,  # 9 of 9, all there are
    "subject of an earlier clause": 0.94,  # 177 of 181 labels, 147 of 156 readings
    "name before the verb": 0.9,  # 14 of 14 labels, 36 of 41 readings
    "verb after": 0.9,  # as plain as the name before the verb; the four novels have it once
    "asks on": 0.9,  # 8 of 8
    "takes turns": 0.8,  # 18 of 22
    "speaks on": 0.86,  # 40 of 46 labels, 54 of 63 readings
    "pronoun": 0.82,  # 17 of 20
    "subject of an earlier sentence": 0.8,  # 18 of 19 labels, 31 of 40 readings
    "answers": 0.58,  # 10 of 18
    "nobody named": 0.1,
}
HEARD = "heard, not seen"  # the rule for 只听得外面叫道
SURE = frozenset(("subject", "name before the verb", "verb after"))
WITHOUT_CAST = 0.95  # times this where the cast is found from the text: 362 of 397 labels are right then, for 391
_AFTER = re.compile(
    r"^(?P<who>[^，。；！？：“”\n]{1,12}?)(?P<cue>(?:[笑问答叫喊骂叹嚷]{1,2})?(?:道|说|问|答|喊|叫|嚷|笑道|曰|云))(?:着|了)?(?:[。，,.！？]|$)"
)
# 操曰：one character for a person is a habit of some books (三国演义) and not of others; seen thrice, it is this one's.
_BARE_SHORT = re.compile(r"[”。，；！？\n][一-鿿][问答谢笑叹]?曰：")
_CALLS = frozenset(("教", "叫", "命", "喝", "唤", "令", "叫声", "喝声"))  # orders, which answer nothing
_ASKS_ON = re.compile(r"[又再复][^，]{0,2}问")
_CALLED = re.compile(r"[，！,!](?!.{0,3}在此)|休|莫|快|早|可|你|汝|何|下马|听|且|请|慢|勿|救|少")
_SOON = 20  # characters of narration within which the two who talk stay the same
_NEAR = 60  # characters of narration after which somebody else may have joined it
_FAR = 600  # characters of narration after which a conversation is over


class Voice(NamedTuple):
    """Who says a quotation, how that was found, and to whom it is said."""

    speaker: str
    mention: str
    mention_start: int | None
    rule: str
    confidence: float
    addressee: str  # whom the lead-in names as spoken to
    reacts: str = ""  # who acts first afterwards


@dataclass
class Chapter:
    """What has been read of a chapter so far: who has been named, and who spoke last."""

    cast: Cast
    number: int
    present: frozenset[str] = frozenset()  # canonical names of all whom it names by more than one character
    shortened: dict[str, str] = field(default_factory=dict)  # short names learnt from the chapter, with the full ones
    last_seen: dict[str, int] = field(default_factory=dict)
    known: dict[str, tuple[Person, ...]] = field(default_factory=dict)  # whom an alias can mean in this chapter
    sole: dict[str, str] = field(default_factory=dict)  # the name of the only one whom it can mean; empty for nobody
    topic: str = ""
    previous: Voice | None = None
    before_previous: str = ""  # the last speaker other than the previous one
    asked: bool = False  # the last utterance ended with a question mark
    answered: bool = False  # the one before it did, and somebody else said it
    trust: float = 1.0  # what confidence is multiplied by

    def see(self, mentions: tuple[Mention, ...], base: int) -> None:
        """Notes who is named, so that a title or a one-character name later means the last one meant."""
        sole, last_seen = self.sole, self.last_seen
        for start, _, _, core, kind, definite, _ in mentions:
            if kind == "pronoun" or not definite:
                continue
            name = sole.get(core)
            if name is None:
                name = person.name if (person := self.person(core)) else ""
            if name:
                last_seen[name] = base + start

    def person(self, alias: str) -> Person | None:
        """The person whom the alias means here, or None where nobody or several might be meant."""
        candidates = self.known.get(alias)
        if candidates is None:
            candidates = self.cast.candidates(alias, self.number)
            if len(alias) == 1:
                candidates = tuple(
                    p for p in candidates if p.name in self.present or (p.chapters and alias in p.titles)
                )
            self.known[alias] = candidates
            if len(candidates) <= 1:
                self.sole[alias] = candidates[0].name if candidates else ""
        if len(candidates) <= 1:
            return candidates[0] if candidates else None
        seen = [p for p in candidates if p.name in self.last_seen]
        if seen:
            return max(seen, key=lambda p: self.last_seen[p.name])
        here = [p for p in candidates if p.name in self.present]
        return here[0] if len({p.name for p in here}) == 1 else None

    def name(self, mention: Mention) -> str:
        """The canonical name for a mention; the noun itself for an unnamed figure; empty for a pronoun."""
        if mention.kind == "pronoun":
            return ""
        if mention.definite or mention.kind == "name":
            name = self.sole.get(mention.core)
            if name is None:
                name = person.name if (person := self.person(mention.core)) else ""
            if name:
                return name
        if mention.core in self.shortened:
            full = self.shortened[mention.core]
            return person.name if (person := self.person(full)) else full
        if mention.owner:
            return mention.text
        return mention.core if len(mention.core) > 1 else mention.text


def open_chapter(
    text: str, span: tuple[int, int, int], number: int, cast: Cast, finder: MentionFinder
) -> tuple[Chapter, MentionFinder]:
    """The chapter before anything of it is read, and the finder with the one-character names that mean somebody in it.

    `span` is where its heading starts, where its body starts, and where it ends.
    """
    start, body_start, end = span
    styled = (
        text.count("曰：", body_start, end) >= 3 and len(_BARE_SHORT.findall(text, max(0, body_start - 1), end)) >= 3
    )
    here: set[str] = finder.named_in(text, start, end) if styled else set()
    present = frozenset(person.name for name in here for person in cast.candidates(name, number))
    short = cast.short_aliases(present)
    shortened = learn_short_names(text, body_start, end, short, here) if styled else {}
    finder = finder.with_names((*shortened, *shortened.values()), (*short, *shortened))
    return Chapter(cast, number, present, shortened), finder


def voice_of(
    chapter: Chapter, lead: LeadIn, base: int, end: int, gap: int, after: str, reacts: Mention | None
) -> Voice:
    """Who says the quotation that ends at `end` and whose lead-in starts at `base`, given `gap` characters of narration since the last one.

    `after` is the narration that follows, empty where a verb or a colon leads in. Where nothing tells, the speaker is
    empty and the confidence low.
    """
    chapter.see(lead.mentions, base)
    voice = _decide(chapter, lead, base, end, gap, after)
    return Voice(*voice[:-1], chapter.name(reacts)) if reacts is not None else voice


def _decide(chapter: Chapter, lead: LeadIn, base: int, end: int, gap: int, after: str) -> Voice:
    to = _joint(chapter, lead.addressee)
    near = chapter.previous is not None and gap < _FAR
    if after and (following := _AFTER.match(after)):
        who = following.group("who").strip()
        at = end + after.index(who)
        person = chapter.person(who)
        if who in ("他", "她", "我") and chapter.previous is not None:
            return _voice(chapter.before_previous or chapter.previous.speaker, who, at, "pronoun", to)
        return _voice(person.name if person else who, who, at, "verb after", to)
    previous = chapter.previous
    if lead.silent and (lead.continues or lead.resumes) and near and previous is not None and previous.speaker:
        return _voice(previous.speaker, "", None, "speaks on", to)
    if lead.unseen and not lead.reported:
        return _voice("", "", None, HEARD, to)
    if lead.unseen or ((lead.crossed or not lead.subject) and lead.reported):
        return _voice("", "", None, "nobody named", to)
    if lead.asks and near and previous is not None:
        asker = _joint(chapter, lead.subject)
        return _voice(_asked(chapter, lead, asker, gap), "", None, "answers", asker)
    if lead.subject:
        return _by_subject(chapter, lead, base, to, near)
    if lead.unlisted:
        return _voice(lead.unlisted, lead.unlisted, base + (lead.unlisted_start or 0), "name before the verb", to)
    if not near or previous is None or not previous.speaker:
        return _voice("", "", None, "nobody named", to)
    if not lead.tail:
        return _voice(previous.addressee or chapter.before_previous, "", None, "takes turns", to or previous.speaker)
    other = previous.addressee or chapter.before_previous
    answers = lead.answers or (lead.bare and lead.alone and chapter.asked and lead.cue not in _CALLS)
    if answers and not lead.continues and other:
        return _voice(other, "", None, "answers", to or previous.speaker)
    if lead.alone and chapter.answered and not chapter.asked and other and _ASKS_ON.match(lead.tail):
        return _voice(other, "", None, "asks on", to or previous.speaker)
    if lead.interrupted:
        return _voice("", "", None, "nobody named", to)
    return _voice(previous.speaker, "", None, "speaks on", to)


def called(words: str, finder: MentionFinder, chapter: Chapter) -> str:
    """Whom the words call at their head (云长休走, 悟空，…), or empty."""
    found = finder.at_head(words)
    if found is None or not _CALLED.match(words, found.end):
        return ""
    return chapter.name(found)


def without(chapter: Chapter, voice: Voice, called: str, gap: int) -> Voice:
    """The voice, or another where the quotation calls its speaker by name: 云长休走 is not said by 关羽."""
    if voice.speaker != called or not called or voice.rule in SURE:
        return voice
    previous = chapter.previous
    others = (previous.speaker, previous.addressee, chapter.before_previous) if previous and gap < _SOON else ()
    other = next((name for name in others if name and name != called), "")
    return _voice(other, "", None, "answers", voice.addressee or called)


def _asked(chapter: Chapter, lead: LeadIn, asker: str, gap: int) -> str:
    """Whom `asker` questions in the lead-in: whoever spoke just before, or was named since."""
    previous = chapter.previous
    if previous is not None and gap < _NEAR:
        return previous.speaker if previous.speaker != asker else previous.addressee or chapter.before_previous
    named = (chapter.name(m) for m in reversed(lead.mentions) if m.kind != "pronoun")
    return next((name for name in named if name and name != asker), "")


def _by_subject(chapter: Chapter, lead: LeadIn, base: int, to: str, near: bool) -> Voice:
    first = lead.subject[0]
    if first.kind == "pronoun":
        previous = chapter.previous
        who = _joint(chapter, lead.antecedent) or chapter.topic
        if previous is not None and near and lead.alone and not lead.continues:
            who = previous.addressee or chapter.before_previous or who
        return _voice(who, first.text, base + first.start, "pronoun", to)
    speaker = _joint(chapter, lead.subject)
    last = lead.subject[-1]
    rule = "subject" if lead.cue or lead.colon else "subject without a verb"
    if lead.distance:
        rule = "subject of an earlier sentence" if lead.crossed else "subject of an earlier clause"
    words = first.text if first is last else "、".join(m.text for m in lead.subject)
    return _voice(speaker, words, base + first.start, rule, to)


def _joint(chapter: Chapter, mentions: tuple[Mention, ...]) -> str:
    """The canonical names of those meant, each once: 刘备、关羽."""
    if len(mentions) <= 1:
        return chapter.name(mentions[0]) if mentions else ""
    return "、".join(dict.fromkeys(filter(None, map(chapter.name, mentions))))


def _voice(speaker: str, mention: str, start: int | None, rule: str, addressee: str) -> Voice:
    confidence = CONFIDENCE[rule if speaker else "nobody named"]
    return Voice(speaker, mention, start, rule, confidence, addressee)
