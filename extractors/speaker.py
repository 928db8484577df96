"""The quotations of one chapter with their lead-ins in, who says each of them to whom out."""

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from extractors.cast import Cast, Person
from extractors.lead_in import LeadIn
from extractors.mentions import Mention, MentionFinder
from extractors.names import learn_short_names

# How often each rule is right with a cast: (right + 4m) / (readings + 4), over the 397 labelled quotations and 77 more,
# drawn at random from the rules that few labels fall on and read by hand; m = 0.70 is what these rules score together.
# `--min-confidence` trades coverage for accuracy by these.
CONFIDENCE = {
    "subject": 0.99,  # 264 of 264
    "subject of an earlier clause": 0.95,  # 92 of 96
    "name before the verb": 0.93,  # 14 of 14
    "verb after": 0.9,  # as plain as the name before the verb; the four novels have it once
    "takes turns": 0.8,  # 10 of 12
    "speaks on": 0.77,  # 32 of 41
    "subject of an earlier sentence": 0.68,  # 15 of 22
    "pronoun": 0.52,  # 6 of 13
    "answers": 0.36,  # 3 of 12
    "nobody named": 0.1,
}
WITHOUT_CAST = 0.95  # times this where the cast is found from the text: 362 of 397 labels are right then, for 391
_AFTER = re.compile(
    r"^(?P<who>[^，。；！？：“”\n]{1,12}?)(?P<cue>(?:[笑问答叫喊骂叹嚷]{1,2})?(?:道|说|问|答|喊|叫|嚷|笑道|曰|云))(?:着|了)?(?:[。，,.！？]|$)"
)
# 操曰：one character for a person is a habit of some books (三国演义) and not of others; seen thrice, it is this one's.
_BARE_SHORT = re.compile(r"[”。，；！？\n][一-鿿][问答谢笑叹]?曰：")
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
    present: frozenset[str] = (
        frozenset()
    )  # canonical names of everybody named in the chapter by more than one character
    shortened: dict[str, str] = field(default_factory=dict)  # short names learnt from the chapter, with the full ones
    last_seen: dict[str, int] = field(default_factory=dict)
    known: dict[str, tuple[Person, ...]] = field(default_factory=dict)  # whom an alias can mean in this chapter
    topic: str = ""
    previous: Voice | None = None
    before_previous: str = ""  # the last speaker other than the previous one
    asked: bool = False  # the last utterance ended with a question mark
    trust: float = 1.0  # what confidence is multiplied by

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
    shortened = learn_short_names(text, body_start, end, short) if styled else {}
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
    return voice._replace(reacts=chapter.name(reacts)) if reacts is not None else voice


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
    speaker = _joint(chapter, lead.subject)
    last = lead.subject[-1]
    rule = "subject"
    if lead.distance:
        rule = "subject of an earlier sentence" if lead.crossed else "subject of an earlier clause"
    words = first.text if first is last else "、".join(m.text for m in lead.subject)
    return _voice(speaker, words, base + first.start, rule, to)


def _joint(chapter: Chapter, mentions: tuple[Mention, ...]) -> str:
    """The canonical names of those meant, each once: 刘备、关羽."""
    if len(mentions) == 1:
        return chapter.name(mentions[0])
    return "、".join(dict.fromkeys(filter(None, map(chapter.name, mentions))))


def _voice(speaker: str, mention: str, start: int | None, rule: str, addressee: str) -> Voice:
    confidence = CONFIDENCE[rule if speaker else "nobody named"]
    return Voice(speaker, mention, start, rule, confidence, addressee)
