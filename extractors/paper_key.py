"""The lines of a key and the numbered items of its paper in, what the key says of each item out.

一、1-5 BACDA  6-10 DABCD        a grid; several letters an answer need blanks between: 1-3 ABD AC ABCD
1.B  2、C  3 D                   a list, over lines or in one; 23.元 施耐庵  24.白胜
题号 1 2 3 / 答案 B A C          a table; also one row a number: 1 <tab> B
一、BACDA DCBAD                  a section's letters without numbers
1.（1）……（2）……                 the parts of an item
"""

import itertools
import re

from extractors.paper_items import Section
from extractors.paper_key_lines import TYPE_LABEL, key_pieces
from extractors.paper_key_rows import LETTER_RUN, Scan, explain, give, go_on, means, read_cells, read_range, read_row
from extractors.paper_key_sections import items_under, plain_name, section_of_type
from extractors.paper_marks import Number, number_at
from extractors.paper_text import Line, fold
from extractors.question_headings import field_of

EXPLAINS_ONE = re.compile(r"\W*(?:小问)?\s*(\d{1,3})\s*(?:小?题)?详解\W*")  # 【小问1详解】
RANGE = re.compile(r"(?<![\d.])(\d{1,3})\s*(?:[-~—–]|至|到)+\s*(\d{1,3})\s*题?\s*[:.、)\]]*\s*")
PAIR = re.compile(r"(?<![\d.a-z])(\d{1,3})\s*(?:→|[-=—]+>?)?\s*(?=(?:[A-H]{1,6}|[√×对错TF])(?:$|[\s;,。、；\d(]))")
EXPLAINS = re.compile(r"\W*(?:试题|答案|部分|参考)?(?:解析|详解|详细解答|答案详解|试题分析)\W*")
ROW_HEAD = re.compile(r"(?:题号|序号|题目|题)[\s:]+(?=\d)")
ANSWER_ROW = re.compile(r"(?:参考|正确)?(?:答案?|选项)[\s:]+")


def read_key(lines: list[Line], sections: list[Section]) -> dict[int, str]:
    """The printed answer, explanations included, by the `id()` of each item that the key names."""
    every = [item for section in sections for item in section.items]
    scan = Scan(every)
    numbers: list[str] | None = None  # of a table's head row
    columns: list[str] = []  # of a table with a row for each number
    names = {plain_name(section) for section in sections if section.items}
    for line in itertools.chain.from_iterable(key_pieces(line, names) for line in lines):
        text = line.text
        if EXPLAINS.fullmatch(line.folded) and scan.given:
            scan.items, scan.at, scan.family, scan.open, scan.explaining = every, -1, "", False, True
            continue
        if (one := EXPLAINS_ONE.fullmatch(line.folded)) and explain(scan, int(one[1])):
            continue
        found = items_under(line.folded, sections, scan)
        if line.title and not found and not number_at(line.folded):  # 解析一览, or what a page has under the key
            scan.open = False
            continue
        if found:
            scan.items, end = found
            scan.at, scan.family, scan.open, scan.parent = -1, "", False, 0
            text = text[end:]
            if not text.strip(" :：、.．。"):
                continue
        elif label := TYPE_LABEL.match(line.folded):  # 判断：1.√, whether a heading in the paper names the type or none
            named = section_of_type(label[0].strip(" :"), sections, scan)
            scan.items, scan.at, scan.family, scan.open = named.items if named else every, -1, "", False
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


def _read_text(scan: Scan, text: str, folded: str) -> None:
    """One line of a key: grids, then numbered answers, then letters alone, else more of the last answer."""
    rings = re.findall(r"[①-⑧]", folded)
    left = scan.items[scan.at + 1 :]
    if len(rings) == len(left) > 1 and re.fullmatch(r"[①-⑧\s,、;.。]+", folded):  # ③②② for options in circles
        for ring in rings:
            give(scan, scan.at + 1, ring)
        scan.open = False
        return
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
    in_chinese = any(item.family == "chinese" for item in scan.items)
    for found in re.finditer(
        r"(?:^|(?<=[\s;,.。:)、\]A-H√×对错]))(?=[\d\[第Q题⒈-⒛Ⅰ-ⅫIVX])|(?=[(①-⒇])|(?:^|(?<=[\s;]))(?=[一二三四五六七八九十]+、)",
        folded,
    ):
        begin = found.start()
        if marks and begin < marks[-1][1].end:
            continue
        number = number_at(folded, begin)
        if number and number.begin != begin:  # a filled bracket before it, as in （√）2.
            number = None
        if not number and (pair := PAIR.match(folded, begin)):
            number = Number("plain", int(pair[1]), begin, pair.end(), False)
        if number and number.family == "roman" and all(item.family != "roman" for item in scan.items):
            continue
        if not number or number.family == "ask" or (number.family == "chinese" and not in_chinese):
            continue
        part = at + 1 < len(scan.items) and scan.items[at + 1].parent and number.family in ("paren", "circle")
        glued = (
            begin > 0
            and not part
            and not folded[begin - 1].isspace()
            and folded[begin - 1] not in ";。)]" + "," * (number.family == "plain" and not number.weak)
        )
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
        if number.family == "bare" and begin > 0 and not re.match(r"[A-H√×对错T]", folded[number.end :]):
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
    if following is not None and means(scan, following, number.value):
        return at + 1
    before = scan.items[at - 1] if at > 0 else None  # of a key that is printed backwards
    if before and not before.parent and before.value == number.value and id(before) not in scan.given:
        return at - 1
    if not line_start:
        return None
    order = [i for i in range(at + 1, len(scan.items)) if means(scan, scan.items[i], number.value)]
    if order:
        return order[0]
    parents = [i for i in range(at + 1, len(scan.items)) if scan.items[i].parent == number.value]
    if parents:
        scan.at = parents[0] - 1
        return -1
    return None


def _read_unnumbered(scan: Scan, text: str, folded: str) -> None:
    left = scan.items[scan.at + 1 :]
    run = LETTER_RUN.fullmatch(re.sub(r"\s*\([^()]*\d\s*分[^()]*\)$", "", folded))  # BCA（每题3分）
    if run and left and not scan.open:
        tokens = re.findall(r"[A-H]+|[√×对错TF]+", run[0])
        letters = list("".join(tokens))
        answers = tokens if len(tokens) == len(left) else letters if len(letters) <= len(left) else []
        if len(tokens) == 1 and scan.lines:  # a line for each: B, then AC
            answers = tokens
        scan.lines = len(tokens) == 1 and (len(letters) == 1 or scan.lines)
        for answer in answers:
            give(scan, scan.at + 1, answer)
        scan.open = False
        if answers:
            return
    if scan.open:
        go_on(scan, text)
    elif len(scan.items) == 1 and scan.at < 0:
        give(scan, 0, text)
