"""The quotations of one chapter with their lead-ins in, who says each of them to whom out."""

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from extractors.cast import Cast, Person
from extractors.lead_in import LeadIn
from extractors.lexicon import SURNAMES
from extractors.mentions import Mention

# How often each rule was right among some five hundred readings of the four novels checked by hand;
# `--min-confidence` trades coverage for accuracy by these.
CONFIDENCE = {
    "subject": 0.98,
    "subject of an earlier clause": 0.95,
    "subject of an earlier sentence": 0.65,
    "name before the verb": 0.8,
    "pronoun": 0.7,
    "speaks on": 0.85,
    "answers": 0.75,
    "takes turns": 0.6,
    "verb after": 0.9,
    "nobody named": 0.1,
}
_AFTER = re.compile(
    r"^(?P<who>[^，。；！？：“”\n]{1,12}?)(?P<cue>(?:[笑问答叫喊骂叹嚷]{1,2})?(?:道|说|问|答|喊|叫|嚷|笑道|曰|云))(?:着|了)?(?:[。，,.！？]|$)"
)
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
    present: frozenset[str]  # canonical names of everybody named in the chapter by more than one character
    shortened: dict[str, str] = field(default_factory=dict)  # short names learnt from the chapter, with the full ones
    last_seen: dict[str, int] = field(default_factory=dict)
    known: dict[str, tuple[Person, ...]] = field(default_factory=dict)  # whom an alias can mean in this chapter
    topic: str = ""
    previous: Voice | None = None
    before_previous: str = ""  # the last speaker other than the previous one
    asked: bool = False  # the last utterance ended with a question mark

    def see(self, mentions: tuple[Mention, ...], base: int) -> None:
        """Notes who is named, so that a title or a one-character name later means the last one meant."""
        for mention in mentions:
            person = self.person(mention.core) if mention.kind != "pronoun" and mention.definite else None
            if person is not None:
                self.last_seen[person.name] = base + mention.start

    def person(self, alias: str) -> Person | None:
        """The person whom the alias means here, or None where nobody or several might be meant."""
        candidates = self.known.get(alias)
        if candidates is None:
            candidates = self.cast.candidates(alias, self.number)
            if len(alias) == 1:
                candidates = tuple(p for p in candidates if p.name in self.present or p.chapters)
            self.known[alias] = candidates
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
            person = self.person(mention.core)
            if person is not None:
                return person.name
        if mention.core in self.shortened:
            return self.shortened[mention.core]
        if mention.owner:
            return mention.text
        return mention.core if len(mention.core) > 1 else mention.text


def voice_of(
    chapter: Chapter, lead: LeadIn, base: int, end: int, gap: int, alone: bool, after: str, reacts: Mention | None
) -> Voice:
    """Who says the quotation that ends at `end` and whose lead-in starts at `base`, given `gap` characters of narration since the last one.

    `alone` is true when no verb and no colon leads in; `after` is the narration that follows. Where nothing tells,
    the speaker is empty and the confidence low.
    """
    chapter.see(lead.mentions, base)
    voice = _decide(chapter, lead, base, end, gap, alone, after)
    return voice._replace(reacts=chapter.name(reacts)) if reacts is not None else voice


def _decide(chapter: Chapter, lead: LeadIn, base: int, end: int, gap: int, alone: bool, after: str) -> Voice:
    to = "、".join(dict.fromkeys(filter(None, (chapter.name(m) for m in lead.addressee))))
    near = chapter.previous is not None and gap < _FAR
    if alone and (following := _AFTER.match(after)):
        who = following.group("who").strip()
        at = end + after.index(who)
        person = chapter.person(who)
        if who in ("他", "她", "我") and chapter.previous is not None:
            return _voice(chapter.before_previous or chapter.previous.speaker, who, at, "pronoun", to)
        return _voice(person.name if person else who, who, at, "verb after", to)
    previous = chapter.previous
    if lead.silent and lead.continues and near and previous is not None and previous.speaker:
        return _voice(previous.speaker, "", None, "speaks on", to)
    if (lead.crossed or not lead.subject) and lead.reported:
        return _voice("", "", None, "nobody named", to)
    if lead.subject:
        return _by_subject(chapter, lead, base, to, near)
    if lead.unlisted:
        return _voice(lead.unlisted, lead.unlisted, base + (lead.unlisted_start or 0), "name before the verb", to)
    if not near or previous is None or not previous.speaker:
        return _voice("", "", None, "nobody named", to)
    if not lead.tail:
        return _voice(previous.addressee or chapter.before_previous, "", None, "takes turns", to or previous.speaker)
    answers = lead.answers or (lead.bare and chapter.asked)
    if answers and not lead.continues and (other := previous.addressee or chapter.before_previous):
        return _voice(other, "", None, "answers", to or previous.speaker)
    return _voice(previous.speaker, "", None, "speaks on", to)


def _by_subject(chapter: Chapter, lead: LeadIn, base: int, to: str, near: bool) -> Voice:
    first = lead.subject[0]
    if first.kind == "pronoun":
        previous = chapter.previous
        who = chapter.topic
        if previous is not None and near and lead.alone and not lead.continues:
            who = previous.addressee or chapter.before_previous or who
        return _voice(who, first.text, base + first.start, "pronoun", to)
    speaker = "、".join(dict.fromkeys(filter(None, (chapter.name(m) for m in lead.subject))))
    last = lead.subject[-1]
    rule = "subject"
    if lead.distance:
        rule = "subject of an earlier sentence" if lead.crossed else "subject of an earlier clause"
    words = first.text if first is last else "、".join(m.text for m in lead.subject)
    return _voice(speaker, words, base + first.start, rule, to)


def _voice(speaker: str, mention: str, start: int | None, rule: str, addressee: str) -> Voice:
    confidence = CONFIDENCE[rule] if speaker else CONFIDENCE["nobody named"]
    if speaker and speaker[0] not in SURNAMES and rule == "name before the verb":
        confidence -= 0.1
    return Voice(speaker, mention, start, rule, confidence, addressee)
