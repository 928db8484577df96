"""How much a file may ask of the machine before it is refused."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReaderLimits:
    """Limits of reading one file. The four novels together are 9 MB and a school paper is under 1 MB.

    `memory_bytes` and `seconds` hold for the process of its own that reads a container (DOCX, XLSX, PDF, EPUB);
    that Python with lxml and openpyxl alone maps about 300 MB.
    """

    file_bytes: int = 128 << 20
    members: int = 10_000  # files in an archive
    unpacked_bytes: int = 128 << 20  # of an archive, all members together
    ratio: int = 200  # unpacked to packed; Word's own styles.xml reaches 40
    cells: int = 2_000_000
    cell_characters: int = 1_000_000  # Excel itself allows 32,767
    pages: int = 5_000
    memory_bytes: int = 1 << 30
    seconds: float = 60.0


LIMITS = ReaderLimits()
