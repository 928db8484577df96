"""A number in a paper's lines and what came before it in, whether it numbers the next question or a part of one out."""

import re
from dataclasses import dataclass

from extractors.paper_items import Item, ask_sign
from extractors.paper_lookahead import parts_ask, text_ahead
from extractors.paper_marks import ASKS, LABEL, Number, number_at
from extractors.paper_text import Line, fold

OPTION = re.compile(r"\s*([A-H])\s*[.、:)]\s*\S")
FAR = 1000  # characters of a line that are looked at behind a number; whole papers may stand on one line


@dataclass(slots=True)
class Place:
    """How far the reading of a section has come."""

    family: str = ""  # the style of the section's numbers, empty before the first
    last: int = 0  # the last question's number
    last_number: int = 0  # the same of the whole paper, for numbers that go on over sections
    sub_family: str = ""  # the style of the open question's parts
    sub_last: int = 0
    item: Item | None = None
    answering: bool = False  # behind a label such as 答案
    list_last: int = 0  # of a numbered list within the answer
    headed: bool = False  # under a heading that says what is asked
    passage: list[str] | None = None  # the lines of a passage, before the first question on it


def note_label(at: Place, folded: str) -> None:
    """Notes that an answer begins in the text, behind its last label, and a list of the answer's own that begins with 1."""
    labels = list(LABEL.finditer(folded))
    if labels:
        first = number_at(folded, labels[-1].end())
        at.answering = True
        at.list_last = int(first is not None and first.family == at.family and first.value == 1)


def is_item(lines: list[Line], i: int, number: Number, at: Place) -> bool:
    """Whether the number at the start of line `i` is that of the next question.

    In its section's style the next number is, unless it goes on a list within an answer; any other needs a sign that it
    asks, so that neither a list nor a slip of the typist's loses or makes a question.
    """
    if number.family == "ask":
        return at.family in ("", "ask")
    ahead = text_ahead(lines, i, number.end)
    strong = ask_sign(ahead)
    lettered = OPTION.match(ahead)
    if lettered and "ABCDEFGH".index(lettered[1]) == number.value - 1 and at.item is not None:  # 2. B：乙
        return False
    following = number.value == at.last + 1
    if number.family == "bare":
        scored = re.match(r"\(\s*\d+\s*分", ahead)  # 1（5分）谁？
        expected = number.value in (at.last + 1, at.last_number + 1)
        return at.family in ("", "plain") and expected and bool(strong or scored)
    if number.weak and not (following or number.value == at.last_number + 1):
        return False
    if not at.family:
        return _is_first(number, ahead, at) or (at.headed and _goes_on(lines, i, number))
    if number.family != at.family:
        if number.family == "chinese" or is_part(lines, i, number, at):
            return False
        return following and strong and not at.answering and number.value > 1
    if at.sub_family and number.value == 1 and at.last != 0:
        return strong
    if following:
        return strong or not (at.answering and number.value == at.list_last + 1)
    if at.last < number.value <= at.last + 5:
        return strong or not at.answering
    return strong and (number.value == 1 or _complete(at))


def _is_first(number: Number, ahead: str, at: Place) -> bool:
    """Whether a number may be the first of its section."""
    if number.family == "chinese":
        return bool(ASKS.search(ahead))
    if number.family == "circle" and at.passage is not None:
        return ask_sign(ahead)
    if number.value in (1, at.last_number + 1):
        return True
    return ask_sign(ahead)


def _goes_on(lines: list[Line], i: int, number: Number) -> bool:
    """Whether the next number in the same style is the following one."""
    others = (number_at(line.folded) for line in lines[i + 1 : i + 8])
    following = next((other for other in others if other and other.family == number.family), None)
    return following is not None and following.value == number.value + 1


def _complete(at: Place) -> bool:
    return at.item is not None and (at.answering or ask_sign(fold(at.item.text)))


def is_part(lines: list[Line], i: int, number: Number, at: Place) -> bool:
    """Whether the number at the start of line `i` is that of a part of the open question."""
    if (
        at.item is None
        or number.weak
        or number.family in ("ask", "nth", "chinese", "bare")
        or number.family == at.family
    ):
        return False
    if at.sub_family:
        return number.family == at.sub_family and number.value == at.sub_last + 1
    return number.value == 1 and not at.answering and parts_ask(lines, i, number, at.family, at.last)


def number_within(line: Line, begin: int, place: Place) -> Number | None:
    """The number of the next question, or part of one, that begins within the line after `begin`; None where none does."""
    if place.item is None or place.family in ("", "ask", "chinese"):
        return None
    labelled = LABEL.search(line.folded, begin, begin + FAR) is not None or place.answering
    for found in re.finditer(r"(?<=[\s。?!)\];])(?=[\d(\[第Q题①-⒛])", line.folded[begin + 1 :]):
        at = begin + 1 + found.start()
        number = number_at(line.folded, at)
        if not number or number.weak or number.end >= len(line.folded):
            continue
        if number.begin != at and not place.item.slot_first:
            continue
        rest = line.folded[number.end : number.end + FAR]
        if number.family == place.family and number.value == place.last + 1:
            if place.family == "circle" and not ask_sign(rest):
                continue
            if ask_sign(rest) or (
                not labelled and (ask_sign(line.folded[begin:at]) or line.folded[at - 1] in "。?!)]")
            ):
                return number
        elif _part_within(line, begin, at, number, place):
            return number
    return None


def _part_within(line: Line, begin: int, at: int, number: Number, place: Place) -> bool:
    if number.family == place.family or number.family not in ("paren", "half") or place.answering:
        return False
    if place.sub_family:
        return number.family == place.sub_family and number.value == place.sub_last + 1
    rest = line.folded[number.end : number.end + FAR]
    second = re.search(r"[(]?\s*2\s*[)]", rest)
    asks = second and ASKS.search(rest[: second.start()]) and ASKS.search(rest[second.end() :])
    return (
        number.value == 1
        and bool(asks)
        and line.folded[at - 1] in " \t。?!:)"
        and not LABEL.search(line.folded, begin, begin + FAR)
    )
