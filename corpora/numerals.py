"""Chinese, full-width and Arabic numerals in, integers out."""

import unicodedata

DIGITS = dict(zip("零一二三四五六七八九", range(10), strict=True))
DIGITS |= dict(zip("壹贰叁肆伍陆柒捌玖", range(1, 10), strict=True)) | dict(zip("貳參陸", (2, 3, 6), strict=True))
DIGITS |= {"〇": 0, "○": 0, "Ｏ": 0, "两": 2, "兩": 2}
UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000, "万": 10_000, "萬": 10_000}
TENS = {"廿": 20, "卅": 30, "卌": 40}
NUMERALS = "0-9０-９" + "".join([*DIGITS, *UNITS, *TENS])  # the inside of a regular expression's bracket


def read_number(text: str) -> int | None:
    """The number that `text` writes, or None when it is no numeral.

    Reads 一百二十, the colloquial 一百一 with its missing 零 (第一百一回 is 101), positional 八三 and 一○○ (as Project
    Gutenberg numbers chapters), 廿三, formal 贰拾, and digits of either width.
    """
    text = text.strip()
    if not text:
        return None
    if all(unicodedata.category(c) == "Nd" for c in text):
        return int(text)
    if any(c not in DIGITS and c not in UNITS and c not in TENS for c in text):
        return None
    if not any(c in UNITS or c in TENS for c in text):
        return int("".join(str(DIGITS[c]) for c in text))
    total = section = digit = 0
    for c in text:
        if c in DIGITS:
            digit = DIGITS[c]
        elif c in TENS:
            section, digit = section + TENS[c], 0
        elif UNITS[c] == 10_000:
            total, section, digit = total + max(1, section + digit) * 10_000, 0, 0
        else:
            section, digit = section + max(1, digit) * UNITS[c], 0
    return total + section + digit
