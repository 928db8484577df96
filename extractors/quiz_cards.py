"""Questions whose every part has a label, without numbers, in; questions out.

【题型】单选题            题干：谁？           题干<tab>谁？
【题干】谁？              选项：A.甲 B.乙      选项A<tab>甲
【选项】A.甲 B.乙         答案：B              正确答案<tab>B
【答案】B
"""

import re
from collections.abc import Iterator

from corpora.document import Document
from extractors.paper_layout import bare_line
from extractors.paper_marks import number_at
from extractors.paper_options import split_options
from extractors.paper_text import fold
from extractors.question_fields import build_question
from extractors.question_headings import field_of
from extractors.records import Question, Reject

LABEL = re.compile(
    r"\s*(?:[【\[［〖]\s*([^【】\[\]［］〖〗]{1,8})\s*[】\]］〗]\s*[:：]?|([^\s:：。，？（）()]{1,8})\s*(?:[:：]|\t))[ \t]*(.*)"
)
OWN = ("stem", "answer", "options", "type", "explanation", "material", "section", "novel")
LEAST = 2  # questions; a paper may have one label of each by chance


def is_quiz_cards(text: str) -> bool:
    """Whether at least two lines are labelled as questions, about as many as answers, types or options, and few begin
    with a number."""
    lines = text.splitlines()
    fields = [field for field, _ in map(_labelled, lines) if field]
    asked = fields.count("stem")
    numbers = [number_at(fold(line)) for line in lines]
    numbered = sum(number is not None and number.family != "ask" for number in numbers)
    return (
        numbered < 0.5 * asked
        and asked >= LEAST
        and max(fields.count("answer"), fields.count("type"), fields.count("options")) >= 0.5 * asked
    )


def extract_quiz_cards(document: Document) -> Iterator[Question | Reject]:
    """A question or a reject for every card, in order; "line 12" is where it begins.

    A card begins with a label that the one before it has had already, or a type before its question.
    """
    card: dict[str, str] = {}
    begin, last = 1, ""
    for number, line in enumerate(document.text.splitlines(), 1):
        field, said = _labelled(line)
        if field and (field in card or (field in ("type", "number") and "stem" in card)):
            yield from _read(card, document, begin)
            card, last = {}, ""
        if field:
            begin = begin if card else number
            card[field], last = said, field
        elif last and said:
            card[last] = f"{card[last]}\n{said}" if card[last] else said
    yield from _read(card, document, begin)


def _labelled(line: str) -> tuple[str, str]:
    """The field that the line's label names and what follows; without a label an empty field and the line."""
    plain, title = bare_line(line)
    if "\t" in line and "\t" not in plain:  # the cell beside is empty
        plain += "\t"
    found = LABEL.fullmatch(plain)
    field = field_of(found[1] or found[2]) if found and not title else ""
    if found and (field in OWN or field == "number" or (len(field) == 1 and len(found[1] or found[2]) > 1)):
        return field, re.sub(r"\s*\t\s*", "  ", found[3]).strip()
    return "", plain


def _read(card: dict[str, str], document: Document, begin: int) -> Iterator[Question | Reject]:
    if "stem" not in card:  # a title with a label, such as 类型：练习
        return
    joint = split_options(f"\n{card.get('options', '')}")
    choice = split_options(card["stem"]) if not joint.options else joint
    if choice.options and not any(len(field) == 1 for field in card):
        card = {field: said for field, said in card.items() if field != "options"} | choice.options
        card["stem"] = choice.stem if choice is not joint else card["stem"]
    yield build_question(card, document, f"line {begin}")
