"""A novel's Document in, its utterances out: who said what to whom, with exact spans."""

from collections.abc import Sequence
from typing import NamedTuple

from corpora.chapters import Chapter, split_chapters
from corpora.document import Document
from extractors.cast import Cast
from extractors.identity import Heard, reveal
from extractors.kind import classify
from extractors.layout import Layout
from extractors.lead_in import LeadIn, parse_lead_in
from extractors.mentions import Mention, MentionFinder
from extractors.names import learn_names
from extractors.people import find_cast
from extractors.quotes import Quotation, find_quotations
from extractors.records import Kind, Utterance
from extractors.scenes import Exchange, addressees, cut_scenes
from extractors.script import simplified
from extractors.speaker import WITHOUT_CAST, Voice, open_chapter, voice_of
from extractors.speaker import Chapter as Reading

_LONGEST_LEAD = 280  # characters of narration read before a mark
_LONGEST_CONTEXT = 200  # characters kept in `context`
_FEW_NAMES = 30  # to look for one by one; with more, all is read again


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
    source = Layout(document.text)
    plain = simplified(source.plain, cast.aliases() if cast else ())
    chapters = split_chapters(source.plain)
    known = find_cast(plain, chapters) if cast is None else cast
    finder = MentionFinder(known.aliases())
    found: list[Utterance] = []
    for chapter in chapters:
        found.extend(_chapter(plain, source, chapter, known, finder, WITHOUT_CAST if cast is None else 1.0))
    return found


def _chapter(
    text: str, source: Layout, chapter: Chapter, cast: Cast, finder: MentionFinder, trust: float
) -> list[Utterance]:
    """The chapter's rows, read from `text` and quoted from `source`, whose script and layout it keeps.

    `trust` is what the confidence that goes with a full cast is multiplied by.
    """
    quotations = find_quotations(text, chapter.body_start, chapter.end)
    if not quotations:
        return []
    span = (chapter.start, chapter.body_start, chapter.end)
    reading, finder = open_chapter(text, span, chapter.number, cast, finder)
    quoted = _read(text, chapter, quotations, finder)
    names = learn_names(
        (q.lead.unlisted for q in quoted if q.lead.unlisted), (q.lead.maybe for q in quoted if q.lead.maybe)
    )
    if names:
        quoted = _read(text, chapter, quotations, finder.with_names(names), quoted, names)
    reading.trust = trust
    return _rows(text, source, chapter, quoted, _voices(text, chapter, quoted, reading), reading)


def _read(
    text: str,
    chapter: Chapter,
    quotations: list[Quotation],
    finder: MentionFinder,
    earlier: Sequence[_Quoted] = (),
    fresh: frozenset[str] = frozenset(),
) -> list[_Quoted]:
    """Lead-in and kind of each quotation; a quoted term is part of the narration that leads in to the next.

    An `earlier` reading stands where the narration holds none of the `fresh` names.
    """
    reuse = 0 < len(fresh) <= _FEW_NAMES
    quoted: list[_Quoted] = []
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
        after = "" if lead.colon else text[quotation.end : min(following, quotation.end + 40)].split("\n")[0]
        reacts = _first_after(quoted, index)
        gap = quotation.start - item.lead_start
        voice = voice_of(reading, lead, item.lead_start, quotation.end, gap, after, reacts)
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
    text: str, source: Layout, chapter: Chapter, quoted: list[_Quoted], voices: list[Voice | None], reading: Reading
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
        rows.append(_row(source, chapter, item, voice, addressee, scene, turn, reading.trust))
    return rows


def _row(
    source: Layout,
    chapter: Chapter,
    item: _Quoted,
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


def _context(source: Layout, item: _Quoted) -> str:
    """The narration that leads in, cue included, from the start of its sentence that names the speaker."""
    end = item.quotation.start
    start = max(item.lead_start, end - _LONGEST_CONTEXT)
    floor = source.plain.rfind("\n", start, end) + 1
    if floor > start and source.plain[floor:end].strip():
        start = floor
    return source.cut(start, end).strip()
