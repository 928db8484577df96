"""A section that is one question as a whole in (matching, ordering, an essay), that question as its only item out.

五、连线题（把人物和绰号用线连起来）      吴用        行者
                                         武松        智多星
"""

import re

from extractors.paper_items import Item, Section
from extractors.paper_marks import ASKS, ORDINAL, TYPE_WORD
from extractors.paper_text import fold

WHOLE = re.compile(r"连线|连一连|会连|配对|匹配|排序|排一排|会排|作文|写作|习作|写一写|会写|续写|小练笔")
SCORED = re.compile(r"[(\[][^()\[\]]*\d\s*分[^()\[\]]*[)\]]|(?:共|每[小]?题)\s*\d+\s*分")


def join_whole(section: Section) -> None:
    """Makes one item of the section's lines, where its heading says so and none of its numbered lines asks."""
    if not WHOLE.search(section.told) or any(ASKS.search(fold(item.text)) for item in section.items):
        return
    lines = [line.text for line in section.loose]
    lines += [f"{item.number}. {item.text}" if item.number else item.text for item in section.items]
    told = _instruction(section.told)
    if not lines and len(told) < 8:
        return
    text = "\n".join([told] * (len(told) > 5) + lines)
    section.items = [Item("", 0, section.line, text, whole=True)]
    section.loose = []


def _instruction(told: str) -> str:
    """What the heading asks, without its number, the name of the type, and scores."""
    folded = fold(told)
    begin = found.end() if (found := ORDINAL.match(folded)) else 0
    begin = found.end() if (found := TYPE_WORD.match(folded, begin)) else begin
    rest = told[begin:]
    while found := SCORED.search(fold(rest)):
        rest = rest[: found.start()] + rest[found.end() :]
    rest = rest.strip(" :：.。、")
    return rest[1:-1] if re.fullmatch(r"[（(][^（）()]*[）)]", rest) else rest
