"""The lines of a question paper in, its sections with their numbered items out, and the lines that hold a key.

一、单项选择题（每题2分）      a section
1. 谁……（  ）                  an item: the next number in the section's own style
  A. 甲   B. 乙                 more lines of it
22. 阅读材料，回答问题。        an item whose own text becomes the material of
（1）……？                      its sub-questions, in another style that starts again at 1
参考答案                        a key, up to the end or the next section that asks
"""

import re
from collections import Counter

from extractors.paper_headings import READS, accepts_heading, closes, section_titled, section_under
from extractors.paper_items import Item, Key, Paper, Section, answer_sign, ask_sign
from extractors.paper_key_start import answer_box, asks_again, key_begins
from extractors.paper_lookahead import text_ahead
from extractors.paper_marks import (
    ASKS,
    INSTRUCTIONS,
    PASSAGE,
    Heading,
    Number,
    declared_kind,
    heading_at,
    number_at,
)
from extractors.paper_material import passage_text, question_range
from extractors.paper_numbering import Place, is_item, is_part, note_label, number_within
from extractors.paper_text import Line, fold
from extractors.question_tag import untagged

LABELLED = re.compile(r"(?:问题|题目|问)\s*:")
MOST_TRIALS = 10  # a line that stands this often under a question is its label, no heading of a key


def read_paper(lines: list[Line]) -> Paper:
    """The sections and keys in print order. A section may have no items: its lines have no numbers, or it has parts."""
    return _Reading(lines).paper()


class _Reading:
    """The state of one pass over the lines."""

    def __init__(self, lines: list[Line]) -> None:
        self.lines = lines
        self.sections = [Section()]
        self.keys: list[Key] = []
        self.refused: Counter[str] = Counter()  # lines that began no key
        self.boxes: list[Key] = []
        self.box: Key | None = None
        self.in_key = False
        self.instructing = False
        self.parent_material = self.parent_kind = ""
        self.at = Place()
        self.material = ""
        self.material_range: tuple[int, int] | None = None

    def _new_section(self) -> None:
        self.at = Place(last_number=self.at.last_number)
        self.material, self.material_range = "", None

    def paper(self) -> Paper:
        for i, line in enumerate(self.lines):
            if self.in_key and not asks_again(self.lines, i, self.sections):
                self.keys[-1].lines.append(line)
                continue
            if self.in_key:
                self._leave_key(i)
            if self._is_box(i) or self._starts_key(i):
                continue
            if INSTRUCTIONS.fullmatch(line.folded):
                self.instructing = True
                continue
            heading = heading_at(line.folded)
            if heading and accepts_heading(self.lines, i, heading, self.sections, self.at):
                self._open_section(i, line, heading)
                continue
            if closes(line, self.sections[-1]):
                self._new_section()
                self.sections.append(section_titled(line, heading))
                continue
            self._read_line(i, line)
        return Paper(self.sections, [*self.boxes, *self.keys])

    # --- headings and keys ---

    def _open_section(self, i: int, line: Line, heading: Heading) -> None:
        self._new_section()
        self.instructing = False
        section, asked = section_under(line, heading)
        self.sections.append(section)
        self.at.headed = heading.sure
        folded = fold(asked)
        opened = number_at(folded)
        begins = opened is not None and opened.value in (1, self.at.last_number + 1)
        if begins and (ask_sign(folded) or answer_sign(folded)):
            self._read_line(i, Line(line.number, asked, folded, True, line.page))
            return
        if len(asked) >= 6 and ASKS.search(folded):
            section.loose.append(Line(line.number, asked, folded, True, line.page))
        if READS.search(line.folded):
            self.at.passage = []

    def _leave_key(self, i: int) -> None:
        """New questions begin at line `i`: under its heading, or else in a section of their own below a title."""
        self.in_key = False
        if not heading_at(self.lines[i].folded):
            if len(self.keys[-1].lines) > 1 and self.keys[-1].lines[-1].after_blank:
                self.keys[-1].lines.pop()
            self.at.last_number = 0
            self.sections.append(Section())

    def _is_box(self, i: int) -> bool:
        """Whether line `i` is of a box with a section's answers, filled in, that stands before its questions."""
        if self.box and self.box.lines[-1] is self.lines[i]:
            return True
        if self.sections[-1].items or not answer_box(self.lines, i):
            return False
        self.box = Key(self.lines[i : i + 2], len(self.sections) - 1, len(self.sections))
        self.boxes.append(self.box)
        return True

    def _starts_key(self, i: int) -> bool:
        if not any(section.items or section.loose for section in self.sections):
            return False
        since = max((key.end for key in self.keys), default=0)
        words = self.lines[i].folded
        if self.refused[words] > MOST_TRIALS:
            return False
        rest = key_begins(self.lines, i, self.sections[since:] or self.sections)
        if rest is None:
            self.refused[words] += 1
            return False
        before = [rest] if rest.text else []
        empty = self.sections[-1]
        if len(self.sections) > 1 and not empty.items and not empty.loose:  # the heading was one of the key's
            self.sections.pop()
            heading = next(other for other in self.lines if other.number == empty.line)
            before.insert(0, heading)
        self._new_section()
        self.keys.append(Key(before, since if since < len(self.sections) else 0, len(self.sections)))
        self.in_key = True
        return True

    # --- items ---

    def _read_line(self, i: int, line: Line) -> None:
        number = number_at(line.folded)
        if self.instructing:
            if not (number and number.value == 1 and ask_sign(text_ahead(self.lines, i, number.end))):
                return
            self.instructing = False
        begin = 0
        if number and number.family == "ask" and self.at.family not in ("", "ask"):  # 问题：（1）……
            number = number_at(line.folded, number.end)
        if number and is_item(self.lines, i, number, self.at):
            begin = self._open_item(line, number, 0)
        elif number and is_part(self.lines, i, number, self.at):
            begin = self._open_sub(line, number, number.begin if LABELLED.match(line.folded) else 0)
        else:
            if (
                number
                and self.at.answering
                and number.family == self.at.family
                and number.value == self.at.list_last + 1
            ):
                self.at.list_last = number.value
            if (
                PASSAGE.match(line.folded)
                and not (number and self.at.item is None)
                and not (self.at.answering and not line.after_blank)
            ):
                self._open_passage(line)
                return
        self._take(i, line, begin)

    def _open_passage(self, line: Line) -> None:
        self.at.passage = [*(self.at.passage or []), line.text] if self.at.item is None else [line.text]
        self.material_range = question_range(line.text)
        self.at.item = None
        self.at.sub_family = ""

    def _take(self, i: int, line: Line, begin: int) -> None:
        """Give the text from `begin` on to the open item, and open the items that begin within the line."""
        while True:
            first = number_at(line.folded, begin)
            if begin and first and first.value == 1 and is_part(self.lines, i, first, self.at):  # 8.（1）……
                begin = self._open_sub(line, first, begin)
            found = number_within(line, begin, self.at)
            end = found.begin if found else len(line.text)
            self._append(line, line.text[begin:end].rstrip())
            if not found:
                return
            if found.family == self.at.family and found.value == self.at.last + 1:
                begin = self._open_item(line, found, end)
            else:
                begin = self._open_sub(line, found, end)

    def _append(self, line: Line, text: str) -> None:
        if self.at.item is not None:
            self.at.item.text = f"{self.at.item.text}\n{text}" if self.at.item.text else text
            self.at.item.answered = self.at.item.answered or answer_sign(fold(text))
            note_label(self.at, fold(text))
        elif self.at.passage is not None:
            self.at.passage.append(text)
        else:
            self.sections[-1].loose.append(line)

    def _open_item(self, line: Line, number: Number, at: int) -> int:
        if self.at.passage is not None and self.at.item is None:
            self.material = passage_text(self.at.passage)
            self.at.passage = None
        self.at.family = "plain" if number.family == "bare" else number.family
        self.at.last = number.value or self.at.last
        self.at.last_number = self.at.last
        self.at.sub_family, self.at.sub_last = "", 0
        within = self.material_range is None or self.material_range[0] <= number.value <= self.material_range[1]
        if not within:
            self.material, self.material_range = "", None
        self.at.item = Item(str(number.value or ""), number.value, line.number, material=self.material)
        self.at.item.family = number.family
        self._begin(line, number, at)
        return number.end

    def _open_sub(self, line: Line, number: Number, at: int) -> int:
        items = self.sections[-1].items
        parent = self.at.last
        if not self.at.sub_family:
            opener = items.pop()
            self.parent_kind = declared_kind(fold(opener.text[:30]))
            self.parent_material = passage_text([*opener.material.split("\n"), *opener.text.split("\n")])
            self.at.sub_family = number.family
        self.at.sub_last = number.value
        self.at.item = Item(
            f"{parent}({number.value})", number.value, line.number, material=self.parent_material, parent=parent
        )
        self.at.item.kind = self.parent_kind
        self._begin(line, number, at)
        return number.end

    def _begin(self, line: Line, number: Number, at: int) -> None:
        assert self.at.item is not None
        slot = line.text[at : number.begin].strip(" •*★☆▲●■◆")
        self.at.item.text = slot
        self.at.item.slot_first = bool(slot) and not untagged(slot)[0]
        self.at.item.answered = answer_sign(fold(slot))
        self.at.answering = False
        self.at.list_last = 0
        self.sections[-1].items.append(self.at.item)
