"""A file's name and bytes in, its text and the name of its encoding or format out: the one door to the readers."""

from pathlib import Path

from corpora.decode import decode
from corpora.errors import BadInput
from corpora.readers.confined import read_confined
from corpora.readers.formats import format_of
from corpora.readers.limits import LIMITS, ReaderLimits
from corpora.readers.webpage import decode_page, page_text


def read_text(
    path: Path, raw: bytes, encoding: str = "", *, underlines: bool = False, limits: ReaderLimits = LIMITS
) -> tuple[str, str]:
    """The text, and the codec it was read with, or docx, xlsx, pdf, epub or parquet.

    A page break is a form feed, a row of a table a line with tabs, a blank to fill in ____. With `underlines` other
    underlined words stand in <u>…</u>, as in a paper whose blanks are printed filled in.
    Raises BadInput when the file is broken, dangerous, beyond the limits, or holds no text.
    """
    if len(raw) > limits.file_bytes:
        raise BadInput(
            f"{path}: {len(raw)} bytes are more than the {limits.file_bytes} that one file may have; split it"
        )
    form = format_of(path, raw)
    if form == "text":
        return decode(raw, encoding, str(path))
    if form == "html":
        page, name = decode_page(raw, encoding, str(path))
        text = page_text(page, str(path), underlines=underlines)
    else:
        text, name = read_confined(form, raw, str(path), underlines=underlines, limits=limits), form
    if not text.strip():
        remedy = "read its pages with OCR first" if form == "pdf" else "check the file"
        raise BadInput(f"{path}: holds no text, perhaps only pictures; {remedy}")
    return text, name
