"""Raw bytes in, text and the name of its encoding out: UTF-8, UTF-16, UTF-32, GB18030 and Big5.

A byte-order mark decides; else a declared encoding; else strict UTF-8; else the likeliest of UTF-16, GB18030 and
Big5. Both double-byte sets accept most of each other's bytes, so the choice goes by how likely the resulting
characters are: the standards themselves list the frequent ones first (GB 2312 level 1, Big5 level 1).
"""

import codecs
from collections import Counter
from functools import cache

from corpora.errors import BadInput

SAMPLE_BYTES = 1 << 17  # enough to tell encodings apart; scoring a whole novel four times would cost a second

BYTE_ORDER_MARKS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

MAGIC_NUMBERS = (
    (b"PK\x03\x04", "a ZIP container such as DOCX, XLSX or EPUB"),
    (b"%PDF-", "a PDF"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF89a", "a GIF image"),
    (b"GIF87a", "a GIF image"),
    (b"\x1f\x8b\x08", "a gzip file"),
    (b"BZh91AY&SY", "a bzip2 file"),
    (b"\xfd7zXZ\x00", "an xz file"),
    (b"\x28\xb5\x2f\xfd", "a zstd file"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip file"),
    (b"Rar!\x1a\x07", "a RAR file"),
    (b"PAR1\x15", "a Parquet file"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office file such as DOC or XLS"),
    (b"\x7fELF", "a program"),
)

# The supersets are read in place of the narrow sets that files claim: GBK pages hold GB18030 characters, and
# Windows' cp950 has the seven characters (裏 among them) that Python's "big5" lacks.
FAMILIES = {
    "gb2312": ("gb18030",),
    "gbk": ("gb18030",),
    "gb18030": ("gb18030",),
    "big5": ("cp950", "big5hkscs"),
    "cp950": ("cp950", "big5hkscs"),
    "big5hkscs": ("cp950", "big5hkscs"),
}

# Some 300 characters and marks that make up half of any Chinese text, old or new, in both scripts.
FREQUENT = frozenset(
    "的一是了不在有人我他这個个上们来到时大地为子中你说生国年着就那和要她出也得里后自以会家可下而过天去能对小多然于心学么之都好看起发当没成"
    "只如事把还用第样道想作种开美总从无情己面最女但现前些所同日手又行意动方期它头经长儿回位分爱老因很给名法间斯知世什两次使身者被高已亲其进"
    "此话常与活正感见明问力理尔点文几定本公特做外孩相西果走将月十实向声车全信重三机工物气每并别真打太新比才便夫再书部水像眼等体却加电主界门"
    "利海受听表德少克代员许先口由死安写性马光白或住难望教命花结乐色更拉东神记处让母父应直字场平报友关放至张认接告入笑内英军候民岁往何度山觉路"
    "带万男边风解叫任金快原吃妈变通师立象数四失满战远格士音轻目条呢曰吾汝若乃矣吴兵王将军众令请城杀听贼兄弟宋江玄德曹操宝玉黛孙悟空唐僧八戒"
    "們來時為說國著過對後會裡裏學麼沒發當還樣種開總從無現動頭經長兒愛給間兩進話與見問爾點幾實聲車機氣別書體電門聽員許難結樂東處讓應場報關張認"
    "觸萬邊風師數滿戰遠輕條眾請殺賊寶孫這於卻個將軍馬親謂魯劉備趙雲關羽飛諸葛賈"
    "，。、：；？！“”‘’「」『』《》（）…—　·"
)


def decode(raw: bytes, declared: str = "", where: str = "") -> tuple[str, str]:
    """The text, without a leading byte-order mark and with its line ends kept, and the codec it was read with.

    `declared` is what the registry or the user says, or empty; `where` names the file in messages.
    Raises BadInput when the bytes are empty, binary, undecodable, or plainly in another encoding than declared.
    """
    where = where or "input"
    if not raw:
        raise BadInput(f"{where}: the file is empty; give one that holds text")
    for magic, what in MAGIC_NUMBERS:
        if raw.startswith(magic):
            raise BadInput(f"{where}: byte 0 begins {what}, which is not plain text; convert it to text first")
    mark, marked = next(((m, name) for m, name in BYTE_ORDER_MARKS if raw.startswith(m)), (b"", ""))
    if declared:
        text, encoding = _as_declared(raw, declared, mark, marked, where)
    elif marked:
        text, encoding = _strict(raw, len(mark), marked, where), marked
    else:
        text, encoding = _detect(raw, where)
    if not text.strip("\ufeff \t\r\n\f\v\u3000"):
        raise BadInput(f"{where}: the file holds nothing but blanks; give one that holds text")
    nul = text.find("\0")
    if nul >= 0:
        at = len(text[:nul].encode(encoding, "surrogatepass")) + len(mark)
        raise BadInput(f"{where}: byte {at} is NUL, so this is a binary file; give a text file")
    return text, encoding


def _as_declared(raw: bytes, declared: str, mark: bytes, marked: str, where: str) -> tuple[str, str]:
    try:
        name = codecs.lookup(declared).name
        "".encode(name)  # refuses codecs that are no text encoding, such as base64
    except LookupError:
        raise BadInput(f"{where}: encoding {declared!r} is unknown; use utf-8, gb18030, big5 or utf-16") from None
    name = {"utf-8-sig": "utf-8"}.get(name, name)
    if marked:
        if not marked.startswith(name):
            raise BadInput(
                f"{where}: declared {declared}, but byte 0 is the byte-order mark of {marked}; declare {marked}"
            )
        return _strict(raw, len(mark), marked, where), marked
    if name in ("utf-16", "utf-32"):  # no mark: the likelier byte order
        name = max((f"{name}-le", f"{name}-be"), key=lambda codec: _likelihood(_loose(raw, codec)))
    other = _likeliest(raw)
    try:
        text, name = _first_that_fits(raw, FAMILIES.get(name, (name,)))
    except UnicodeDecodeError as error:
        hint = f"the bytes read as {other}" if _decodes(raw, other) else "repair the file"
        raise BadInput(f"{where}: declared {declared}, but byte {error.start} does not fit it; {hint}") from None
    if FAMILIES.get(other, (other,)) != FAMILIES.get(name, (name,)) and _clearly_better(raw, other, text):
        raise BadInput(f"{where}: declared {declared}, but the bytes read as {other}; declare {other} or nothing")
    return text, name


def _detect(raw: bytes, where: str) -> tuple[str, str]:
    if b"\0" not in raw:
        try:
            return raw.decode("utf-8"), "utf-8"
        except UnicodeDecodeError:
            pass
    name = _likeliest(raw)
    loose = _loose(raw, name)
    if _oddness(loose) > 0.5:
        at = _first_fault(raw)
        raise BadInput(
            f"{where}: from byte {at} on this is no UTF-8, and neither UTF-16, GB18030 nor Big5 gives readable text; "
            "give a text file, or name its encoding"
        )
    try:
        return _first_that_fits(raw, FAMILIES.get(name, (name,)))
    except UnicodeDecodeError as error:
        raise BadInput(
            f"{where}: reads as {name}, but byte {error.start} does not fit; "
            "repair the file, or name its encoding if it is another"
        ) from None


def _first_that_fits(raw: bytes, names: tuple[str, ...]) -> tuple[str, str]:
    for name in names[:-1]:
        if _decodes(raw, name):
            return raw.decode(name), name
    return raw.decode(names[-1]), names[-1]


def _decodes(raw: bytes, name: str) -> bool:
    try:
        raw.decode(name)
    except UnicodeDecodeError:
        return False
    return True


def _strict(raw: bytes, skip: int, name: str, where: str) -> str:
    try:
        return raw[skip:].decode(name)
    except UnicodeDecodeError as error:
        raise BadInput(
            f"{where}: the byte-order mark says {name}, but byte {error.start + skip} does not fit it; repair the file"
        ) from None


def _likeliest(raw: bytes) -> str:
    """The codec whose reading of the first bytes has the likeliest characters."""
    if b"\0" in raw[:SAMPLE_BYTES]:
        names = ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"]
    else:
        names = ["utf-8", "gb18030", "cp950", "utf-16-le", "utf-16-be"]
    return max(names, key=lambda name: _likelihood(_loose(raw, name)))


def _loose(raw: bytes, name: str) -> str:
    sample = raw[:SAMPLE_BYTES]
    if len(raw) > SAMPLE_BYTES:  # a cut may fall inside a character
        return sample.decode(name, "replace")[:-2]
    return sample.decode(name, "replace")


def _clearly_better(raw: bytes, name: str, text: str) -> bool:
    """Whether `name` reads the bytes without a fault and much better than they were read as `text`."""
    return _decodes(raw, name) and _likelihood(_loose(raw, name)) > _likelihood(text[: SAMPLE_BYTES // 2]) + 2


def _first_fault(raw: bytes) -> int:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start
    return raw.find(b"\0")


def _likelihood(text: str) -> float:
    """The mean natural log likelihood of a character, by class; higher reads better."""
    counts = Counter(text)
    return sum(n * _weight(c) for c, n in counts.items()) / max(1, len(text))


def _oddness(text: str) -> float:
    """The share of non-ASCII characters that no Chinese text would hold, controls included."""
    counts = Counter(text)
    seen = {c: n for c, n in counts.items() if c > "\x7f" or _weight(c) < -13}
    return sum(n for c, n in seen.items() if _weight(c) < -13) / max(1, sum(seen.values()))


@cache
def _weight(c: str) -> float:
    """Orders of magnitude, not estimates: 300 frequent characters share half of a text, 6,000 most of the rest."""
    if c in FREQUENT or " " <= c <= "~" or c in "\t\r\n":
        return -6.0
    if c in _first_levels():
        return -9.5
    if "\u4e00" <= c <= "\u9fff":
        return -12.0
    if "\u2010" <= c <= "\u2040" or "\u3001" <= c <= "\u3011" or "\uff01" <= c <= "\uff5e" or "①" <= c <= "⑳":
        return -10.0  # the rarer marks, full-width letters and circled numbers
    if c < " " or "\x7f" <= c <= "\x9f" or "\ud800" <= c <= "\uf8ff" or c >= "\ufff0" or not c.isprintable():
        return -20.0
    return -14.0


@cache
def _first_levels() -> frozenset[str]:
    """The frequent characters by both standards: GB 2312 level 1 (3,755) and Big5 level 1 (5,401)."""
    gb = (bytes((lead, trail)) for lead in range(0xB0, 0xD8) for trail in range(0xA1, 0xFF))
    big5 = (bytes((a, b)) for a in range(0xA4, 0xC7) for b in (*range(0x40, 0x7F), *range(0xA1, 0xFF)))
    simplified = "".join(pair.decode("gb2312", "ignore") for pair in gb)
    traditional = "".join(pair.decode("big5", "ignore") for pair in big5)
    return frozenset(simplified + traditional)
