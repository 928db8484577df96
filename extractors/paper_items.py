"""The shapes of a question paper while it is read: its sections, their items, and the keys between them."""

import re
from dataclasses import dataclass, field

from extractors.paper_marks import LABEL, STRONG
from extractors.paper_text import Line

ANSWERED_SLOT = re.compile(
    r"[(\[]\s*(?:[A-H](?:[\s,、]*[A-H]){0,7}|[√×○对错是否TFVXYN]|正确|错误)\s*[)\]]|[(\[]\s*(?:[√×对错]|正确|错误)\s*[,;:][^()\[\]]*[)\]]"
)
OPTION_SIGN = re.compile(r"(?:^|(?<=\s))[(\[]?[A-D](?:[.、:)\]]|\s+\S|(?=[\u4e00-\u9fff《“]))")


@dataclass(slots=True)
class Item:
    """One question as printed. `number` is "22" or, for a sub-question, "22(1)"; `text` has all its lines."""

    number: str
    value: int
    line: int
    text: str = ""
    material: str = ""
    slot_first: bool = False  # its answer bracket stood before the number
    kind: str = ""  # the type that the question it is a part of declares
    answered: bool = False  # beside the question
    family: str = ""  # the style of its number
    whole: bool = False  # a section by itself, whose lines stay as they are
    said: str = ""  # the answer that stands under the question without a label
    parent: int = 0  # the number it is a part of


@dataclass(slots=True)
class Section:
    """A part of the paper under one heading; `kind` is the type it declares, empty where that is open."""

    name: str = ""
    ordinal: int = 0
    level: int = -1  # 0 for 第一部分, 1 for 一、, 2 for （一）
    kind: str = ""
    line: int = 0
    told: str = ""  # the whole heading
    items: list[Item] = field(default_factory=list)
    loose: list[Line] = field(default_factory=list)  # lines before its first item


@dataclass(slots=True)
class Key:
    """The lines of a key, and the half-open range of the sections it answers, by place; those already answered too."""

    lines: list[Line]
    first: int
    end: int


@dataclass(slots=True)
class Paper:
    """What a document holds as a paper."""

    sections: list[Section]
    keys: list[Key]


def answer_sign(folded: str) -> bool:
    """Whether the text has an answer in it: behind a label, or in a bracket."""
    return bool(LABEL.search(folded) or ANSWERED_SLOT.search(folded))


def ask_sign(folded: str) -> bool:
    """Whether the text has a sign that it asks: a slot, a blank, a question mark at its end, or options."""
    return bool(STRONG.search(folded)) or len(OPTION_SIGN.findall(folded)) >= 2
