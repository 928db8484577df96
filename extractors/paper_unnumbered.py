"""The lines of a section without numbers in, its items out: a question begins where the one before it is complete."""

import re

from extractors.paper_items import Item, answer_sign, ask_sign
from extractors.paper_marks import ASKS, LABEL
from extractors.paper_text import Line, fold

OPTION_LINE = re.compile(
    r"(?:√\s*)?(?:[(\[]\s*[A-Ha-h]\s*[)\]]|[A-Ha-h]\s*[.、:)]|[A-H]\s+\S|[A-H](?=[\u4e00-\u9fff《“]))|•"
)
ENDED = re.compile(r"(?:\?|[(\[][\s_]*(?:[A-H]{1,8}|[√×○对错TFVX]|正确|错误)?[\s_]*[)\]]|_{2,})\s*[。.!]?\s*$")
FORM = re.compile(r"\s*(?:[^\W_]{1,6}\s*:?\s*_{2,}\s*){2,}")  # 单位：____ 选手：____ is to be filled in by the pupil


def number_loose(lines: list[Line], *, declared: bool) -> list[Item]:
    """The items, without numbers. Lines with no sign that they ask are left out, unless a heading above asks."""
    items: list[Item] = []
    options = labelled = ended = False
    for line in lines:
        option, label = bool(OPTION_LINE.match(line.folded)), bool(LABEL.match(line.folded))
        begins = not option and not label and (options or ended or (labelled and line.after_blank) or not items)
        begins = begins or line.title or (not option and not label and line.after_blank and not _open(items))
        if begins:
            items.append(Item("", 0, line.number, line.text, answered=answer_sign(line.folded)))
            options = labelled = ended = False
        elif items:
            items[-1].text += f"\n{line.text}"
            items[-1].answered = items[-1].answered or answer_sign(line.folded)
        labelled = labelled or bool(LABEL.search(line.folded))
        options = options or option or bool(re.search(r"\s[B-D][.、]", line.folded))
        ended = bool(ENDED.search(line.folded)) and not _choice_follows(lines, line)
    asking = [item for item in items if _closed(item.text) or (declared and _requests(item))]
    return [item for item in asking if not FORM.fullmatch(fold(item.text))]


def _open(items: list[Item]) -> bool:
    return bool(items) and not _closed(items[-1].text)


def _closed(text: str) -> bool:
    folded = fold(text)
    return bool(ask_sign(folded) or LABEL.search(folded) or ENDED.search(folded))


def _choice_follows(lines: list[Line], line: Line) -> bool:
    following = next((other for other in lines if other.number > line.number), None)
    return following is not None and bool(OPTION_LINE.match(following.folded) or LABEL.match(following.folded))


def _requests(item: Item) -> bool:
    told = re.match(r"\W*(?:请?(?:将|把|在|从|根据题|选出|判断)|下列各?题|每[小题]|以下各题|对的|正确的)", item.text)
    return len(item.text) >= 6 and not told and bool(ASKS.search(item.text))
