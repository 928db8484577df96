"""A number in a paper's lines and what came before it in, whether it numbers the next question or a part of one out."""

import re
from dataclasses import dataclass

from extractors.paper_items import Item, ask_sign
from extractors.paper_lookahead import parts_ask, text_ahead
from extractors.paper_marks import ASKS, LABEL, Number, number_at
from extractors.paper_text import Line, fold


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
    passage: list[str] | None = None  # the lines of a passage, before the first question on it


def is_item(lines: list[Line], i: int, number: Number, at: Place) -> bool:
    """Whether the number at the start of line `i` is that of the next question.

    In its section's style the next number is, unless it goes on a list within an answer; any other needs a sign that it
    asks, so that neither a list nor a slip of the typist's loses or makes a question.
    """
    if number.family == "ask":
        return at.family in ("", "ask")
    ahead = text_ahead(lines, i, number.end)
    strong = ask_sign(ahead)
    following = number.value == at.last + 1
    if number.family == "bare":
        return at.family in ("", "plain") and number.value in (at.last + 1, at.last_number + 1) and strong
    if number.weak and not (following or number.value == at.last_number + 1):
        return False
    if not at.family:
        return _is_first(number, ahead, at)
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
    labelled = LABEL.search(line.folded, begin) is not None or place.answering
    for found in re.finditer(r"(?<=[\s。?!)\];])(?=[\d(\[第Q题①-⒛])", line.folded[begin + 1 :]):
        at = begin + 1 + found.start()
        number = number_at(line.folded, at)
        if not number or number.weak or number.end >= len(line.folded):
            continue
        if number.begin != at and not place.item.slot_first:
            continue
        rest = line.folded[number.end :]
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
    rest = line.folded[number.end :]
    second = re.search(r"[(]?\s*2\s*[)]", rest)
    asks = second and ASKS.search(rest[: second.start()]) and ASKS.search(rest[second.end() :])
    return (
        number.value == 1 and bool(asks) and line.folded[at - 1] in " \t。?!:)" and not LABEL.search(line.folded, begin)
    )
