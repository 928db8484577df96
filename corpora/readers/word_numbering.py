"""Word's automatic numbering: a document's list definitions in, the label before each paragraph out (1. A. 一、 （1） ①)."""

import re

from docx.document import Document as WordDocument
from docx.oxml.ns import qn
from lxml import etree

CHINESE = "零一二三四五六七八九"
CHINESE_FORMATS = (
    "chineseCounting",
    "chineseCountingThousand",
    "ideographDigital",
    "japaneseCounting",
    "taiwaneseCounting",
)


class Numbering:
    """Counts the numbered paragraphs of one document; call `label` once for each, in order."""

    def __init__(self, document: WordDocument) -> None:
        self.levels: dict[tuple[str, int], tuple[str, str, int]] = {}  # (list, level): format, text, start
        self.lists: dict[str, str] = {}  # numId: the definition it counts with
        self.restarts: dict[tuple[str, int], int] = {}  # (numId, level): own start
        self.running: set[tuple[str, int]] = set()  # (list, level) that counts on under a new higher number
        self.counts: dict[str, list[int]] = {}
        self.seen: set[str] = set()
        self.styles = {style.get(qn("w:styleId")): style for style in document.styles.element.iter(qn("w:style"))}
        try:
            root = document.part.numbering_part.element
        except (KeyError, NotImplementedError):
            return
        for definition in root.iter(qn("w:abstractNum")):
            name = definition.get(qn("w:abstractNumId"))
            for level in definition.iter(qn("w:lvl")):
                self._add_level(name, level)
        for number in root.iter(qn("w:num")):
            abstract = number.find(qn("w:abstractNumId"))
            name = number.get(qn("w:numId"))
            self.lists[name] = abstract.get(qn("w:val")) if abstract is not None else ""
            for override in number.iter(qn("w:lvlOverride")):
                start = override.find(qn("w:startOverride"))
                if start is not None:
                    self.restarts[name, _number(override, "w:ilvl")] = _number(start, "w:val")

    def _add_level(self, name: str, level: etree._Element) -> None:
        def value(tag: str, default: str) -> str:
            found = level.find(qn(tag))
            return (found.get(qn("w:val")) or default) if found is not None else default

        start = value("w:start", "1")
        self.levels[name, _number(level, "w:ilvl")] = (
            value("w:numFmt", "decimal"),
            value("w:lvlText", ""),
            int(start) if start.isdigit() else 1,
        )
        if value("w:lvlRestart", "") == "0":
            self.running.add((name, _number(level, "w:ilvl")))

    def label(self, paragraph: etree._Element) -> str:
        """The label and a blank, or empty for a paragraph without a number; a bullet is •."""
        name, level = self._list_of(paragraph)
        definition = self.lists.get(name)
        if definition is None or (definition, level) not in self.levels:
            return ""
        counts = self.counts.setdefault(definition, [0] * 9)
        form, text, start = self.levels[definition, level]
        if name not in self.seen:  # a list of its own with an own start begins anew
            self.seen.add(name)
            for (owner, at), own in self.restarts.items():
                if owner == name and at < 9:
                    counts[at] = own - 1
        if counts[level] == 0:
            counts[level] = start - 1
        counts[level] += 1
        for below in range(level + 1, 9):
            counts[below] = counts[below] if (definition, below) in self.running else 0
        if form == "bullet":
            return "• "
        if form == "none":
            return ""

        def shown(found: re.Match[str]) -> str:
            at = int(found[1]) - 1
            return _written(max(1, counts[at]), self.levels.get((definition, at), (form, "", 1))[0])

        return re.sub(r"%([1-9])", shown, text) + " "

    def is_heading(self, paragraph: etree._Element) -> bool:
        """Whether the paragraph's style is a title or a heading of some level."""
        named = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
        style = self.styles.get(named.get(qn("w:val"))) if named is not None else None
        name = style.find(qn("w:name")) if style is not None else None
        return name is not None and bool(re.match(r"heading|title|标题", (name.get(qn("w:val")) or "").lower()))

    def _list_of(self, paragraph: etree._Element) -> tuple[str, int]:
        """The paragraph's list and level: its own, else those of its style or of the styles that one is based on."""
        own = paragraph.find(f"{qn('w:pPr')}/{qn('w:numPr')}")
        if own is not None:
            return _of(own)
        named = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
        style = self.styles.get(named.get(qn("w:val"))) if named is not None else None
        for _ in range(10):
            if style is None:
                break
            own = style.find(f"{qn('w:pPr')}/{qn('w:numPr')}")
            if own is not None:
                return _of(own)
            base = style.find(qn("w:basedOn"))
            style = self.styles.get(base.get(qn("w:val"))) if base is not None else None
        return "", 0


def _of(properties: etree._Element) -> tuple[str, int]:
    number, level = properties.find(qn("w:numId")), properties.find(qn("w:ilvl"))
    name = (number.get(qn("w:val")) or "") if number is not None else ""
    return name, min(8, _number(level, "w:val")) if level is not None else 0


def _number(element: etree._Element, attribute: str) -> int:
    written = element.get(qn(attribute)) or "0"
    return int(written) if written.isdigit() else 0


def _written(value: int, form: str) -> str:
    if form in ("upperLetter", "lowerLetter"):
        letter = chr(ord("A") + (value - 1) % 26)
        return letter if form == "upperLetter" else letter.lower()
    if form in CHINESE_FORMATS:
        return chinese_number(value)
    if form.startswith("decimalEnclosedCircle") and value <= 20:
        return chr(ord("①") + value - 1)
    if form == "decimalEnclosedParen" and value <= 20:
        return chr(ord("⑴") + value - 1)
    if form in ("upperRoman", "lowerRoman"):
        roman = "".join(_roman_digits(value))
        return roman if form == "upperRoman" else roman.lower()
    return str(value)


def chinese_number(value: int) -> str:
    """一 to 九十九 as written before headings; larger numbers digit by digit."""
    if value >= 100:
        return "".join(CHINESE[int(digit)] for digit in str(value))
    tens, ones = divmod(value, 10)
    head = "" if tens == 0 else "十" if tens == 1 else CHINESE[tens] + "十"
    return head + (CHINESE[ones] if ones or not tens else "")


def _roman_digits(value: int) -> list[str]:
    digits = []
    for number, sign in ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")):
        count, value = divmod(value, number)
        digits.append(sign * count)
    return digits
