"""A ZIP container's bytes in, its members out, once nothing in it is encrypted, swollen or armed."""

import io
import re
import zipfile

from corpora.errors import BadInput
from corpora.readers.limits import ReaderLimits

DECLARATION = re.compile(rb"<!\s*(DOCTYPE|ENTITY)\b", re.I)
ENTITY = re.compile(rb"<!\s*ENTITY\b", re.I)
SMALL = 1 << 20  # bytes; below this no ratio does harm


def open_archive(raw: bytes, limits: ReaderLimits) -> dict[str, bytes]:
    """The members' bytes by name, pictures and fonts left out.

    Raises BadInput for a broken archive, a password, macros, too many or too large members (the sizes are checked as
    declared and again as unpacked), and for XML that declares a document type or an entity, which OOXML never does.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(raw))
        entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise BadInput(f"byte 0: the container is broken ({error}); get the file again") from None
    if len(entries) > limits.members:
        raise BadInput(f"{len(entries)} files inside are more than {limits.members}; give a smaller file")
    if any(entry.flag_bits & 1 for entry in entries):
        raise BadInput("the container has a password; take it off and save the file again")
    if any("vbaproject" in entry.filename.lower() for entry in entries):
        raise BadInput("the file carries macros (vbaProject); save it without them")
    declared = sum(entry.file_size for entry in entries)
    if declared > limits.unpacked_bytes:
        raise BadInput(f"unpacks to {declared} bytes, more than {limits.unpacked_bytes}; split the file")
    if declared > SMALL and declared > limits.ratio * len(raw):
        raise BadInput(f"unpacks to {declared // max(1, len(raw))} times its size, more than {limits.ratio} times")
    members: dict[str, bytes] = {}
    for entry in entries:
        if entry.is_dir() or re.search(r"\.(?:png|jpe?g|gif|emf|wmf|ttf|otf|woff2?|mp[34]|bin)$", entry.filename, re.I):
            continue
        members[entry.filename] = _unpack(archive, entry)
    return members


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    try:
        with archive.open(entry) as stream:
            data = stream.read(entry.file_size + 1)
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, RuntimeError) as error:
        raise BadInput(f"{entry.filename} inside is broken ({error}); get the file again") from None
    except MemoryError:
        raise
    except Exception as error:  # zlib.error and lzma's have no common base
        raise BadInput(f"{entry.filename} inside cannot be unpacked ({error}); get the file again") from None
    if len(data) > entry.file_size:
        raise BadInput(f"{entry.filename} inside is longer than it says; get the file again")
    return data


def refuse_declarations(members: dict[str, bytes], *, doctypes: bool) -> None:
    """Raises BadInput when an XML member declares an entity, or with `doctypes` False any document type."""
    for name, data in members.items():
        if not re.search(r"\.(?:xml|rels|opf|ncx|x?html?|vml)$", name, re.I):
            continue
        plain = data.replace(b"\0", b"") if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in data[:64] else data
        found = (ENTITY if doctypes else DECLARATION).search(plain)
        if found:
            raise BadInput(
                f"{name} inside declares a document type or an entity, which can stand for endless text or another "
                "file; save the file again with a plain editor"
            )
