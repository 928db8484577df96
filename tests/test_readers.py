"""Workbooks, PDF and EPUB give their text, and a hostile file one sentence within the limits."""

import io
import time
from dataclasses import replace
from pathlib import Path

import docx
import openpyxl
import pypdf
import pytest
from made_files import packed, read, refusal, repacked, saved

from corpora.errors import BadInput
from corpora.load import load_document, source_for_path
from corpora.readers.limits import LIMITS
from corpora.readers.read import read_text

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
