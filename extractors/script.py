"""Text in either script in, the same text in simplified characters out, character for character."""

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

_TRADITIONAL = re.compile(r"[說這個們來為過時見對問後與於會]")
# Characters of traditional print that the tables leave alone, as they are no longer parts of the standard.
_VARIANTS = str.maketrans("伕揹瞭", "夫背了")
_ENOUGH = 3  # in a thousand characters; a simplified text has none or a stray one


def simplified(text: str, keep: Iterable[str] = ()) -> str:
    """The text with every traditional character replaced by its simplified one; always as long as `text`.

    Characters of the words to `keep` stay as they are: 哪吒 and 魏徵 are written so in simplified texts too.

    Characters are converted one by one, so that an offset means the same in both. A text that shows almost no
    traditional characters comes back as it is. Conversion tables: OpenCC (t2s).
    """
    sample = text[:20_000]
    if len(_TRADITIONAL.findall(sample)) * 1000 < _ENOUGH * len(sample) or not sample:
        return text
    characters = sorted(c for c in set(text).difference(*keep) if "\u3400" <= c <= "\U0003ffff")
    plain = _converter().convert("\n".join(characters)).split("\n")
    table = {ord(a): b for a, b in zip(characters, plain, strict=False) if len(b) == 1}
    return text.translate(table | _VARIANTS) if len(plain) == len(characters) else text


@cache
def _converter() -> Any:
    from opencc import OpenCC  # loaded only for texts that need it: its tables take a tenth of a second

    return OpenCC("t2s")
