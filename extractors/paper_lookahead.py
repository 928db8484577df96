"""The lines after a number in, what they say of it out: whether it asks, and whether parts of a question begin."""

import re

from extractors.paper_items import ask_sign
from extractors.paper_marks import ASKS, LABEL, Number, heading_at, number_at
from extractors.paper_text import Line

KEY = re.compile(r"\W*(?:参考|标准)答案.{0,12}")
FARTHEST = 60  # lines; the parts of one question and their passages fill less than a page


def text_ahead(lines: list[Line], i: int, begin: int) -> str:
    """The folded text from `begin` of line `i` up to the next line that has a number, at most six lines of it."""
    parts = [lines[i].folded[begin:]]
    for line in lines[i + 1 : i + 7]:
        if number_at(line.folded) or heading_at(line.folded):
            break
        if not LABEL.match(line.folded):
            parts.append(line.folded)
    return "\n".join(parts)


def parts_ask(lines: list[Line], i: int, first: Number, family: str, last: int) -> bool:
    """Whether the parts that begin with the number `first` on line `i` each ask.

    They do not when options follow the last alone: then they are what the options are about. The question they would
    be parts of has the number `last` in the style `family`.
    """
    text = lines[i].folded[first.end :]
    for line in lines[i + 1 : i + FARTHEST]:
        number = number_at(line.folded)
        if (number and number.family == family and number.value == last + 1) or heading_at(line.folded):
            break
        if KEY.fullmatch(line.folded):
            break
        text += "\n" + line.folded
    parts = _parted(text, first.family)
    if len(parts) < 2 or not all(re.search(r"[^\W_]{2}", part) for part in parts):
        return False
    if first.family == "circle":
        asking = all(re.search(r"\?|\(\d+分\)|_{2,}", part) for part in parts)
        return asking and "\nA" not in "".join(parts)
    options = [bool(re.search(r"^\s*\(?A[.、)]", part, re.M)) for part in parts]
    if options[-1] and not any(options[:-1]) and not all(ask_sign(part) for part in parts[:-1]):
        return False
    return all(ASKS.search(part) or re.search(r"。|\d\s*分\)", part) for part in parts)


def _parted(text: str, family: str) -> list[str]:
    """The text cut at the numbers 2, 3, … in the style of `family`, at a line's start or behind the end of a part."""
    parts: list[str] = []
    begin = 0
    for found in re.finditer(r"(?:^|(?<=[\s。?!)\]]))(?=[\d(①-⒛])", text, re.M):
        number = number_at(text, found.start())
        if number and number.begin == found.start() and (number.family, number.value) == (family, len(parts) + 2):
            parts.append(text[begin : number.begin])
            begin = number.end
    return [*parts, text[begin:]]
