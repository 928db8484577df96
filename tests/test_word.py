"""Word documents give numbers, tabs, tables, stress and merged cells as a reader sees them."""

import docx
import pytest
from docx.enum.text import WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import RGBColor
from made_files import read, saved

from corpora.readers.word_numbering import chinese_number


def numbered(document: object, paragraph: object, form: str, text: str, number: int) -> None:
    """Gives the paragraph automatic number `number` of a list of its own kind."""
    root = document.part.numbering_part.element  # type: ignore[attr-defined]
    if not any(found.get(qn("w:numId")) == str(number) for found in root.iter(qn("w:num"))):
        abstract = OxmlElement("w:abstractNum")
        abstract.set(qn("w:abstractNumId"), str(number))
        level = OxmlElement("w:lvl")
        level.set(qn("w:ilvl"), "0")
        for tag, value in (("w:start", "1"), ("w:numFmt", form), ("w:lvlText", text)):
            element = OxmlElement(tag)
            element.set(qn("w:val"), value)
            level.append(element)
        abstract.append(level)
        root.insert(0, abstract)
        entry = OxmlElement("w:num")
        entry.set(qn("w:numId"), str(number))
        link = OxmlElement("w:abstractNumId")
        link.set(qn("w:val"), str(number))
        entry.append(link)
        root.append(entry)
    properties = OxmlElement("w:numPr")
    for tag, value in (("w:ilvl", "0"), ("w:numId", str(number))):
        element = OxmlElement(tag)
        element.set(qn("w:val"), value)
        properties.append(element)
    paragraph._p.get_or_add_pPr().append(properties)  # type: ignore[attr-defined]


def test_word_numbers_tabs_tables_and_page_breaks() -> None:
    document = docx.Document()
    numbered(document, document.add_paragraph("选择题"), "chineseCounting", "%1、", 901)
    numbered(document, document.add_paragraph("谁？"), "decimal", "%1．", 902)
    document.add_paragraph("A. 甲\tB. 乙")
    paragraph = document.add_paragraph("何处")
    numbered(document, paragraph, "decimal", "%1．", 902)
    for text, underline in (("      ", True), ("见", False), ("山", True)):
        paragraph.add_run(text).underline = underline
    document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(
        [cell for row in table.rows for cell in row.cells], ["题号", "1", "答案", '"B"'], strict=True
    ):
        cell.text = text
    document.sections[0].header.paragraphs[0].text = "页眉"
    raw = saved(document)
    assert read("a.docx", raw).split("\n") == [
        "一、 选择题", "1． 谁？", "A. 甲\tB. 乙", "2． 何处____见山", "", "\f", "", "题号\t1", '答案\t"""B"""', "",
    ]  # fmt: skip
    assert "何处____见<u>山</u>" in read("a.docx", raw, underlines=True)


def test_word_stress_headings_merged_cells_and_numbers_that_run_on() -> None:
    document = docx.Document()
    document.add_heading("一、单选", 2)
    paragraph = document.add_paragraph("A. 甲  ")
    paragraph.add_run("B. 乙").bold = True
    grey = paragraph.add_run("  C. 丙")
    grey.font.color.rgb = RGBColor(0x33, 0x33, 0x33)
    table = document.add_table(rows=2, cols=2)
    for row, text in enumerate(["甲是乙。", "乙是丙。"]):
        table.cell(row, 1).text = text
    table.cell(0, 0).merge(table.cell(1, 0)).text = "判断"
    raw = saved(document)
    assert read("a.docx", raw, underlines=True).split("\n") == [
        "# 一、单选", "A. 甲  <b>B. 乙</b>  C. 丙", "判断\t甲是乙。", "判断\t乙是丙。", "",
    ]  # fmt: skip
    assert read("a.docx", raw).split("\n")[:2] == ["一、单选", "A. 甲  B. 乙  C. 丙"]


def test_word_numbers_that_count_on_under_new_headings() -> None:
    document = docx.Document()
    numbered(document, document.add_paragraph("单选"), "chineseCounting", "%1、", 903)
    root = document.part.numbering_part.element
    (abstract,) = [found for found in root.iter(qn("w:abstractNum")) if found.get(qn("w:abstractNumId")) == "903"]
    level = OxmlElement("w:lvl")
    level.set(qn("w:ilvl"), "1")
    for tag, value in (("w:start", "1"), ("w:numFmt", "decimal"), ("w:lvlRestart", "0"), ("w:lvlText", "%2.")):
        element = OxmlElement(tag)
        element.set(qn("w:val"), value)
        level.append(element)
    abstract.append(level)
    for text, depth in (("谁？", "1"), ("判断", "0"), ("甲是乙。", "1")):
        paragraph = document.add_paragraph(text)
        numbered(document, paragraph, "", "", 903)
        paragraph._p.find(f"{qn('w:pPr')}/{qn('w:numPr')}/{qn('w:ilvl')}").set(qn("w:val"), depth)
    assert read("a.docx", saved(document)).split("\n") == ["一、 单选", "1. 谁？", "二、 判断", "2. 甲是乙。", ""]


@pytest.mark.parametrize(
    ("value", "written"), [(1, "一"), (10, "十"), (12, "十二"), (20, "二十"), (35, "三十五"), (120, "一二零")]
)
def test_chinese_number(value: int, written: str) -> None:
    assert chinese_number(value) == written
