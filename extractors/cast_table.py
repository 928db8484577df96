"""A novel's Document and its cast in, a table of its people out: their names, how often they speak, where they occur."""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass

from corpora.chapters import split_chapters
from corpora.document import Document
from extractors.cast import Cast
from extractors.layout import Layout
from extractors.mentions import MentionFinder
from extractors.novel import extract_utterances
from extractors.people import find_cast
from extractors.script import simplified
from extractors.speaker import open_chapter

_LINE = re.compile(r"[^\n]+")


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person of a novel. `chapters` are counted as printed; 0 is what stands before the first heading."""

    name: str  # canonical
    other_names: tuple[str, ...]  # those that the text uses, the commonest first
    utterances: int
    mentions: int  # by any of the names, in narration and speech
    first_chapter: int
    last_chapter: int


def cast_table(document: Document, cast: Cast | None = None) -> list[PersonRow]:
    """A row for each person of the cast who occurs in the novel, whoever speaks most first.

    Without a cast, one is found from the text. An utterance of several people counts for each; a title or a short
    name counts for whom it means where it stands, and for nobody where that is open.
    """
    source = Layout(document.text).plain
    text, chapters = simplified(source, cast.aliases() if cast else ()), split_chapters(source)
    known = find_cast(text, chapters) if cast is None else cast
    finder = MentionFinder(known.aliases())
    names: dict[str, Counter[str]] = defaultdict(Counter)
    where: dict[str, set[int]] = defaultdict(set)
    for chapter in chapters:
        span = (chapter.start, chapter.body_start, chapter.end)
        reading, here = open_chapter(text, span, chapter.number, known, finder)
        for line in _LINE.finditer(text, chapter.body_start, chapter.end):
            mentions = here.find(line.group())
            for mention in mentions:
                person = reading.person(mention.core) if mention.definite and mention.kind != "pronoun" else None
                if person is not None:
                    names[person.name][mention.core] += 1
                    where[person.name].add(chapter.number)
            reading.see(tuple(mentions), line.start())
    spoken: Counter[str] = Counter()
    persons = {person.name for person in known.persons}
    for row in extract_utterances(document, known):
        for name in row.speaker.split("、"):
            if name in persons:
                spoken[name] += 1
                where[name].add(row.chapter)
    rows = [
        PersonRow(
            name,
            tuple(other for other, _ in names[name].most_common() if other != name),
            spoken[name],
            names[name].total(),
            min(where[name]),
            max(where[name]),
        )
        for name in where
    ]
    return sorted(rows, key=lambda row: (-row.utterances, -row.mentions, row.name))
