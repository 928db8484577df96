"""A novel's Document in, its utterances out: who said what to whom, with exact spans."""

import re
from collections.abc import Sequence, Set
from typing import NamedTuple

from corpora.chapters import Chapter, split_chapters
from corpora.document import Document
from extractors.cast import Cast
from extractors.identity import Heard, reveal
from extractors.kind import classify
from extractors.lead_in import LeadIn, parse_lead_in
from extractors.mentions import Mention, MentionFinder, pairs
from extractors.names import learn_names, learn_short_names
from extractors.people import find_cast
from extractors.quotes import Quotation, find_quotations
from extractors.records import Kind, Utterance
from extractors.scenes import Exchange, addressees, cut_scenes
from extractors.script import simplified
from extractors.speaker import Chapter as Reading
from extractors.speaker import Voice, voice_of

_LONGEST_LEAD = 280  # characters of narration read before a mark
_LONGEST_CONTEXT = 200  # characters kept in `context`
# 操曰：one character for a person is a habit of some books (三国演义) and not of others; seen thrice, it is this one's.
_BARE_SHORT = re.compile(r"[”。，；！？\n][一-鿿][问答谢笑叹]?曰：")


class _Quoted(NamedTuple):
    quotation: Quotation
    lead: LeadIn
    lead_start: int
    kind: Kind
    why: str


def extract_utterances(document: Document, cast: Cast | None = None) -> list[Utterance]:
    """Every quotation of the novel in order of position, verbatim: text[char_start:char_end] is it with its marks.

    With a cast, speakers get their canonical names; without one, a cast is found from the text. Never raises on any
    text.
    """
    plain = simplified(document.text)
    chapters = split_chapters(document.text)
    if cast is None:
        cast = find_cast(plain, chapters)
    finder = MentionFinder(cast.aliases())
    found: list[Utterance] = []
    for chapter in chapters:
        found.extend(_chapter(plain, document.text, chapter, cast, finder))
    return found


def _chapter(text: str, source: str, chapter: Chapter, cast: Cast, finder: MentionFinder) -> list[Utterance]:
    """The chapter's rows, read from `text` and quoted from `source`, which is the same in either script."""
    quotations = find_quotations(text, chapter.body_start, chapter.end)
    if not quotations:
        return []
    styled = (
        text.count("曰：", chapter.body_start, chapter.end) >= 3
        and len(_BARE_SHORT.findall(text, max(0, chapter.body_start - 1), chapter.end)) >= 3
    )
    here: set[str] = finder.named_in(text, chapter.start, chapter.end) if styled else set()
    present = frozenset(person.name for name in here for person in cast.candidates(name, chapter.number))
    short = cast.short_aliases(present)
    shortened = learn_short_names(text, chapter.body_start, chapter.end, short) if styled else {}
    finder = finder.with_names((*shortened, *shortened.values()), (*short, *shortened))
    quoted = _read(text, chapter, quotations, finder)
    names = learn_names(
        (q.lead.unlisted for q in quoted if q.lead.unlisted), (q.lead.maybe for q in quoted if q.lead.maybe)
    )
    if names:
        quoted = _read(text, chapter, quotations, finder.with_names(names), quoted, {name[:2] for name in names})
    reading = Reading(cast, chapter.number, present, shortened)
    return _rows(text, source, chapter, quoted, _voices(text, chapter, quoted, reading), reading)


def _read(
    text: str,
    chapter: Chapter,
    quotations: list[Quotation],
    finder: MentionFinder,
    earlier: Sequence[_Quoted] = (),
    fresh: Set[str] = frozenset(),
) -> list[_Quoted]:
    """Lead-in and kind of each quotation; a quoted term is part of the narration that leads in to the next.

    An `earlier` reading stands where the narration holds none of the two characters that `fresh` names begin with.
    """
    quoted: list[_Quoted] = []
    floor = chapter.body_start
    for index, quotation in enumerate(quotations):
        start = max(floor, quotation.start - _LONGEST_LEAD)
        narration = text[start : quotation.start]
        if earlier and earlier[index].lead_start == start and fresh.isdisjoint(pairs(narration)):
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
        quoted.append(_Quoted(quotation, lead, start, kind, why))
        if kind not in ("name", "quotation"):
            floor = quotation.end
    return quoted


def _voices(text: str, chapter: Chapter, quoted: list[_Quoted], reading: Reading) -> list[Voice | None]:
    voices: list[Voice | None] = []
    for index, item in enumerate(quoted):
        quotation, lead = item.quotation, item.lead
        if item.kind in ("name", "quotation"):
            voices.append(None)
            continue
        following = quoted[index + 1].quotation.start if index + 1 < len(quoted) else chapter.end
        after = text[quotation.end : min(following, quotation.end + 40)].split("\n")[0]
        reacts = _first_after(quoted, index)
        voice = voice_of(
            reading,
            lead,
            item.lead_start,
            quotation.end,
            quotation.start - item.lead_start,
            not lead.colon,
            after,
            reacts,
        )
        if reading.previous is not None and voice.speaker and reading.previous.speaker != voice.speaker:
            reading.before_previous = reading.previous.speaker
        if voice.speaker:
            reading.topic = voice.speaker
        reading.previous, reading.asked = voice, text[quotation.inner_end - 1] in "？?"
        voices.append(voice)
    return voices


def _first_after(quoted: list[_Quoted], index: int) -> Mention | None:
    """Who is named at once after a quotation: the one it was said to acts next."""
    end = quoted[index].quotation.end
    following = quoted[index + 1].lead.mentions[:1] if index + 1 < len(quoted) else ()
    near = following and quoted[index + 1].lead_start + following[0].start - end <= 3
    return following[0] if near else None


def _rows(
    text: str, source: str, chapter: Chapter, quoted: list[_Quoted], voices: list[Voice | None], reading: Reading
) -> list[Utterance]:
    spoken = [(q, v) for q, v in zip(quoted, voices, strict=True) if v is not None]
    turns = cut_scenes([(q.quotation.start, q.quotation.end) for q, _ in spoken], text, chapter.body_start)
    told = reveal(
        [v for _, v in spoken],
        [t.scene for t in turns],
        lambda k: _heard(text, chapter, spoken, k),
        lambda alias: p.name if (p := reading.person(alias)) else "",
    )
    spoken = [(q, v) for (q, _), v in zip(spoken, told, strict=True)]
    later = iter(told)
    voices = [next(later) if v is not None else None for v in voices]
    said_to = addressees(
        [
            Exchange(v.speaker, v.addressee, v.reacts, t.scene, q.quotation.start - q.lead_start)
            for (q, v), t in zip(spoken, turns, strict=True)
        ]
    )
    place = {id(q): (t.scene, t.turn, to) for (q, _), t, to in zip(spoken, turns, said_to, strict=True)}
    rows, scene = [], 0
    for item, voice in zip(quoted, voices, strict=True):
        scene, turn, addressee = place.get(id(item), (scene, 0, ""))
        rows.append(_row(source, chapter, item, voice, addressee, scene, turn))
    return rows


def _row(
    source: str, chapter: Chapter, item: _Quoted, voice: Voice | None, addressee: str, scene: int, turn: int
) -> Utterance:
    quotation, lead = item.quotation, item.lead
    rule = voice.rule if voice else item.why
    start, mention = (voice.mention_start, voice.mention) if voice else (None, "")
    if start is not None and voice is not None:
        joint = len(lead.subject) > 1 and voice.rule.startswith("subject")
        size = lead.subject[-1].end - lead.subject[0].start if joint else len(mention)
        mention = source[start : start + size]
    cue_start = item.lead_start + (lead.cue_start or 0)
    return Utterance(
        char_start=quotation.start,
        char_end=quotation.end,
        chapter=chapter.number,
        chapter_title=chapter.title,
        kind=item.kind,
        text=source[quotation.inner_start : quotation.inner_end],
        speaker=voice.speaker if voice else "",
        speaker_mention=mention,
        mention_start=start,
        rule=f"{rule}; {quotation.mend}" if quotation.mend else rule,
        confidence=round(voice.confidence, 3) if voice else 0.9,
        addressee=addressee if item.kind != "thought" else "",
        cue=source[cue_start : cue_start + len(lead.cue)] if voice else "",
        context=_context(source, item) if voice else "",
        scene=scene,
        turn=turn,
    )


def _heard(text: str, chapter: Chapter, spoken: list[tuple[_Quoted, Voice]], index: int) -> Heard:
    quotation = spoken[index][0].quotation
    after = spoken[index + 1][0] if index + 1 < len(spoken) else None
    end = after.quotation.start if after else chapter.end
    return Heard(
        words=text[quotation.inner_start : quotation.inner_end],
        after=text[quotation.end : min(end, quotation.end + 60)],
        after_start=quotation.end - (after.lead_start if after else 0),
        named_after=after.lead.mentions if after else (),
    )


def _context(text: str, item: _Quoted) -> str:
    """The narration that leads in, cue included, from the start of its sentence that names the speaker."""
    end = item.quotation.start
    start = max(item.lead_start, end - _LONGEST_CONTEXT)
    floor = text.rfind("\n", start, end) + 1
    if floor > start and text[floor:end].strip():
        start = floor
    return text[start:end].strip()
