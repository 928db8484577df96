"""A PDF's bytes in, the text of its pages out, parted by form feeds. Scanned pages have none."""

import io
import logging

import pypdf
from pypdf.errors import PyPdfError

from corpora.errors import BadInput
from corpora.readers.limits import ReaderLimits


def pdf_text(raw: bytes, underlines: bool, limits: ReaderLimits) -> str:
    """Each page's lines as printed. Raises BadInput on a password, too many pages, and a broken file."""
    logging.disable(logging.WARNING)  # pypdf warns of every small fault that it repairs
    try:
        reader = pypdf.PdfReader(io.BytesIO(raw))
        if reader.is_encrypted and not reader.decrypt(""):
            raise BadInput("the PDF has a password; take it off and save it again")
        if len(reader.pages) > limits.pages:
            raise BadInput(f"{len(reader.pages)} pages are more than {limits.pages}; split the PDF")
        return "\n\f\n".join(page.extract_text() for page in reader.pages)
    except (PyPdfError, ImportError) as error:  # ImportError: a cipher that needs another library
        what = "is encrypted" if isinstance(error, ImportError) or "crypt" in str(error).lower() else "is broken"
        raise BadInput(f"the PDF {what} ({error}); save it again without a password") from None
