"""A novel's Document in, its utterances out: who said what to whom, with exact spans."""

import gc
import re

from corpora.chapters import Chapter, split_chapters
from corpora.document import Document
from extractors.addressee import Exchange, addressees
from extractors.cast import Cast
from extractors.identity import Heard, reveal
from extractors.layout import Layout
from extractors.lead_in import LeadIn
from extractors.manner import manner, reaction
from extractors.mentions import MentionFinder
from extractors.people import find_cast
from extractors.quoted import Quoted, give_voices, read_quotations
from extractors.quotes import Quotation, find_quotations
from extractors.records import Utterance
from extractors.scenes import cut_scenes
from extractors.script import simplified
from extractors.speaker import WITHOUT_CAST, Voice, open_chapter
from extractors.speaker import Chapter as Reading
from extractors.vocative import Vocatives

_LONGEST_CONTEXT = 200  # characters kept in `context`
_CLAUSE_END = re.compile(r"[，。；！？：、\n”’」』]")
_LEADS_OVER = 9  # characters of narration that name others than the speaker


def extract_utterances(document: Document, cast: Cast | None = None) -> list[Utterance]:
    """Every quotation of the novel in order of position, verbatim: text[char_start:char_end] is it with its marks.

    With a cast, speakers get their canonical names; without one, a cast is found from the text. Never raises on any
    text.
    """
    collecting = gc.isenabled()
    gc.disable()  # reading a novel makes many small tuples and no cycles: looking for some takes a twentieth of the time
    try:
        return _novel(Layout(document.text), cast)
    finally:
        if collecting:
            gc.enable()


def _novel(source: Layout, cast: Cast | None) -> list[Utterance]:
    plain = simplified(source.plain, cast.aliases() if cast else ())
    chapters = split_chapters(source.plain)
    quotations = [find_quotations(plain, chapter.body_start, chapter.end) for chapter in chapters]
    known = find_cast(plain, chapters, quotations) if cast is None else cast
    finder, calls = MentionFinder(known.aliases()), Vocatives(known.aliases())
    found: list[Utterance] = []
    trust = WITHOUT_CAST if cast is None else 1.0
    for chapter, inside in zip(chapters, quotations, strict=True):
        found.extend(_chapter(plain, source, chapter, inside, known, finder, calls, trust))
    return found


def _chapter(
    text: str,
    source: Layout,
    chapter: Chapter,
    quotations: list[Quotation],
    cast: Cast,
    finder: MentionFinder,
    calls: Vocatives,
    trust: float,
) -> list[Utterance]:
    """The chapter's rows, read from `text` and quoted from `source`, whose script and layout it keeps.

    `trust` is what the confidence that goes with a full cast is multiplied by.
    """
    if not quotations:
        return []
    span = (chapter.start, chapter.body_start, chapter.end)
    reading, finder = open_chapter(text, span, chapter.number, cast, finder)
    quoted, finder = read_quotations(text, chapter, quotations, finder)
    reading.trust = trust
    return _rows(text, source, chapter, quoted, give_voices(text, chapter, quoted, reading, finder), reading, calls)


def _rows(
    text: str,
    source: Layout,
    chapter: Chapter,
    quoted: list[Quoted],
    voices: list[Voice | None],
    reading: Reading,
    calls: Vocatives,
) -> list[Utterance]:
    spoken = [(q, v) for q, v in zip(quoted, voices, strict=True) if v is not None]
    spans = [(q.quotation.start, q.quotation.end) for q, _ in spoken]
    turns = cut_scenes(spans, text, chapter.body_start, [v.speaker for _, v in spoken])
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
        [_exchange(text, q, v, t.scene, reading, calls) for (q, v), t in zip(spoken, turns, strict=True)],
        lambda alias: reading.cast.candidates(alias, chapter.number),
    )
    place = {id(q): (t.scene, t.turn, to) for (q, _), t, to in zip(spoken, turns, said_to, strict=True)}
    rows, scene = [], 0
    for item, voice in zip(quoted, voices, strict=True):
        scene, turn, addressee = place.get(id(item), (scene, 0, ""))
        rows.append(_row(source, chapter, item, voice, addressee, scene, turn, reading.trust))
    return rows


def _exchange(text: str, item: Quoted, voice: Voice, scene: int, reading: Reading, calls: Vocatives) -> Exchange:
    quotation, lead, gap = item.quotation, item.lead, item.quotation.start - item.lead_start
    # Where the lead-in says who is spoken to, or nobody speaks, those nearby are not asked for.
    told = not voice.speaker or voice.addressee not in ("", voice.speaker)
    return Exchange(
        speaker=voice.speaker,
        named=voice.addressee,
        after=reaction(text, quotation.end, voice.reacts, reading),
        scene=scene,
        gap=gap,
        called=calls.find(text[quotation.inner_start : min(quotation.inner_end, quotation.inner_start + 24)]),
        nearby=() if told or gap < _LEADS_OVER else _nearby(lead, voice.speaker, reading),
        how=manner(lead.tail),
        answers=lead.answers,
        asks=text[quotation.inner_end - 1] in "？?",
    )


def _nearby(lead: LeadIn, speaker: str, reading: Reading) -> tuple[str, ...]:
    """The last three named in the lead-in who are not the speaker, the last one first."""
    found: list[str] = []
    for mention in reversed(lead.mentions):
        if mention.definite and (name := reading.name(mention)) and name != speaker:
            found.append(name)
            if len(found) == 3:
                break
    return tuple(found)


def _row(
    source: Layout,
    chapter: Chapter,
    item: Quoted,
    voice: Voice | None,
    addressee: str,
    scene: int,
    turn: int,
    trust: float,
) -> Utterance:
    quotation, lead = item.quotation, item.lead
    rule = voice.rule if voice else item.why
    start, mention = (voice.mention_start, voice.mention) if voice else (None, "")
    if start is not None and voice is not None:
        joint = len(lead.subject) > 1 and voice.rule.startswith("subject")
        size = lead.subject[-1].end - lead.subject[0].start if joint else len(mention)
        mention, start = source.cut(start, start + size), source.at(start)
    cue_start = item.lead_start + (lead.cue_start or 0)
    return Utterance(
        char_start=source.at(quotation.start),
        char_end=source.at(quotation.end - 1) + 1,
        chapter=chapter.number,
        chapter_title=chapter.title,
        kind=item.kind,
        text=source.cut(quotation.inner_start, quotation.inner_end),
        speaker=voice.speaker if voice else "",
        speaker_mention=mention,
        mention_start=start,
        rule=f"{rule}; {quotation.mend}" if quotation.mend else rule,
        confidence=round(voice.confidence * trust, 3) if voice else 0.9,
        addressee=addressee if item.kind != "thought" else "",
        cue=source.cut(cue_start, cue_start + len(lead.cue)) if voice else "",
        context=_context(source, item) if voice else "",
        scene=scene,
        turn=turn,
    )


def _heard(text: str, chapter: Chapter, spoken: list[tuple[Quoted, Voice]], index: int) -> Heard:
    quotation = spoken[index][0].quotation
    after = spoken[index + 1][0] if index + 1 < len(spoken) else None
    end = after.quotation.start if after else chapter.end
    return Heard(
        words=text[quotation.inner_start : quotation.inner_end],
        after=text[quotation.end : min(end, quotation.end + 60)],
        after_start=quotation.end - (after.lead_start if after else 0),
        named_after=after.lead.mentions if after else (),
    )


def _context(source: Layout, item: Quoted) -> str:
    """The narration that leads in, cue included, from where a clause begins."""
    end = item.quotation.start
    start = max(item.lead_start, end - _LONGEST_CONTEXT)
    if start > item.lead_start and (clause := _CLAUSE_END.search(source.plain, start - 1, end - 1)):
        start = clause.end()
    floor = source.plain.rfind("\n", start, end) + 1
    if floor > start and source.plain[floor:end].strip():
        start = floor
    return source.cut(start, end).strip()
