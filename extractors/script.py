"""Text in either script in, the same text in simplified characters out, character for character."""

import re
from functools import cache
from typing import Any

_TRADITIONAL = re.compile(r"[說這個們來為過時見對問後與於會]")
_ENOUGH = 3  # in a thousand characters; a simplified text has none or a stray one


def simplified(text: str) -> str:
    """The text with every traditional character replaced by its simplified one; always as long as `text`.

    Characters are converted one by one, so that an offset means the same in both. A text that shows almost no
    traditional characters comes back as it is. Conversion tables: OpenCC (t2s).
    """
    sample = text[:20_000]
    if len(_TRADITIONAL.findall(sample)) * 1000 < _ENOUGH * len(sample) or not sample:
        return text
    characters = sorted(character for character in set(text) if "\u3400" <= character <= "\U0003ffff")
    plain = _converter().convert("\n".join(characters)).split("\n")
    table = {ord(a): b for a, b in zip(characters, plain, strict=False) if len(b) == 1}
    return text.translate(table) if len(plain) == len(characters) else text


@cache
def _converter() -> Any:
    from opencc import OpenCC  # loaded only for texts that need it: its tables take a tenth of a second

    return OpenCC("t2s")
