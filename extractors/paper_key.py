"""The lines of a key and the numbered items of its paper in, what the key says of each item out.

一、1-5 BACDA  6-10 DABCD        a grid; several letters an answer need blanks between: 1-3 ABD AC ABCD
1.B  2、C  3 D                   a list, over lines or in one; 23.元 施耐庵  24.白胜
题号 1 2 3 / 答案 B A C          a table; also one row a number: 1 <tab> B
一、BACDA DCBAD                  a section's letters without numbers
1.（1）……（2）……                 the parts of an item
"""

import itertools
import re

from extractors.paper_items import Item, Section
from extractors.paper_key_rows import LETTER_RUN, Scan, give, go_on, read_cells, read_range, read_row
from extractors.paper_marks import CHINESE, TYPE_WORD, Number, heading_at, number_at, ordinal_value
from extractors.paper_text import Line, fold
from extractors.question_fields import field_of

RANGE = re.compile(r"(?<![\d.])(\d{1,3})\s*(?:[-~—–]|至|到)+\s*(\d{1,3})\s*题?\s*[:.、)\]]*\s*")
PAIR = re.compile(r"(?<![\d.A-Za-z])(\d{1,3})\s*(?=(?:[A-H]{1,6}|[√×对错TF])(?:$|[\s;,。、；\d(]))")
EXPLAINS = re.compile(r"\W*(?:试题|答案|部分|参考)?(?:解析|详解|详细解答|答案详解|试题分析)\W*")
SHORT = re.compile(rf"\s*(?:第?([{CHINESE}]{{1,3}})\s*(?:大题|部分)?\s*[、.:]|\(([{CHINESE}]{{1,3}})\))\s*")
TYPE_LABEL = re.compile(rf"(?:^|(?<=[;,。\s]))(?:{TYPE_WORD.pattern})\s*:(?=\s*\S)")
ROW_HEAD = re.compile(r"(?:题号|序号|题目|题)[\s:]+(?=\d)")
ANSWER_ROW = re.compile(r"(?:参考|正确)?答案?[\s:]+")


def read_key(lines: list[Line], sections: list[Section]) -> dict[int, str]:
    """The printed answer, explanations included, by the `id()` of each item that the key names."""
    every = [item for section in sections for item in section.items]
    scan = Scan(every)
    numbers: list[str] | None = None  # of a table's head row
    columns: list[str] = []  # of a table with a row for each number
    for line in itertools.chain.from_iterable(map(_pieces, lines)):
        text = line.text
        if EXPLAINS.fullmatch(line.folded) and scan.given:
            scan.items, scan.at, scan.family, scan.open, scan.explaining = every, -1, "", False, True
            continue
        found = _section_of(line.folded, sections, scan)
        if found:
            scan.items, end = found
            scan.at, scan.family, scan.open, scan.parent = -1, "", False, 0
            text = text[end:]
            if not text.strip(" :：、.．。"):
                continue
        elif label := TYPE_LABEL.match(line.folded):  # of a type that no heading in the paper names
            text = text[label.end() :]
        folded = fold(text)
        cells = text.split("\t")
        fields = [field_of(cell) for cell in cells]
        if "number" in fields and "answer" in fields:
            columns = fields
            continue
        if columns and len(cells) > 1 and read_cells(scan, columns, cells):
            continue
        if ROW_HEAD.match(folded):
            numbers = re.split(r"\t| +", folded[ROW_HEAD.match(folded).end() :].strip())  # type: ignore[union-attr]
            continue
        if numbers and (row := ANSWER_ROW.match(folded)):
            read_row(scan, numbers, text[row.end() :])
            numbers = None
            continue
        _read_text(scan, text.strip(), folded.strip())
    return scan.given


def _pieces(line: Line) -> list[Line]:
    """The line, parted where the answers of another type begin: 单选：1.A；判断：2.√"""
    begins = [0, *(found.start() for found in TYPE_LABEL.finditer(line.folded) if found.start() > 0), len(line.text)]
    if len(begins) < 3:
        return [line]
    parts = [line.text[a:b].rstrip(" ;；") for a, b in itertools.pairwise(begins)]
    return [Line(line.number, part, fold(part), line.after_blank, line.page) for part in parts if part]


def _section_of(folded: str, sections: list[Section], scan: Scan) -> tuple[list[Item], int] | None:
    """The items that a heading in the key is about, and where the answers begin on its line."""
    heading = heading_at(folded)
    short = SHORT.match(folded)
    if any(section.name[:1].isdigit() for section in sections):  # 1. 选择题 over （1）（2）（3）
        short = short or re.match(r"\s*(\d{1,2})\s*[.、]\s*(?=[(①⑴]|$)", folded)
    if heading and heading.sure:
        ordinal, end, kind = heading.ordinal, heading.rest, heading.kind
        score = re.match(r"\s*(?:\([^()]*\))?\s*[:.。、]?", folded[end:])
        end += score.end() if score else 0
    elif short:
        ordinal = ordinal_value(next(group for group in short.groups() if group))
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


def _read_text(scan: Scan, text: str, folded: str) -> None:
    """One line of a key: grids, then numbered answers, then letters alone, else more of the last answer."""
    ranges = list(RANGE.finditer(folded))
    if ranges and not folded[: ranges[0].start()].strip(" :.、"):
        ends = [found.start() for found in ranges[1:]] + [len(folded)]
        done = 0
        for found, end in zip(ranges, ends, strict=True):
            stop = read_range(scan, int(found[1]), int(found[2]), text[found.end() : end])
            if not stop:
                break
            done = found.end() + stop
        if done:
            rest = text[done:]
            if rest.strip():
                _read_text(scan, rest.strip(), fold(rest).strip())
            return
    at = 0
    marks = _marks(scan, folded)
    if not marks:
        _read_unnumbered(scan, text, folded)
        return
    if marks[0][1].begin > 0 and scan.open and text[: marks[0][1].begin].strip(" （(["):
        go_on(scan, text[: marks[0][1].begin])
    for k, (index, number) in enumerate(marks):
        at = number.end
        end = marks[k + 1][1].begin if k + 1 < len(marks) else len(text)
        said = text[at:end].strip(" \t;；，,") if k + 1 < len(marks) else text[at:end].strip()
        if index >= 0:
            give(scan, index, said)


def _marks(scan: Scan, folded: str) -> list[tuple[int, Number]]:
    """The numbers on the line that answer items, each with the item's index; -1 for a number whose parts follow."""
    marks: list[tuple[int, Number]] = []
    at, family, parent = scan.at, scan.family, scan.parent
    for found in re.finditer(r"(?:^|(?<=[\s;,.。:)、\]A-H√×对错]))(?=[\d\[第⒈-⒛])|(?=[(①-⒇])", folded):
        begin = found.start()
        if marks and begin < marks[-1][1].end:
            continue
        number = number_at(folded, begin)
        if number and number.begin != begin:  # a filled bracket before it, as in （√）2.
            number = None
        if not number and (pair := PAIR.match(folded, begin)):
            number = Number("plain", int(pair[1]), begin, pair.end(), False)
        if not number or number.family in ("ask", "chinese"):
            continue
        part = at + 1 < len(scan.items) and scan.items[at + 1].parent and number.family in ("paren", "circle")
        glued = begin > 0 and not part and not folded[begin - 1].isspace() and folded[begin - 1] not in ";。)]"
        if glued and not re.match(r"\s*(?:[A-H]|[√×对错])", folded[number.end :]):
            continue
        style = "plain" if number.family in ("nth", "bare", "half") else number.family
        index = _target(scan, at, number, style, family, parent, line_start=begin == 0)
        if index is None:
            continue
        if index == -1:
            parent = number.value
        else:
            at = index
            if not scan.items[index].parent:
                family = style
        if number.family == "bare" and begin > 0 and not re.match(r"[A-H√×对错]", folded[number.end :]):
            continue
        marks.append((index, number))
    if marks:
        scan.family, scan.parent = family, parent
    return marks


def _target(
    scan: Scan, at: int, number: Number, style: str, family: str, parent: int, *, line_start: bool
) -> int | None:
    """The index of the item that a number in the key means, -1 for a parent's number, None where it means none."""
    following = scan.items[at + 1] if at + 1 < len(scan.items) else None
    if following and following.parent:
        if style in ("paren", "circle") and following.value == number.value:
            return at + 1
        if style == "plain" and following.parent == number.value and following.value == 1:
            return -1
        if style == "plain" and family == "plain" and following.value == number.value and parent == following.parent:
            return at + 1
    if family and style != family:
        return None
    strict = following is not None and not following.parent and following.value == number.value
    if strict:
        return at + 1
    if not line_start:
        return None
    order = [
        i for i in range(at + 1, len(scan.items)) if scan.items[i].value == number.value and not scan.items[i].parent
    ]
    if order:
        return order[0]
    parents = [i for i in range(at + 1, len(scan.items)) if scan.items[i].parent == number.value]
    if parents:
        scan.at = parents[0] - 1
        return -1
    return None


def _read_unnumbered(scan: Scan, text: str, folded: str) -> None:
    left = scan.items[scan.at + 1 :]
    run = LETTER_RUN.fullmatch(folded)
    if run and left and not scan.open:
        tokens = re.findall(r"[A-H]+|[√×对错TF]+", folded)
        letters = list("".join(tokens))
        answers = tokens if len(tokens) == len(left) else letters if len(letters) <= len(left) else []
        for answer in answers:
            give(scan, scan.at + 1, answer)
        scan.open = False
        if answers:
            return
    if scan.open:
        go_on(scan, text)
    elif len(scan.items) == 1 and scan.at < 0:
        give(scan, 0, text)
