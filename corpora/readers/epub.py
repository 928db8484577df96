"""An EPUB's bytes in, the text of its chapters in reading order out."""

import posixpath
import re
from urllib.parse import unquote

from lxml import etree

from corpora.errors import BadInput
from corpora.readers.archive import open_archive, refuse_declarations
from corpora.readers.limits import ReaderLimits
from corpora.readers.webpage import decode_page, page_text

CONTAINER = "META-INF/container.xml"


def epub_text(raw: bytes, underlines: bool, limits: ReaderLimits) -> str:
    """The documents of the spine, a blank line between them; what is marked as not in the reading order is left out.

    Raises BadInput on what `open_archive` refuses, on chapters locked by DRM, and where the book lists none.
    """
    members = open_archive(raw, limits)
    refuse_declarations(members, doctypes=True)
    if re.search(rb"URI=\"[^\"]*\.x?html?\"", members.get("META-INF/encryption.xml", b""), re.I):
        raise BadInput("the chapters are locked (META-INF/encryption.xml); give a book without DRM")
    package = _attribute(members, CONTAINER, "{*}rootfile", "full-path")
    book = _parse(members, package)
    folder = posixpath.dirname(package)
    hrefs = {item.get("id"): item.get("href", "") for item in book.iter("{*}item")}
    chapters = [
        posixpath.normpath(posixpath.join(folder, unquote(hrefs.get(entry.get("idref")) or "")))
        for entry in book.iter("{*}itemref")
        if entry.get("linear") != "no"
    ]
    texts = []
    for name in chapters:
        if name in members and re.search(r"\.(?:x?html?|xml)$", name, re.I):
            page, _ = decode_page(members[name], "", name)
            texts.append(page_text(page, name, underlines=underlines, whole=True).strip("\n"))
    if not texts:
        raise BadInput(f"{package} inside lists no chapter that is there; get the book again")
    return "\n\n".join(texts) + "\n"


def _parse(members: dict[str, bytes], name: str) -> etree._Element:
    if name not in members:
        raise BadInput(f"{name or CONTAINER} inside is missing; get the book again")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(members[name], parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BadInput(f"{name} inside is broken ({error}); get the book again") from None


def _attribute(members: dict[str, bytes], name: str, tag: str, attribute: str) -> str:
    found = next(_parse(members, name).iter(tag), None)
    return (found.get(attribute) or "") if found is not None else ""
