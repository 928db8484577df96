"""A chapter's quotations in, each with its lead-in, its kind and who says it out."""

from collections.abc import Sequence
from typing import NamedTuple

from corpora.chapters import Chapter
from extractors.kind import classify
from extractors.lead_in import LeadIn, parse_lead_in
from extractors.mentions import Mention, MentionFinder
from extractors.names import learn_names
from extractors.quotes import Quotation
from extractors.records import Kind
from extractors.speaker import SURE, Voice, called, voice_of, without
from extractors.speaker import Chapter as Reading

_LONGEST_LEAD = 280  # characters of narration read before a mark
_FEW_NAMES = 30  # to look for one by one; with more, all is read again


class Quoted(NamedTuple):
    """A quotation with the narration that leads in to it as read, where that starts, its kind and why it is that."""

    quotation: Quotation
    lead: LeadIn
    lead_start: int
    kind: Kind
    why: str


def read_quotations(
    text: str, chapter: Chapter, quotations: list[Quotation], finder: MentionFinder
) -> tuple[list[Quoted], MentionFinder]:
    """Lead-in and kind of each quotation, and the finder with the names learnt from the chapter, which all is read by."""
    quoted = _read(text, chapter, quotations, finder)
    names = learn_names(
        (q.lead.unlisted for q in quoted if q.lead.unlisted),
        (q.lead.maybe for q in quoted if q.lead.maybe),
        lambda name: text.count(name, chapter.body_start, chapter.end),
    )
    if names:
        quoted = _read(text, chapter, quotations, finder.with_names(names), quoted, names)
    return quoted, finder


def _read(
    text: str,
    chapter: Chapter,
    quotations: list[Quotation],
    finder: MentionFinder,
    earlier: Sequence[Quoted] = (),
    fresh: frozenset[str] = frozenset(),
) -> list[Quoted]:
    """Lead-in and kind of each quotation; a quoted term is part of the narration that leads in to the next.

    An `earlier` reading stands where the narration holds none of the `fresh` names.
    """
    reuse = 0 < len(fresh) <= _FEW_NAMES
    quoted: list[Quoted] = []
    floor = chapter.body_start
    for index, quotation in enumerate(quotations):
        start = max(floor, quotation.start - _LONGEST_LEAD)
        narration = text[start : quotation.start]
        if reuse and earlier[index].lead_start == start and not any(name in narration for name in fresh):
            quoted.append(earlier[index])
            if earlier[index].kind not in ("name", "quotation"):
                floor = quotation.end
            continue
        lead = parse_lead_in(narration, finder)
        following = quotations[index + 1].start if index + 1 < len(quotations) else chapter.end
        kind, why = classify(
            text[quotation.inner_start : quotation.inner_end],
            lead,
            text[max(start, quotation.start - 20) : quotation.start],
            text[quotation.end : min(following, quotation.end + 12)],
        )
        quoted.append(Quoted(quotation, lead, start, kind, why))
        if kind not in ("name", "quotation"):
            floor = quotation.end
    return quoted


def give_voices(
    text: str, chapter: Chapter, quoted: list[Quoted], reading: Reading, finder: MentionFinder
) -> list[Voice | None]:
    """Who says each quotation to whom; None for a name or a citation, which nobody says."""
    voices: list[Voice | None] = []
    for index, item in enumerate(quoted):
        quotation, lead = item.quotation, item.lead
        if item.kind in ("name", "quotation"):
            voices.append(None)
            continue
        following = quoted[index + 1].quotation.start if index + 1 < len(quoted) else chapter.end
        after = "" if lead.colon else text[quotation.end : min(following, quotation.end + 40)].split("\n")[0]
        reacts = _first_after(quoted, index)
        gap = quotation.start - item.lead_start
        voice = voice_of(reading, lead, item.lead_start, quotation.end, gap, after, reacts)
        if voice.speaker and voice.rule not in SURE and item.kind == "speech":
            words = text[quotation.inner_start : min(quotation.inner_end, quotation.inner_start + 12)]
            voice = without(reading, voice, called(words, finder, reading), gap)
        if reading.previous is not None and voice.speaker and reading.previous.speaker != voice.speaker:
            reading.before_previous = reading.previous.speaker
        if voice.speaker:
            reading.topic = voice.speaker
        reading.answered = reading.asked and reading.previous is not None and reading.previous.speaker != voice.speaker
        reading.previous, reading.asked = voice, text[quotation.inner_end - 1] in "？?"
        voices.append(voice)
    return voices


def _first_after(quoted: list[Quoted], index: int) -> Mention | None:
    """Who is named at once after a quotation: the one it was said to acts next."""
    end = quoted[index].quotation.end
    following = quoted[index + 1].lead.mentions[:1] if index + 1 < len(quoted) else ()
    near = following and quoted[index + 1].lead_start + following[0].start - end <= 3
    return following[0] if near else None
