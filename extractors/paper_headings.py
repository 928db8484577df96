"""A line that may be a heading, and what came before it, in; the section that begins there out."""

import re

from extractors.paper_items import Section, ask_sign
from extractors.paper_marks import LABEL, PASSAGE, Heading, declared_kind, number_at
from extractors.paper_numbering import Place
from extractors.paper_text import Line

READS = re.compile("阅读|材料|读一读|选文|语段|短文|片段")  # a passage follows
MARKS = " 【】[]#*·"


def section_under(line: Line, heading: Heading) -> tuple[Section, str]:
    """The section of the heading, and the words that follow it on its line, without the score."""
    asked = re.sub(r"^\s*(?:[(（][^()（）]*[)）])?\s*[:：.。、]?\s*", "", line.text[heading.rest :])
    plain = re.sub(r"^[【\[]([一二三四五六七八九十]{1,3})[】\]]", r"\1、", line.text).strip(MARKS)
    name = re.sub(r"\s*[(（【\[](?![一二三四五六七八九十]{1,3}[)）]).*|[:：].*", "", plain) or line.text.strip(MARKS)
    return Section(name[:40], heading.ordinal, heading.level, heading.kind, line.number, line.text), asked


def section_titled(line: Line, heading: Heading | None) -> Section:
    """The section under a line that is set as a heading and names no type of question."""
    ordinal, level = (heading.ordinal, heading.level) if heading else (0, 1)
    return Section(line.text[:40], ordinal, level, declared_kind(line.folded), line.number)


def closes(line: Line, section: Section) -> bool:
    """Whether a line set as a heading ends the section before it: it neither asks nor begins a passage."""
    asks = number_at(line.folded) or ask_sign(line.folded) or PASSAGE.match(line.folded) or LABEL.match(line.folded)
    return line.title and not asks and bool(section.items or section.loose)


def accepts_heading(lines: list[Line], i: int, heading: Heading, sections: list[Section], at: Place) -> bool:
    """Whether line `i`, read as a heading, is one: it names a type, or its number follows and questions begin under it."""
    if heading.sure:
        listed = heading.ordinal == 0 and at.answering and not lines[i].after_blank  # a line of an answer
        return not listed or _numbered(lines, i + 1, at)
    if at.answering or at.passage is not None:
        return False
    last = next((section.ordinal for section in reversed(sections) if section.ordinal), 0)
    alone = len(lines[i].folded) <= 5  # （二） and nothing else
    passage = i + 1 < len(lines) and bool(PASSAGE.match(lines[i + 1].folded))
    return heading.ordinal in (1, last + 1) and (alone or passage or _numbered(lines, i + 1, at))


def _numbered(lines: list[Line], i: int, at: Place) -> bool:
    number = number_at(lines[i].folded) if i < len(lines) else None
    return bool(number and number.family != "bare" and number.value in (1, at.last_number + 1))
