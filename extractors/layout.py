"""A text in, the same text without line-end and indentation blanks out, with the way back to the offsets of the first."""

import re
from bisect import bisect_right
from collections.abc import Iterator

_BLANK = " \t\u3000\xa0"
_LAYOUT = re.compile(rf"\r+(?=\n)|(?:\A|(?<=\n))[{_BLANK}]+")
_INDENTED = re.compile(rf"\n[{_BLANK}]+")  # quicker to find, as it opens with a fixed character


class Layout:
    """What a text says, apart from how it is laid out: `plain` is it without \\r before \\n and blanks that open a line.

    Rules that count characters then read a file with Windows line ends or indented paragraphs as any other.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts: list[int] = []  # where in `plain` something is left out, and how much up to there
        self._shifts: list[int] = []
        kept, before, shift = [], 0, 0
        for start, end in _left_out(text):
            kept.append(text[before:start])
            shift += end - start
            self._starts.append(end - shift)
            self._shifts.append(shift)
            before = end
        self.plain = "".join((*kept, text[before:])) if kept else text

    def at(self, offset: int) -> int:
        """Where the character at this offset of `plain` stands in the text."""
        index = bisect_right(self._starts, offset)
        return offset + self._shifts[index - 1] if index else offset

    def cut(self, start: int, end: int) -> str:
        """What stands in the text from the character at `start` of `plain` to the one before `end`."""
        if not self._starts:
            return self._text[start:end]
        return self._text[self.at(start) : self.at(end - 1) + 1] if end > start else ""


def _left_out(text: str) -> Iterator[tuple[int, int]]:
    """Where what is left out starts and ends."""
    if "\r" in text:
        yield from (blank.span() for blank in _LAYOUT.finditer(text))
        return
    if head := len(text) - len(text.lstrip(_BLANK)):
        yield 0, head
    yield from ((blank.start() + 1, blank.end()) for blank in _INDENTED.finditer(text))
