"""Text in, the form that decides sameness out: what a reader would call the same words compares equal."""

import re
import unicodedata
from functools import cache

import opencc

_NOT_WORDS = re.compile(r"[\W_]+")


def normalise(text: str) -> str:
    """The words of `text` alone: full-width and compatibility forms folded (NFKC), traditional characters
    simplified (OpenCC t2s), letters lower-cased, punctuation and white space left out.

    A text that is nothing but punctuation keeps it, so that …… and ！ stay two different texts.
    """
    folded = _converter().convert(unicodedata.normalize("NFKC", text)).lower()
    return _NOT_WORDS.sub("", folded) or folded.strip()


@cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")
