"""One element of a web page and the text within it in, the line or lines it gives out: rows, list items, buttons, stress."""

import re

from corpora.readers.rows import tab_row

Attributes = dict[str, str | None]

CELL = "\x1f"  # ends a cell until its row is whole; tabs may stand in a table within
LETTER = "\x00"  # follows the letter of a radio button or tick box until the page is whole
NUMBERED = re.compile(
    r"\s*(?:<b>)?(?:第\s*\d+|[（(【]?\s*\d{1,3}\s*[.．、:：)）】]|[A-HＡ-Ｈa-h]\s*[.．、:：)）]|[A-HＡ-Ｈ](?=[\u4e00-\u9fff《“])|[①-⑳]|[一二三四五六七八九十]+\s*[、.．])"
)
SHORT = 20  # characters of a cell that is repeated in the rows it fills
RIGHT = frozenset("right correct true answer key yes active selected bingo".split())
COLOURED = re.compile(
    r"(?<![-\w])(?:color|background(?:-color)?)\s*:\s*(?!black|#[0-6]{3,6}|gr[ae]y|inherit|white|#f{3,6})", re.I
)
HEAVY = re.compile(r"font-weight\s*:\s*(?:bold|[6-9]00)", re.I)
ASKED = re.compile("解析|详解|提示|说明")


def carry_down(text: str, spans: list[int], carried: dict[int, tuple[int, str]]) -> str:
    """The row with the short cells that fill several rows, such as a type for some questions, in each of them.

    `spans` has how many rows each cell fills, `carried` by column what is left of earlier ones; it is brought up to
    date. Long cells lay out the page and are given once.
    """
    own = list(zip(text.strip("\n").removesuffix(CELL).split(CELL), spans, strict=False))
    if len(own) != len(spans):
        return text
    cells: list[str] = []
    while own or len(cells) in carried:
        column = len(cells)
        if column in carried:
            left, said = carried.pop(column)
            if left > 1:
                carried[column] = (left - 1, said)
        else:
            said, span = own.pop(0)
            if span > 1 and len(said) <= SHORT and "\n" not in said.strip():
                carried[column] = (span - 1, said)
            elif span > 1:
                carried[column] = (span - 1, "")
        cells.append(said)
    return CELL.join(cells) + CELL


def row_lines(text: str) -> str:
    """One line for a row; a table that only lays out the page keeps its lines."""
    cells = [cell.strip(" \n") for cell in text.strip("\n").removesuffix(CELL).split(CELL)]
    if sum(bool(cell) for cell in cells) <= 1 and (len(cells) == 1 or any("\n" in cell for cell in cells)):
        return "\n".join(cell for cell in cells if cell)
    if any(cell.count("\n") > 5 for cell in cells):
        return "\n".join(cells)
    return tab_row([re.sub(r"\s*\n\s*", " ", cell) for cell in cells])


def list_item(text: str, tag: str, attributes: Attributes, count: int, depth: int, *, bullets: bool) -> str:
    """The item with its number or letter; `count` is its place in the list, `tag` and `attributes` are the list's.

    Items without either have a • in lists within lists, and with `bullets` in all.
    """
    text = text.strip(" \n")
    if NUMBERED.match(text):
        return text
    shape = f"{attributes.get('type') or ''} {attributes.get('style') or ''} {attributes.get('class') or ''}"
    if re.match(r"[Aa] ", shape) or "-alpha" in shape or "-latin" in shape:
        return f"{chr(64 + min(count, 26))}. {text}"
    if tag != "ol":
        return f"• {text}" if text and (depth > 1 or bullets) else text
    return f"({count}) {text}" if depth > 1 else f"{count}. {text}"


def input_text(attributes: Attributes, buttons: dict[str, int]) -> str:
    """A blank for a field, a letter for a radio button: its value, else its place among those of its name."""
    kind = (attributes.get("type") or "text").lower()
    if kind in ("radio", "checkbox"):
        value, name = (attributes.get("value") or "").strip(), attributes.get("name") or ""
        if re.fullmatch("[A-Ha-h]", value):
            return f"\n{value.upper()}{LETTER}"
        buttons[name] = buttons.get(name, 0) + 1
        return f"\n{chr(64 + buttons[name])}{LETTER}" if name and buttons[name] <= 8 else " "
    return "____" if kind in ("text", "number") and (attributes.get("id") or "") != "q" else ""


def summary_text(text: str) -> str:
    """What a line to click on stands for: 点我看答案 is the label of the answer under it."""
    if len(text.strip()) > 16 or re.fullmatch(r"\W*(?:参考|正确|标准)?答案\W*", text):
        return text
    return "答案：" if "答案" in text else "解析：" if ASKED.search(text) else text


def is_stressed(tag: str, attributes: Attributes) -> bool:
    """Whether the element is set off as the right one is: bold, coloured, or of a class that says so."""
    style = attributes.get("style") or ""
    words = set(re.split(r"[\s_\-]+", (attributes.get("class") or "").lower()))
    colour = (attributes.get("color") or "").lower()
    return bool(
        tag in ("b", "strong", "mark", "em")
        or COLOURED.search(style)
        or HEAVY.search(style)
        or words & RIGHT
        or (tag == "font" and colour and not re.fullmatch(r"black|#?([0-6])\1*", colour))
        or any((attributes.get(name) or "").lower() in ("true", "1") for name in ("data-correct", "data-right"))
    )


def page_lines(text: str) -> str:
    """The text with blank lines halved, trailing blanks gone, and a button's letter given once."""
    text = text.replace(CELL, "\n")  # a cell outside any row
    text = re.sub(rf"([A-H]){LETTER}\s*((?:<b>)?)(?:\1\s*([.．、:：)）])\s*|)", r"\1. \2", text).replace("\xa0", " ")
    lines = [line.strip(" ") if line.strip() else "" for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n") + "\n"
