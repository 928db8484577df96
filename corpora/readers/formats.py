"""The name and the first bytes of a file in, its format out; what cannot be read is refused with a remedy."""

import re
from pathlib import Path
from typing import Literal

from corpora.errors import BadInput

Format = Literal["text", "html", "docx", "xlsx", "pdf", "epub", "parquet"]
ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PAGE_START = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S)
MACROS = {".docm": ".docx", ".dotm": ".docx", ".xlsm": ".xlsx", ".xltm": ".xlsx", ".xlsb": ".xlsx"}
ARCHIVES: dict[str, Format] = {".docx": "docx", ".xlsx": "xlsx", ".epub": "epub"}
PAGES = (".html", ".htm", ".xhtml", ".shtml")


def format_of(path: Path, raw: bytes) -> Format:
    """The format to read the file in, by its name's ending and its first bytes, which must agree for archives.

    Raises BadInput for macro files, old Office files and ones with a password, for archives of unknown use, and for
    XML that declares entities.
    """
    ending = path.suffix.lower()
    if ending in MACROS:
        raise BadInput(f"{path}: byte 0: a {ending} file carries macros; save it as {MACROS[ending]} and give that")
    if raw.startswith(OLE):
        raise BadInput(
            f"{path}: byte 0 begins an old Office file such as DOC or XLS, or a newer one with a password; "
            "take the password off and save it as .docx or .xlsx"
        )
    if raw.startswith(ZIP):
        if ending in ARCHIVES:
            return ARCHIVES[ending]
        raise BadInput(
            f"{path}: byte 0 begins a ZIP container, which {ending or 'no ending'} does not explain; "
            "name it .docx, .xlsx or .epub if it is one, or unpack it first"
        )
    if raw.startswith(b"%PDF-") or ending == ".pdf":
        if not raw.startswith(b"%PDF-"):
            raise BadInput(f"{path}: byte 0: the name ends in .pdf, but no PDF begins here; check the file")
        return "pdf"
    if raw.startswith(b"PAR1"):
        return "parquet"
    if ending in ARCHIVES and raw:
        raise BadInput(f"{path}: byte 0: the name ends in {ending}, but no such file begins here; check the file")
    start = raw[:65536].replace(b"\0", b"")
    if re.match(rb"[\xef\xbb\xbf\xff\xfe\s]*<[?!]", start) and re.search(rb"<!ENTITY", start, re.I):
        raise BadInput(f"{path}: line 1: the XML declares entities, which can stand for endless text; remove them")
    return "html" if ending in PAGES or PAGE_START.match(start[:4096].lstrip(b"\xef\xbb\xbf\xff\xfe")) else "text"
