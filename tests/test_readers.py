"""Every file format gives its text, and a hostile file one sentence within the limits; all files are made on the spot."""

import io
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import docx
import openpyxl
import pypdf
import pytest
from docx.enum.text import WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import RGBColor
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.errors import BadInput
from corpora.load import load_document, source_for_path
from corpora.readers.limits import LIMITS
from corpora.readers.read import read_text
from corpora.readers.webpage import decode_page, page_text
from corpora.readers.word_numbering import chinese_number

SMALL = replace(LIMITS, unpacked_bytes=4 << 20, cells=1000, cell_characters=1000, pages=3, seconds=20.0)


def read(name: str, raw: bytes, **more: object) -> str:
    return read_text(Path(name), raw, limits=SMALL, **more)[0]  # type: ignore[arg-type]


def refusal(name: str, raw: bytes) -> str:
    with pytest.raises(BadInput) as caught:
        read(name, raw)
    said = str(caught.value)
    assert said.startswith(f"{name}: ") and "\n" not in said
    return said


def packed(members: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return written.getvalue()


def saved(document: object) -> bytes:
    written = io.BytesIO()
    document.save(written)  # type: ignore[attr-defined]
    return written.getvalue()


def repacked(raw: bytes, **changed: bytes) -> bytes:
    """The archive with members added or replaced; their names with __ for / and _dot_ for the dot."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members |= {name.replace("__", "/").replace("_dot_", "."): data for name, data in changed.items()}
    return packed(members)


# --- web pages ---------------------------------------------------------------------------------------------------

PAGE = """<html><head><meta charset="gb2312"><title>题库</title><script>var a="1. 题 A. 甲";</script></head><body>
<ul class="nav"><li><a href="/">首页</a></li><li><a href="/x">题库</a></li></ul>
<div id="content"><h2>一、单选题</h2>
<p>&nbsp;&nbsp;1. 谁是<u>&nbsp;&nbsp;&nbsp;</u>？（&nbsp;&nbsp;）<br/>A. 甲&nbsp;&nbsp;B. 乙</p>
<div style="display:none">答案：B</div><!-- 2. 广告 A.是 -->
<ol start="2"><li>何处？<ol type="A"><li>山</li><li>水</li></ol></li><li>3、几时？</li></ol>
<table><tr><th>题号</th><th>答案</th></tr><tr><td>1</td><td>B</td></tr></table>
<p>着重<u>号</u></p></div>
<div class="rel"><ol><li><a href="#">1、别的题</a></li><li><a href="#">2、还有题</a></li></ol></div>
<div>友情：<a href="#">甲站</a> <a href="#">乙站</a></div></body></html>"""


def test_a_page_gives_its_content_and_its_hidden_answers() -> None:
    text, encoding = read_text(Path("a.html"), PAGE.encode("gbk"))
    assert encoding == "gb18030"
    assert [line.strip() for line in text.splitlines() if line.strip()] == [
        "一、单选题",
        "1. 谁是____？（  ）",
        "A. 甲  B. 乙",
        "答案：B",
        "2. 何处？",
        "A. 山",
        "B. 水",
        "3、几时？",
        "题号\t答案",
        "1\tB",
        "着重号",
    ]
    assert "着重<u>号</u>" in read("a.html", PAGE.encode("gbk"), underlines=True)


def test_forms_and_cells() -> None:
    page = """<form><div data-answer="A">谁？<label><input type="radio" value="A">甲</label>
    <label><input type="radio" value="B"> B. 乙</label></div><p>姓<input type="text">名</p></form>
    <table><tr><td><table><tr><td>1</td><td>甲</td></tr></table></td></tr></table><details><summary>答案</summary>A</details>"""
    assert page_text(page).split("\n") == [
        "谁？", "A. 甲", "B. 乙", "答案：A", "", "姓____名", "", "1\t甲", "", "答案", "A", "",
    ]  # fmt: skip


def test_what_a_paper_s_layout_says_is_kept_for_questions_only() -> None:
    page = """<h2>一、单选</h2><p>谁？</p><ul><li data-correct="0">甲</li><li data-correct="1">乙</li></ul>
    <p><font color=red>C、丙</font> <font color="#000000">D、丁</font> <span class="right">E、戊</span></p>
    <details><summary>点我看答案</summary><p>乙</p></details>"""
    assert [line for line in page_text(page, underlines=True).split("\n") if line] == [
        "# 一、单选", "谁？", "• 甲", "• <b>乙</b>", "<b>C、丙</b> D、丁 <b>E、戊</b>", "答案：", "乙",
    ]  # fmt: skip
    assert [line for line in page_text(page).split("\n") if line] == [
        "一、单选", "谁？", "甲", "乙", "C、丙 D、丁 E、戊", "答案：", "乙",
    ]  # fmt: skip


def test_buttons_without_letters_lists_in_letters_and_cells_over_rows() -> None:
    page = """<p>谁？<input type=radio name=q value=1>甲 <input type=radio name=q value=2>乙</p>
    <ul style="list-style-type: upper-alpha"><li>丙</li><li>丁</li></ul>
    <table><tr><td rowspan=2>单选</td><td>1</td></tr><tr><td>2</td></tr><tr><td>判断</td><td>3</td></tr><tr><td></td><td>4</td></tr></table>"""
    assert [line for line in page_text(page).split("\n") if line] == [
        "谁？", "A. 甲", "B. 乙", "A. 丙", "B. 丁", "单选\t1", "单选\t2", "判断\t3", "\t4",
    ]  # fmt: skip


def test_a_wrongly_declared_or_slightly_broken_page_is_still_read() -> None:
    page = '<html><meta charset="utf-8"><p>话说天下大势，分久必合，合久必分。</p></html>'
    assert "分久必合" in read("a.html", page.encode("gb18030"))
    long = page.replace("话说", "话说" * 3000).encode("utf-8")
    text, _ = decode_page(long[:500] + b"\xff" + long[500:], "", "a.html")
    assert "分久必合" in text and text.count("\ufffd") >= 1


def test_a_page_nested_without_end_is_refused_quickly() -> None:
    begin = time.monotonic()
    assert "nested more than 2000 deep" in refusal("a.html", b"<html>" + b"<div>" * 1_000_000)
    assert time.monotonic() - begin < 2


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["<p>", "</p>", "<td>", "<tr>", "<ol>", "<li>", "<u>", "甲", "&nbsp;", "<a>", "<", "<!--", "\x1f"]
        )
    )
)
def test_any_page_gives_text(pieces: list[str]) -> None:
    text = page_text("".join(pieces))
    assert text.count("甲") <= pieces.count("甲")
    assert "\x1f" not in text and "\x00" not in text


# --- Word --------------------------------------------------------------------------------------------------------


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


# --- workbooks, PDF, EPUB ----------------------------------------------------------------------------------------


def test_a_workbook_is_a_table_a_sheet() -> None:
    book = openpyxl.Workbook()
    first = book.active
    first.title = "单选题"
    for row in (["序号", "题目", "A", "B", "答案"], [1, "谁？", "甲\n乙", 2.0, "A"], [None, None]):
        first.append(row)
    book.create_sheet("判断题").append(["题目", "答案"])
    book.create_sheet("藏").sheet_state = "hidden"
    assert (
        read("a.xlsx", saved(book)) == '单选题\n序号\t题目\tA\tB\t答案\n1\t谁？\t"甲\n乙"\t2\tA\n\n判断题\n题目\t答案\n'
    )


def pdf_of(pages: list[list[str]], *, own_encoding: bool = False) -> bytes:
    """A PDF with one font whose codes are UTF-16, named in a ToUnicode map; `own_encoding` has it bring its own CMap."""
    characters = sorted({c for page in pages for line in page for c in line})
    chars = "\n".join(f"<{ord(c):04X}> <{ord(c):04X}>" for c in characters)
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def 1 begincodespacerange "
        f"<0000> <FFFF> endcodespacerange {len(characters)} beginbfchar {chars} endbfchar endcmap end end"
    )
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(pages)} /Kids [{' '.join(f'{6 + 2 * i} 0 R' for i in range(len(pages)))}] >>",
        "<< /Type /Font /Subtype /Type0 /BaseFont /F /Encoding /Identity-H /DescendantFonts [4 0 R] /ToUnicode 5 0 R >>",
        "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /F /CIDSystemInfo << /Registry (A) /Ordering (I) /Supplement 0 >> >>",
        f"<< /Length {len(cmap)} >>\nstream\n{cmap}\nendstream",
    ]
    for i, page in enumerate(pages):
        shown = " T* ".join(f"<{line.encode('utf-16-be').hex()}> Tj" for line in page)
        stream = f"BT /F1 12 Tf 14 TL 72 720 Td {shown} ET"
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {7 + 2 * i} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>"
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    if own_encoding:
        identity = "begincmap 1 begincodespacerange <0000> <FFFF> endcodespacerange 1 begincidrange <0000> <FFFF> 0 endcidrange endcmap"
        objects[2] = objects[2].replace("/Identity-H", f"{len(objects) + 1} 0 R")
        objects.append(f"<< /Type /CMap /CMapName /Own /Length {len(identity)} >>\nstream\n{identity}\nendstream")
    written = "%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(written))
        written += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    written += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    written += f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{written.index('xref')}\n%%EOF\n"
    return written.encode("ascii")


def test_a_workbook_gives_merged_cells_to_each_of_their_rows() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["题型", "题目"], ["判断", "甲是乙。"], [None, "乙是丙。"], ["填空", "甲在____。"]):
        sheet.append(row)
    sheet.merge_cells("A2:A3")
    assert read("a.xlsx", saved(book)) == "题型\t题目\n判断\t甲是乙。\n判断\t乙是丙。\n填空\t甲在____。\n"


def test_a_pdf_gives_its_lines_and_its_page_breaks() -> None:
    raw = pdf_of([["一、选择题", "1.谁？"], ["答案", "1.B"]])
    assert read("a.pdf", raw).split("\n") == ["一、选择题", "1.谁？", "\f", "答案", "1.B"]
    assert read("a.pdf", pdf_of([["一、选择题", "1.谁？"]], own_encoding=True)) == "一、选择题\n1.谁？"
    assert "pages are more than 3" in refusal("a.pdf", pdf_of([["甲"]] * 4))
    assert "holds no text, perhaps only pictures; read its pages with OCR first" in refusal("a.pdf", pdf_of([[]]))


EPUB = {
    "META-INF/container.xml": b'<container><rootfiles><rootfile full-path="O/b.opf"/></rootfiles></container>',
    "O/b.opf": (
        b'<package xmlns="http://www.idpf.org/2007/opf"><manifest><item id="a" href="%E7%AC%AC1.xhtml"/><item id="b" href="2.xhtml"/>'
        b'<item id="n" href="nav.xhtml"/></manifest><spine><itemref idref="b"/><itemref idref="a"/>'
        b'<itemref idref="n" linear="no"/></spine></package>'
    ),
    "O/2.xhtml": "<html><body><h1>第一回　甲乙</h1><p>话说。</p></body></html>".encode(),
    "O/第1.xhtml": "<!DOCTYPE html><html><body><h1>第二回　丙丁</h1><p>却说。</p></body></html>".encode(),
    "O/nav.xhtml": "<html><body><a>目录</a></body></html>".encode(),
}


def test_an_epub_is_read_in_the_order_of_its_spine(tmp_path: Path) -> None:
    path = tmp_path / "a.epub"
    path.write_bytes(packed(EPUB))
    document = load_document(source_for_path(path))
    assert (document.kind, document.encoding) == ("novel", "epub")
    assert document.text == "第一回　甲乙\n\n话说。\n\n第二回　丙丁\n\n却说。\n"


# --- hostile and broken files ------------------------------------------------------------------------------------

DOCX = saved(docx.Document())
LAUGHS = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><l>&b;</l>'
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]><w:document>&x;</w:document>'


@pytest.mark.parametrize(
    ("name", "raw", "why"),
    [
        ("a.docm", DOCX, "a .docm file carries macros; save it as .docx"),
        ("a.xlsm", DOCX, "a .xlsm file carries macros; save it as .xlsx"),
        ("a.docx", repacked(DOCX, word__vbaProject_dot_bin=b"x"), "the file carries macros (vbaProject)"),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "or a newer one with a password; take the password off"),
        ("a.docx", repacked(DOCX, word__document_dot_xml=LAUGHS), "word/document.xml inside declares a document type"),
        ("a.docx", repacked(DOCX, word__document_dot_xml=OUTSIDE), "word/document.xml inside declares a document type"),
        ("a.docx", repacked(DOCX, word__document_dot_xml=LAUGHS.decode().encode("utf-16")), "declares a document type"),
        ("a.docx", packed({"hello.txt": b"x"}), "no Word document is inside"),
        ("a.docx", DOCX[:500], "the container is broken"),
        ("a.docx", "第一回".encode(), "the name ends in .docx, but no such file begins here"),
        ("a.docx", packed({"word/document.xml": bytes(5 << 20)}), "unpacks to 5242880 bytes, more than 4194304"),
        ("a.docx", packed({"word/document.xml": bytes(3 << 20)}), "times its size, more than 200 times"),
        ("a.xlsx", packed({"xl/workbook.xml": LAUGHS}), "xl/workbook.xml inside declares a document type"),
        ("a.xlsx", packed({"x.xml": b"<x/>"}), "the xlsx is damaged"),
        ("a.epub", packed(EPUB | {"O/b.opf": LAUGHS}), "O/b.opf inside declares a document type or an entity"),
        ("a.epub", packed({"mimetype": b"application/epub+zip"}), "META-INF/container.xml inside is missing"),
        ("a.epub", packed(EPUB | {"META-INF/encryption.xml": b'<CipherReference URI="O/2.xhtml"/>'}), "are locked"),
        ("a.zip", DOCX, "byte 0 begins a ZIP container, which .zip does not explain"),
        ("a.xml", LAUGHS, "the XML declares entities"),
        ("a.html", LAUGHS, "the XML declares entities"),
        ("a.pdf", b"%PDF-1.4\n" + bytes(range(256)), "the PDF is broken"),
        ("a.pdf", b"hello", "no PDF begins here"),
    ],
)  # fmt: skip
def test_a_hostile_or_broken_file_is_refused(name: str, raw: bytes, why: str) -> None:
    assert why in refusal(name, raw)


def test_passwords_are_refused() -> None:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf_of([["甲"]])))
    writer.encrypt("secret", algorithm="RC4-128")
    written = io.BytesIO()
    writer.write(written)
    assert "the PDF has a password; take it off" in refusal("a.pdf", written.getvalue())
    locked = bytearray(DOCX)
    for begin in range(len(locked) - 4):  # the flag that says encrypted, in every local and central header
        if locked[begin : begin + 4] == b"PK\x03\x04":
            locked[begin + 6] |= 1
        elif locked[begin : begin + 4] == b"PK\x01\x02":
            locked[begin + 8] |= 1
    assert "the container has a password; take it off" in refusal("a.docx", bytes(locked))


def test_a_huge_cell_and_too_many_cells_are_refused(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["题目", "答" * 30_000])
    assert "a cell of 30000 characters is longer than 1000; split it" in refusal("a.xlsx", saved(book))
    book = openpyxl.Workbook()
    for _ in range(400):
        book.active.append(["甲", "乙", "丙"])
    assert "more than 1000 cells; split the workbook" in refusal("a.xlsx", saved(book))
    path = tmp_path / "a.csv"
    with path.open("wb") as stream:  # a gigabyte that takes no room on the disk
        stream.write("题目,答案\n谁？,".encode())
        stream.truncate(1 << 30)
    begin = time.monotonic()
    with pytest.raises(
        BadInput, match=r"a\.csv: 1073741824 bytes are more than the 134217728 one file may have; split it"
    ):
        load_document(source_for_path(path, "quiz"))
    assert time.monotonic() - begin < 1


def test_memory_and_time_are_limited() -> None:
    paragraphs = "".join(f"<w:p><w:r><w:t>{n * 7919}</w:t></w:r></w:p>" for n in range(200_000)).encode()
    namespace = b'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    body = b"<w:document " + namespace + b"><w:body>" + paragraphs + b"</w:body></w:document>"
    raw = repacked(DOCX, word__document_dot_xml=body)
    with pytest.raises(BadInput, match=r"a\.docx: reading the docx needs more than 100 MiB of memory"):
        read_text(Path("a.docx"), raw, limits=replace(LIMITS, memory_bytes=100 << 20))
    with pytest.raises(BadInput, match=r"a\.docx: reading the docx took more than 0\.05 seconds"):
        read_text(Path("a.docx"), raw, limits=replace(LIMITS, seconds=0.05))
