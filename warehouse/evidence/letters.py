"""Text in, the letters by which words are compared out: script, width and case folded, punctuation and blanks gone."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import opencc

Array = np.ndarray[Any, Any]
_DIGITS = "零一二三四五六七八九"
_UNITS = ("", "十", "百", "千")


@dataclass(frozen=True)
class Letters:
    """The letters of a text. `codes` are their code points after folding, `offsets` where they stand in the text."""

    codes: Array
    offsets: Array


def letters_of(text: str) -> Letters:
    """The folded letters of a text, every one with its place, so that a match leads back to the verbatim text."""
    raw = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
    present, inverse = np.unique(raw, return_inverse=True)
    folded = np.array([ord(_fold_character(chr(code))) for code in present], dtype=np.uint32)
    letter = np.array([chr(code).isalnum() for code in present], dtype=bool)
    kept = letter[inverse] if len(raw) else np.zeros(0, dtype=bool)
    return Letters(folded[inverse][kept] if len(raw) else raw, np.flatnonzero(kept))


def fold(text: str) -> str:
    """The text as it is compared, punctuation still in it: NFKC, simplified, lower case, 72 as 七十二.

    >>> fold("孫悟空會７２變")
    '孙悟空会七十二变'
    """
    plain = fold_evenly(unicodedata.normalize("NFKC", text))
    return re.sub(r"[0-9]+", lambda found: _numeral(found[0]), plain)


def fold_evenly(text: str) -> str:
    """The text folded letter by letter: always as long as it was, numbers as they are."""
    return "".join(map(_fold_character, text))


def bare(text: str) -> str:
    """The folded text without its punctuation and blanks."""
    return "".join(filter(str.isalnum, fold(text)))


@cache
def _fold_character(character: str) -> str:
    folded = unicodedata.normalize("NFKC", character).lower()
    folded = _script().convert(folded) if folded > "\u3400" else folded
    return {"〇": "零", "○": "零"}.get(folded, folded) if len(folded) == 1 else character


def _numeral(digits: str) -> str:
    """72 → 七十二; more than four digits, or a leading zero, digit by digit but for whole 万: 13500 → 一万三千五百."""
    number = int(digits)
    if digits.startswith("0") or number >= 100_000_000:
        return "".join(_DIGITS[int(digit)] for digit in digits)
    if number >= 10_000:
        rest = number % 10_000
        return (
            _numeral(str(number // 10_000))
            + "万"
            + (("零" if rest < 1000 else "") + _numeral(str(rest)) if rest else "")
        )
    told, gap = "", False
    for place, digit in zip(range(len(digits) - 1, -1, -1), digits, strict=True):
        if digit == "0":
            gap = bool(told)
            continue
        told += ("零" if gap else "") + _DIGITS[int(digit)] + _UNITS[place]
        gap = False
    return told.removeprefix("一") if told.startswith("一十") else told


@cache
def _script() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")
