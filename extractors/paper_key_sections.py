"""A heading in a key and the sections of its paper in, the items that the answers under it are for out."""

import re

from extractors.paper_items import Item, Section
from extractors.paper_key_rows import Scan
from extractors.paper_marks import CHINESE, any_ordinal, declared_kind, heading_at, number_at
from extractors.paper_text import fold

SHORT = re.compile(
    rf"\s*(?:第?([{CHINESE}]{{1,3}})\s*(?:大题|部分)?\s*[、.:]|\(([{CHINESE}]{{1,3}})\)|([IVXⅠ-Ⅻ]{{1,4}})\s*[.、:])\s*"
)

CALLED = re.compile(r"\W*([\u4e00-\u9fff]{2,10})\W*(?:$|[:\]]\s*)")


def plain_name(section: Section) -> str:
    """What a section without a number is called, without the brackets around it; empty for others."""
    return "" if section.ordinal else fold(section.name).strip(" []#*:<>")


def items_under(folded: str, sections: list[Section], scan: Scan) -> tuple[list[Item], int] | None:
    """The items that a heading in the key is about, and where the answers begin on its line."""
    if (called := CALLED.match(folded)) and not scan.explaining:  # 课堂检测：1.A
        same = [section for section in sections if section.items and plain_name(section) == called[1]]
        if same and not _answered(same[0].items, scan):
            return same[0].items, called.end()
    heading = heading_at(folded)
    short = SHORT.match(folded)
    if short and short[3] and scan.every and scan.every[0].family == "roman":  # I. is a question's number there
        short = None
    if any(section.name[:1].isdigit() for section in sections):  # 1. 选择题 over （1）（2）（3）
        short = short or re.match(r"\s*(\d{1,2})\s*[.、]\s*(?=[(①⑴]|$)", folded)
    # 三、6.赤兔马（每空2分）: what follows is an answer, and the score none of the section's.
    if short and (number_at(folded, short.end()) or re.match(r"[A-H√×\s]+\(", folded[short.end() :])):
        heading = None
    if heading and heading.sure:
        ordinal, end, kind = heading.ordinal, heading.rest, heading.kind
        score = re.match(r"\s*(?:\([^()]*\))?\s*[:.。、]?", folded[end:])
        end += score.end() if score else 0
    elif short:
        ordinal = any_ordinal(next(group for group in short.groups() if group))
        end, kind = short.end(), ""
    elif heading and heading.ordinal:
        ordinal, end, kind = heading.ordinal, heading.rest, heading.kind
    else:
        return None
    named = [i for i, section in enumerate(sections) if ordinal and section.ordinal == ordinal]
    if kind:
        typed = [i for i, section in enumerate(sections) if section.kind == kind and section.items]
        named = [i for i in named if i in typed] or named or (typed[:1] if len(typed) == 1 or not ordinal else [])
    scopes = [scope for i in named if (scope := _scope(sections, i))]
    ahead = [scope for scope in scopes if scope is not None and not _answered(scope, scan)]
    if not ahead or (scan.open and not (heading and heading.sure) and not _follows(sections, named, scan)):
        return None
    return ahead[0], end


def section_of_type(label: str, sections: list[Section], scan: Scan) -> Section | None:
    """The first section yet to be answered whose heading has the label's word, or else declares its type."""
    kind = declared_kind(label)
    ahead = [section for section in sections if section.items and not _answered(section.items, scan)]
    named = [section for section in ahead if label.rstrip("题") in fold(section.name)]
    typed = [section for section in ahead if kind and section.kind == kind]
    return next(iter(named + typed), None)


def _scope(sections: list[Section], index: int) -> list[Item]:
    """The items of a section and of the sections below it: 二、 has those of its （一） and （二）."""
    items = list(sections[index].items)
    for section in sections[index + 1 :]:
        if section.level <= sections[index].level:
            break
        items += section.items
    return items


def _answered(items: list[Item], scan: Scan) -> bool:
    return not scan.explaining and all(id(item) in scan.given for item in items)


def _follows(sections: list[Section], named: list[int], scan: Scan) -> bool:
    """Whether a section named by its ordinal alone comes after the one being answered, so that it is no list."""
    last = scan.items[scan.at] if 0 <= scan.at < len(scan.items) else None
    current = next((i for i, section in enumerate(sections) if any(item is last for item in section.items)), -1)
    return any(i > current for i in named)
