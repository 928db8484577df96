"""Pinyin initials before a question, typed to look it up; the question without them out."""

import re
from bisect import bisect_right

# GB 2312 lists its first 3,755 characters by pinyin, so the initial follows from the code: the first code of each.
STARTS = (
    0xB0A1, 0xB0C5, 0xB2C1, 0xB4EE, 0xB6EA, 0xB7A2, 0xB8C1, 0xB9FE, 0xBBF7, 0xBFA6, 0xC0AC, 0xC2E8,
    0xC4C3, 0xC5B6, 0xC5BE, 0xC6DA, 0xC8BB, 0xC8F6, 0xCBFA, 0xCDDA, 0xCEF4, 0xD1B9, 0xD4D1,
)  # fmt: skip
INITIALS = "abcdefghjklmnopqrstwxyz"
LAST = 0xD7F9
PREFIX = re.compile(r"([a-z]{2,8})(?=[^\sa-zA-Z.,'])")


def strip_initials(text: str) -> str:
    """`text` without leading letters that are mostly the initials of its first characters (zl醉里… → 醉里…).

    Half of the letters must fit: people mistype, and characters have more than one reading. A word such as
    "iphone" fits no characters and stays.
    """
    prefix = PREFIX.match(text)
    if not prefix:
        return text
    rest = text[prefix.end() :]
    first = "".join(pinyin_initial(c) for c in rest)[: len(prefix[1]) + 4]
    fitting = sum(letter in first for letter in prefix[1])
    return rest if 2 * fitting >= len(prefix[1]) else text


def pinyin_initial(character: str) -> str:
    """The initial letter of a frequent simplified character's pinyin, an ASCII letter itself, else empty."""
    if character.isascii():
        return character.lower() if character.isalnum() else ""
    code = int.from_bytes(character.encode("gb2312", "ignore"), "big")
    return INITIALS[bisect_right(STARTS, code) - 1] if STARTS[0] <= code <= LAST else ""
