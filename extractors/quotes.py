"""One chapter's text in, its quotations out: spans with their marks, nested and broken marks resolved."""

import re
from typing import NamedTuple

CLOSING = {"“": "”", "‘": "’", "「": "」", "『": "』", "〝": "〞"}
_OPENING = {closing: opening for opening, closing in CLOSING.items()}
_STRAIGHT = '"＂'
_MARKS = re.compile('[“”‘’「」『』〝〞"＂\n]')
_SENTENCE_END = re.compile(r"[。！？!?…]")
_SPOKEN = re.compile(r"(?<![诗词歌赋赞联])(?:曰|云|道|说|问|言)：")
_SPACE = " \t\r\u3000\xa0"
_BLANKS = re.compile(rf"[{_SPACE}]*")
_BLANK_LINES = re.compile(rf"[{_SPACE}\n]*")


class Quotation(NamedTuple):
    """One outermost quotation. `mend` names the missing mark that was made good, or is empty."""

    start: int  # the opening mark, or the first character where the mark is missing
    end: int  # one past the closing mark, or past the last character
    inner_start: int
    inner_end: int
    mend: str


def find_quotations(text: str, start: int, end: int) -> list[Quotation]:
    """The outermost quotations of text[start:end], in order and apart from each other.

    A speech over several paragraphs is one quotation, whether or not each paragraph repeats the opening mark.
    A missing mark is made good at the paragraph: `mend` is then `unclosed` or `unopened`; ‘ closed by ” is `mixed`. Where
    the span has no marks at all, what follows 曰： up to the sentence before the next such verb is taken (`unmarked`).
    """
    marks = [(m.start(), m.group()) for m in _MARKS.finditer(text, start, end)]
    if all(mark == "\n" for _, mark in marks):
        return _unmarked(text, start, end)
    return _Scan(text, start, end, marks).run()


class _Scan:
    """The state of one pass over the marks: what is open, and what has been found."""

    def __init__(self, text: str, start: int, end: int, marks: list[tuple[int, str]]) -> None:
        self.text, self.start, self.end, self.marks = text, start, end, marks
        self.open: list[tuple[int, str]] = []  # outermost first
        self.found: list[Quotation] = []
        # What has been looked at already, so that no stretch of text is gone over once per mark.
        self.line, self.line_words = start - 1, -1  # the last line end, and where the words after it begin
        self.next_words = start  # where the words after a run of blank lines begin
        self.no_colon = start  # no colon stands before this that a stray mark could go back to

    def run(self) -> list[Quotation]:
        """All quotations of the span."""
        for index, (position, mark) in enumerate(self.marks):
            if mark == "\n":
                self._line_end(position)
            elif mark in _STRAIGHT:
                self._straight(position, mark)
            elif mark in CLOSING:
                self._opening(index, position, mark)
            else:
                self._closing(position, mark)
        if self.open:
            self._close_unclosed(self.end)
        return self.found

    def _opening(self, index: int, position: int, mark: str) -> None:
        if self.open and mark == self.open[0][1]:
            if self._repeats(position):
                return
            if not self._nested(index, mark):
                self._close_unclosed(position)
        self.open.append((position, mark))

    def _closing(self, position: int, mark: str) -> None:
        opening = _OPENING[mark]
        for depth in range(len(self.open) - 1, -1, -1):
            if self.open[depth][1] == opening:
                at = self.open[depth][0]
                del self.open[depth:]
                if depth == 0:
                    self.found.append(Quotation(at, position + 1, at + 1, position, ""))
                return
        if mark == "’" and len(self.open) > 1 and self.open[-1][1] == "“":
            self.open.pop()  # “古人有云：“孝当竭力’: the inner mark is of the outer kind
        elif len(self.open) == 1 and self.open[0][1] in "‘『" and mark in "”」":
            at = self.open.pop()[0]
            self.found.append(Quotation(at, position + 1, at + 1, position, "mixed"))
        elif not self.open and mark != "’":  # a lone ’ is an apostrophe as often as not
            self._stray(position)

    def _straight(self, position: int, mark: str) -> None:
        for depth in range(len(self.open) - 1, -1, -1):
            if self.open[depth][1] == mark:
                if depth == 0 and self._repeats(position):
                    return
                at = self.open[depth][0]
                del self.open[depth:]
                if depth == 0:
                    self.found.append(Quotation(at, position + 1, at + 1, position, ""))
                return
        self.open.append((position, mark))

    def _line_end(self, position: int) -> None:
        """A straight mark that is open at the paragraph's end goes on only if the next paragraph repeats it."""
        self.line, self.line_words = position, -1
        if self.open and self.open[0][1] in _STRAIGHT:
            if self.next_words <= position:
                blank = _BLANK_LINES.match(self.text, position + 1, self.end)
                self.next_words = blank.end() if blank else position + 1
            if not self.text.startswith(self.open[0][1], self.next_words):
                self._close_unclosed(position)

    def _repeats(self, position: int) -> bool:
        """True if the mark opens a paragraph while the same mark is open since an earlier one."""
        if self.line < self.open[0][0]:
            return False
        if self.line_words < 0:
            blank = _BLANKS.match(self.text, self.line + 1)
            self.line_words = blank.end() if blank else self.line + 1
        return self.line_words >= position

    def _nested(self, index: int, mark: str) -> bool:
        """True if the mark opens a quotation inside the open one, rather than showing that its close is missing."""
        closing, inner = CLOSING[mark], self.open[-1][1]
        following = (m for _, m in self.marks[index + 1 : index + 40])
        if inner != mark and inner in CLOSING:  # inside ‘…: the “ ” must balance before the ’
            balance = 1
            for found in following:
                if found == CLOSING[inner]:
                    return balance == 0
                balance += (found == mark) - (found == closing)
                if balance < 0:
                    return False
            return False
        same = [found for found in following if found in (mark, closing, "’", "‘")][:2]
        return same[:1] == ["’"] or same == [closing, closing]

    def _close_unclosed(self, before: int) -> None:
        """Ends the outermost quotation at its paragraph's end, or at the last sentence before `before`."""
        at = self.open[0][0]
        self.open.clear()
        line = self.text.find("\n", at, before)
        stop = line if line >= 0 else before
        if line < 0 and before < self.end:
            for sentence in _SENTENCE_END.finditer(self.text, at + 1, before):
                stop = sentence.end()
        while stop > at + 1 and self.text[stop - 1] in _SPACE:
            stop -= 1
        if stop > at + 1:
            self.found.append(Quotation(at, stop, at + 1, stop, "unclosed"))

    def _stray(self, position: int) -> None:
        """Takes the words before a closing mark that nothing opened: from the last colon, or a whole paragraph."""
        floor = self.line + 1
        if self.found and self.found[-1].end > floor:
            floor, fresh = self.found[-1].end, False
        else:
            fresh = True
        colon = self.text.rfind("：", max(floor, self.no_colon), position)
        if colon < 0 and not fresh:
            self.no_colon = position
            return
        at = colon + 1 if colon >= 0 else floor
        while at < position and self.text[at] in _SPACE:
            at += 1
        if at < position:
            inner = at + (self.text[at] in _OPENING)  # ”走罢。”: the wrong mark opens
            self.found.append(Quotation(at, position + 1, inner, position, "unopened"))


def _unmarked(text: str, start: int, end: int) -> list[Quotation]:
    found = []
    for line in re.compile(r"[^\n]+").finditer(text, start, end):
        verbs = list(_SPOKEN.finditer(text, line.start(), line.end()))
        for index, verb in enumerate(verbs):
            at, stop = verb.end(), line.end()
            if index + 1 < len(verbs):
                ends = [m.end() for m in _SENTENCE_END.finditer(text, at, verbs[index + 1].start())]
                stop = ends[-1] if ends else at
            while stop > at and text[stop - 1] in _SPACE:
                stop -= 1
            if stop > at:
                found.append(Quotation(at, stop, at, stop, "unmarked"))
    return found
