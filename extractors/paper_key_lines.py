"""A line of a key as printed in, plainer lines with one type's answers each out.

单选：1.a；判断：2.√        单选：1.A        判断：2.√
判断题答案：1-√，2-×       判断题：1. √，2. ×
"""

import itertools
import re
from collections.abc import Collection

from extractors.paper_marks import TYPE_WORD
from extractors.paper_text import Line, fold

OWN = re.compile(rf"\W*({TYPE_WORD.pattern})\s*的?(?:参考|正确|标准)?答案\s*[\]:]+\s*(?=\S)")
DASHED = re.compile(r"(?:^|(?<=[\s，,；;：:、]))(\d{1,3}) ?[-—–] ?(?=[^\d\s\-—–])")  # 8-十八，9-宋江
CELL = re.compile(rf"^((?:[一二三四五六七八九十]+、)?(?:{TYPE_WORD.pattern}))\t(?=\S)")
SMALL = re.compile(r"(?<![A-Za-z])[a-h]{1,6}(?![A-Za-z])")
DRAWN = re.compile(r"_+\s*([A-Ha-h√×✓✗对错]{1,6})\s*_+")
LEAD = re.compile(r"\W*(?:(?:参考|正确|标准)?答案|key|answers?)\s*[\]:]+\s*(?=\(?\d|第\s*\d|[①⑴⒈]|[A-H√×])", re.I)
TYPE_LABEL = re.compile(rf"(?:^|(?<=[;,。\s]))(?:{TYPE_WORD.pattern})\s*:(?=\s*\S)")
LABELLED = re.compile(r"[^\d:：。、（(]{1,10}[:：]\s*(?=\d{1,3}\s*(?:[-~—–至]\s*\d|[.．、)）]))")
GROUP = re.compile(
    r"(?:(√|正确|对)|×|错误?|不正确|不对)(?:的)?(?:有|是|题号)?\s*[:：]\s*(\d{1,3}(?:\s*[、,，\s]\s*\d{1,3})*)(?!\s*[.．\d])[;；。，,]?"
)
LATIN = re.compile("[i-zI-Z]")  # words, so that a lone a is one too


def ungrouped(text: str) -> list[str]:
    """对的：1、3；错的：2 as 1.√, 2.× and 3.√, one a line, and other text as it is."""
    groups = GROUP.findall(text)
    around = GROUP.sub("", text).strip(" 答案：:")
    if not groups or not re.fullmatch("(?:[一二三四五六七八九十]+[、.．])?", around):
        return [text]
    marks = {int(n): "√" if right else "×" for right, numbers in groups for n in re.findall(r"\d+", numbers)}
    return [around] * bool(around) + [f"{n}.{mark}" for n, mark in sorted(marks.items())]


def key_pieces(line: Line, names: Collection[str] = ()) -> list[Line]:
    """The line, parted where the answers of another type begin: 单选：1.A；判断：2.√

    `names` are what the paper's sections are called. Option letters become capitals, lines drawn under an answer (__B__)
    go, and so does 答案： before a number.
    """
    texts = ungrouped(line.text)
    if len(texts) > 1:
        return [Line(line.number, text, fold(text), line.after_blank, line.page) for text in texts]
    text = DRAWN.sub(r" \1 ", texts[0])
    if not LATIN.search(text):
        text = SMALL.sub(lambda found: found[0].upper(), text)
    text = DASHED.sub(r"\1. ", text)
    text = CELL.sub(r"\1：", text)  # a table with a row for each type
    if own := OWN.match(fold(text)):  # 判断题答案：
        text = f"{own[1]}：{text[own.end() :]}"
    if (
        (label := LABELLED.match(text)) and not TYPE_WORD.search(label[0]) and label[0].strip(" :：") not in names
    ):  # A 级：1-3 ABB
        text = text[label.end() :]
    if (lead := LEAD.match(fold(text))) and lead.end() < len(text):
        text = text[lead.end() :]
    line = Line(line.number, text, fold(text), line.after_blank, line.page, line.title)
    begins = [0, *(found.start() for found in TYPE_LABEL.finditer(line.folded) if found.start() > 0), len(line.text)]
    if len(begins) < 3:
        return [line]
    parts = [line.text[a:b].rstrip(" ;；") for a, b in itertools.pairwise(begins)]
    return [Line(line.number, part, fold(part), line.after_blank, line.page, line.title) for part in parts if part]
