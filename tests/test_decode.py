"""Every encoding that Chinese text comes in is told apart, and everything else is refused in one sentence."""

import random
from pathlib import Path

import opencc
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corpora.decode import decode
from corpora.errors import BadInput

SIMPLE = "玄德曰：“备乃中山靖王之后，孝景皇帝阁下玄孫。”\r\n关公提青龙刀上马，众将皆惊。\r\n"
TRADITIONAL = "話說天下大勢，分久必合，合久必分。玄德問其姓名，那人道：「某姓張名飛。」\n這裏眾人都笑了。\n"


@pytest.mark.parametrize(
    ("raw", "text", "encoding"),
    [
        (SIMPLE.encode("utf-8"), SIMPLE, "utf-8"),
        (SIMPLE.encode("utf-8-sig"), SIMPLE, "utf-8"),
        (SIMPLE.encode("gb18030"), SIMPLE, "gb18030"),
        (TRADITIONAL.encode("gbk"), TRADITIONAL, "gb18030"),
        (TRADITIONAL.encode("cp950"), TRADITIONAL, "cp950"),
        (SIMPLE.encode("utf-16-le"), SIMPLE, "utf-16-le"),
        (SIMPLE.encode("utf-16-be"), SIMPLE, "utf-16-be"),
        (b"\xff\xfe" + SIMPLE.encode("utf-16-le"), SIMPLE, "utf-16-le"),
        (b"\xfe\xff" + SIMPLE.encode("utf-16-be"), SIMPLE, "utf-16-be"),
        (SIMPLE.encode("utf-32"), SIMPLE, "utf-32-le"),
        (b"plain ASCII\n", "plain ASCII\n", "utf-8"),
        ("ASCII in two bytes\n".encode("utf-16-le"), "ASCII in two bytes\n", "utf-16-le"),
        ("关羽".encode("gb18030"), "关羽", "gb18030"),
    ],
)
def test_detects(raw: bytes, text: str, encoding: str) -> None:
    assert decode(raw) == (text, encoding)


@pytest.mark.parametrize(
    ("declared", "codec", "encoding"),
    [
        ("gb2312", "gb18030", "gb18030"),
        ("GBK", "gbk", "gb18030"),
        ("utf8", "utf-8-sig", "utf-8"),
        ("utf-16", "utf-16-be", "utf-16-be"),
        ("UTF-16", "utf-16", "utf-16-le"),
    ],
)
def test_declared(declared: str, codec: str, encoding: str) -> None:
    assert decode(SIMPLE.encode(codec), declared) == (SIMPLE, encoding)


def test_declared_big5_reads_what_windows_writes() -> None:
    assert "裏" in TRADITIONAL  # Python's own "big5" has no 裏
    assert decode(TRADITIONAL.encode("cp950"), "big5") == (TRADITIONAL, "cp950")


@pytest.mark.parametrize(
    ("raw", "declared", "message"),
    [
        (b"", "", "a.txt: the file is empty; give one that holds text"),
        (b"\xef\xbb\xbf", "", "a.txt: the file holds nothing but blanks; give one that holds text"),
        (b" \n\t\n", "", "a.txt: the file holds nothing but blanks; give one that holds text"),
        (b"PK\x03\x04rest", "", "a.txt: byte 0 begins a ZIP container such as DOCX, XLSX or EPUB"),
        (b"%PDF-1.7\n", "", "a.txt: byte 0 begins a PDF"),
        (b"\x89PNG\r\n\x1a\n", "", "a.txt: byte 0 begins a PNG image"),
        (b"SQLite format 3\x00", "", "a.txt: byte 0 begins an SQLite database"),
        (b"abc\0def", "utf-8", "a.txt: byte 3 is NUL, so this is a binary file"),
        (SIMPLE.encode("utf-8")[:39] + b"\xff" + SIMPLE.encode("utf-8")[39:], "", "byte 39 does not fit"),
        (SIMPLE.encode("gb18030"), "utf-8", "declared utf-8, but byte 0 does not fit it; the bytes read as gb18030"),
        (SIMPLE.encode("utf-8"), "latin-1", "declared latin-1, but the bytes read as utf-8"),
        (TRADITIONAL.encode("cp950"), "gbk", "the bytes read as cp950"),
        (SIMPLE.encode("utf-8-sig"), "gb18030", "byte 0 is the byte-order mark of utf-8"),
        (SIMPLE.encode("utf-8"), "klingon", "encoding 'klingon' is unknown"),
        (SIMPLE.encode("utf-8"), "base64", "encoding 'base64' is unknown"),
        (b"\xff\xfe" + SIMPLE.encode("utf-16-le")[:-1], "", "the byte-order mark says utf-16-le, but byte"),
    ],
)
def test_refuses(raw: bytes, declared: str, message: str) -> None:
    with pytest.raises(BadInput) as caught:
        decode(raw, declared, "a.txt")
    assert message in str(caught.value)
    assert str(caught.value).startswith("a.txt: ")
    assert "\n" not in str(caught.value)


def test_one_bad_byte_in_gb18030_is_named_by_its_offset() -> None:
    raw = SIMPLE.encode("gb18030") * 20
    with pytest.raises(BadInput, match=r"reads as gb18030, but byte 500 does not fit"):
        decode(raw[:500] + b"\xff" + raw[500:], "", "a.txt")


def test_random_bytes_are_refused() -> None:
    noise = random.Random(1).randbytes(4000)
    with pytest.raises(BadInput):
        decode(noise)
    with pytest.raises(BadInput):
        decode(noise.replace(b"\0", b"\1"))


@given(st.text(min_size=1))
@example("PAR1 is a text")
@example("\x85\u2028line ends stay\r")
def test_utf8_round_trip(text: str) -> None:
    if "\0" in text or not text.strip("\ufeff \t\r\n\f\v\u3000"):
        return
    marked = b"\xef\xbb\xbf" + text.encode()
    assert decode(marked) == (text, "utf-8")
    if not text.startswith("\ufeff") and not text.startswith(("%PDF-", "PK\x03\x04", "7z", "BZh", "GIF", "\x1f")):
        assert decode(text.encode()) == (text, "utf-8")


SENTENCES = [
    "话说天下大势，",
    "分久必合，合久必分。",
    "玄德曰：“备也。”",
    "操大怒。\n",
    "关公不语，",
    "众人都笑道：“是。”",
]


@given(
    st.lists(st.sampled_from(SENTENCES), min_size=2), st.sampled_from(["gb18030", "utf-16-le", "utf-16-be", "utf-8"])
)
def test_round_trip_of_plain_sentences(sentences: list[str], encoding: str) -> None:
    text = "".join(sentences)
    assert decode(text.encode(encoding)) == (text, encoding)


@settings(max_examples=300)
@given(st.binary(max_size=200), st.sampled_from(["", "utf-8", "gb18030", "big5", "utf-16", "utf-32", "ascii"]))
def test_any_bytes_decode_or_are_bad_input(raw: bytes, declared: str) -> None:
    try:
        text, encoding = decode(raw, declared, "a.txt")
    except BadInput:
        return
    assert text.encode(encoding) in (raw, raw[2:], raw[3:], raw[4:])  # with or without a byte-order mark


@pytest.mark.corpora
@pytest.mark.parametrize("size", [50, 200, 2000])
def test_short_slices_of_the_real_novels(corpora_dir: Path, size: int) -> None:
    """50 slices a novel in both double-byte sets; charset-normalizer gets some of the shortest wrong."""
    traditional = opencc.OpenCC("s2t")
    rng = random.Random(size)
    for novel in ("sanguo", "shuihu", "xiyou", "honglou"):
        text = (corpora_dir / "novels" / f"{novel}.txt").read_text(encoding="utf-8")
        for _ in range(50 if size < 2000 else 10):
            at = rng.randrange(len(text) - size)
            piece = text[at : at + size]
            assert decode(piece.encode("gb18030"))[1] == "gb18030", piece
            big5 = traditional.convert(piece).encode("cp950", "ignore")
            assert decode(big5)[1] in ("cp950", "big5hkscs"), piece
