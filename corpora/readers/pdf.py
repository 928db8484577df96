"""A PDF's bytes in, the text of its pages out, parted by form feeds. Scanned pages have none."""

import io
import logging
import re

import pypdf
import pypdf.generic
from pypdf.errors import PyPdfError
from pypdf.generic import DictionaryObject, NameObject, StreamObject

from corpora.errors import BadInput
from corpora.readers.limits import ReaderLimits
from corpora.readers.pdf_columns import Fragment, in_columns

WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f"
TWO_BYTES = re.compile(rb"begincodespacerange\s*<0000>\s*<(?:FFFF|ffff)>")
NEIGHBOURS = re.compile(f"[{WIDE}]( ?)(?=[{WIDE}])")


def pdf_text(raw: bytes, underlines: bool, limits: ReaderLimits) -> str:
    """Each page's lines as printed, two columns one after the other.

    Raises BadInput on a password, too many pages, and a broken file.
    """
    logging.disable(logging.WARNING)  # pypdf warns of every small fault that it repairs
    try:
        reader = pypdf.PdfReader(io.BytesIO(raw))
        if reader.is_encrypted and not reader.decrypt(""):
            raise BadInput("the PDF has a password; take it off and save it again")
        if len(reader.pages) > limits.pages:
            raise BadInput(f"{len(reader.pages)} pages are more than {limits.pages}; split the PDF")
        # NUL: half of a two-byte code, where a font's encoding is a stream of its own
        return unspaced("\n\f\n".join(_page_text(page) for page in reader.pages).replace("\0", ""))
    except (PyPdfError, ImportError) as error:  # ImportError: a cipher that needs another library
        what = "is encrypted" if isinstance(error, ImportError) or "crypt" in str(error).lower() else "is broken"
        raise BadInput(f"the PDF {what} ({error}); save it again without a password") from None


def _page_text(page: pypdf.PageObject) -> str:
    fragments: list[Fragment] = []

    def visit(text: str, _: object, matrix: list[float], __: object, size: float) -> None:
        if shown := text.replace("\0", "").strip("\n"):
            fragments.append(Fragment(matrix[4], matrix[5], size or 10.0, shown))

    for font in _within(_within(page, "/Resources"), "/Font").values():
        _plain_codes(font.get_object())
    plain = page.extract_text(visitor_text=visit)
    return in_columns(fragments, float(page.mediabox.width)) or plain


def _within(holder: DictionaryObject, key: str) -> DictionaryObject:
    """The dictionary that another one holds, perhaps by reference; empty where it holds none."""
    held = holder[key].get_object() if key in holder else None
    return held if isinstance(held, DictionaryObject) else DictionaryObject()


def _plain_codes(font: pypdf.generic.PdfObject) -> None:
    """Lets a font whose encoding is a stream of its own be read by its two-byte codes, which its ToUnicode map names.

    pypdf takes such codes for one byte each, and gives other characters for all but the first 256.
    """
    if not isinstance(font, DictionaryObject) or "/ToUnicode" not in font or "/Encoding" not in font:
        return
    encoding = font["/Encoding"].get_object()
    if isinstance(encoding, StreamObject) and TWO_BYTES.search(encoding.get_data()):
        font[NameObject("/Encoding")] = NameObject("/Identity-H")


def unspaced(text: str) -> str:
    """The text without the blank after every character that fonts of unknown widths leave (王 伦 把 守).

    Where more than half of all neighbouring Chinese characters stand apart, one blank between any two characters is
    none, and three are one.
    """
    neighbours = NEIGHBOURS.findall(text)
    if len(neighbours) < 20 or sum(map(bool, neighbours)) < 0.5 * len(neighbours):
        return text
    lines = (re.sub(r" +", lambda run: " " * ((len(run[0]) - 1) // 2), line.strip(" ")) for line in text.split("\n"))
    return "\n".join(lines)
