"""A Word file's bytes (.docx) in, its text out: a line a paragraph, with the numbers that Word itself counts.

Tabs stay, page breaks are form feeds, a table row is a line with tabs, underlined blanks are ____. Headers, footers,
footnotes, deleted words and field codes are left out. Of a paper's layout <u>underlined</u>, <b>bold, coloured or
highlighted</b> words and "# " before a heading are kept where they are asked for (`underlines`).
"""

import io
import re
from collections.abc import Iterator

import docx
from docx.oxml.ns import qn
from lxml import etree

from corpora.errors import BadInput
from corpora.readers.archive import open_archive, refuse_declarations
from corpora.readers.limits import ReaderLimits
from corpora.readers.rows import tab_row
from corpora.readers.word_numbering import Numbering

SKIPPED = frozenset(
    qn(name) for name in ("w:instrText", "w:delText", "w:del", "w:footnoteReference", "w:pPr", "w:rPr", "w:sectPr")
)
SYMBOLS = {"F0FC": "√", "F050": "√", "F052": "√", "F0FE": "√", "F0FB": "×", "F04F": "×", "F054": "×", "F0D5": "×"}


def docx_text(raw: bytes, underlines: bool, limits: ReaderLimits) -> str:
    """The body's lines. Raises BadInput on what `open_archive` refuses, and on a file that is no Word document."""
    members = open_archive(raw, limits)
    refuse_declarations(members, doctypes=False)
    if b"macroEnabled" in members.get("[Content_Types].xml", b""):
        raise BadInput("the file is a macro document under another name; save it as .docx")
    try:
        document = docx.Document(io.BytesIO(raw))
    except (KeyError, ValueError, etree.XMLSyntaxError) as error:
        if "unknown error" in str(error):  # what libxml2 says when it gets no more memory
            raise MemoryError from None
        raise BadInput(f"no Word document is inside ({error}); open it in Word and save it as .docx") from None
    numbering = Numbering(document)
    lines = [line for block in document.element.body for line in _block(block, numbering, underlines)]
    return "\n".join(lines) + "\n"


def _block(element: etree._Element, numbering: Numbering, underlines: bool) -> Iterator[str]:
    if element.tag == qn("w:p"):
        yield from _paragraph(element, numbering, underlines)
    elif element.tag == qn("w:tbl"):
        above: list[str] = []
        for row in element.iter(qn("w:tr")):
            if next(row.iterancestors(qn("w:tbl"))) is element:
                yield from _row(row, numbering, underlines, above)
    elif element.tag in (qn("w:sdt"), qn("w:sdtContent"), qn("w:ins"), qn("w:smartTag"), qn("w:customXml")):
        for child in element:
            yield from _block(child, numbering, underlines)


def _row(row: etree._Element, numbering: Numbering, underlines: bool, above: list[str]) -> list[str]:
    """One line for a row; a table that only lays out the page keeps the lines of its cells.

    A short cell that goes on from the row `above` (its cells' text, which is brought up to date) is repeated.
    """
    cells: list[list[str]] = []
    for cell in row.iterchildren(qn("w:tc"), qn("w:sdt")):
        lines = [line for block in cell for line in _block(block, numbering, underlines) if line.strip()]
        merged = cell.find(f"{qn('w:tcPr')}/{qn('w:vMerge')}")
        if merged is not None and merged.get(qn("w:val")) != "restart" and not lines and len(cells) < len(above):
            lines = [above[len(cells)]] if 0 < len(above[len(cells)]) <= 20 else []
        cells.append(lines)
    above[:] = [" ".join(lines) for lines in cells]
    alone = sum(bool(lines) for lines in cells) <= 1
    if (alone and (len(cells) == 1 or any(len(lines) > 1 for lines in cells))) or any(
        len(lines) > 6 for lines in cells
    ):
        return [line for lines in cells for line in lines]
    return [tab_row([" ".join(lines).replace("\t", " ") for lines in cells])]


def _paragraph(paragraph: etree._Element, numbering: Numbering, underlines: bool) -> list[str]:
    parts = list(_runs(paragraph, underlines))
    text = re.sub(r"</u><u>|</b><b>", "", "".join(parts))
    text = re.sub(r"<u>([\s_]*)</u>", lambda found: "____" if found[1] else "", text)
    if not underlines:
        text = re.sub(r"</?u>", "", text)
    boxes = [
        line
        for box in paragraph.iter(qn("w:txbxContent"))
        if not any(parent.tag.endswith("}Fallback") for parent in box.iterancestors())
        for block in box
        for line in _block(block, numbering, underlines)
    ]
    if text.strip():
        text = ("# " if underlines and numbering.is_heading(paragraph) else "") + numbering.label(paragraph) + text
    if paragraph.find(f"{qn('w:pPr')}/{qn('w:pageBreakBefore')}") is not None:
        text = "\f\n" + text
    return [*text.split("\n"), *boxes]


def _runs(element: etree._Element, underlines: bool) -> Iterator[str]:
    """The paragraph's pieces; underlined ones in <u>…</u>."""
    for child in element:
        tag = child.tag
        if (
            tag in SKIPPED
            or not isinstance(tag, str)
            or tag.endswith(("}drawing", "}pict", "}AlternateContent", "}object"))
        ):
            continue
        if tag == qn("w:r"):
            said = "".join(_runs(child, underlines))
            mark = child.find(f"{qn('w:rPr')}/{qn('w:u')}")
            if mark is not None and mark.get(qn("w:val")) != "none" and said:
                said = f"<u>{said}</u>"
            yield f"<b>{said}</b>" if underlines and said.strip() and _is_stressed(child) else said
        elif tag == qn("w:t"):
            yield child.text or ""
        elif tag in (qn("w:tab"), qn("w:ptab")):
            yield "\t"
        elif tag == qn("w:br"):
            yield "\n\f\n" if child.get(qn("w:type")) == "page" else "\n"
        elif tag == qn("w:cr"):
            yield "\n"
        elif tag == qn("w:noBreakHyphen"):
            yield "-"
        elif tag == qn("w:sym"):
            yield SYMBOLS.get((child.get(qn("w:char")) or "").upper(), "")
        else:
            yield from _runs(child, underlines)


def _is_stressed(run: etree._Element) -> bool:
    """Whether the run is bold, highlighted, shaded, or in a colour that is no shade of black."""

    def value(tag: str, attribute: str = "w:val") -> str | None:
        found = run.find(f"{qn('w:rPr')}/{qn(tag)}")
        return None if found is None else (found.get(qn(attribute)) or "")

    colour, fill = value("w:color") or "auto", value("w:shd", "w:fill") or "auto"
    return (
        value("w:b") not in (None, "0", "false", "off")
        or value("w:highlight") not in (None, "none")
        or (colour != "auto" and not re.fullmatch(r"([0-6].)\1\1", colour))
        or (fill != "auto" and fill.upper() != "FFFFFF")
    )
