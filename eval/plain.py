"""Text → what is left when width, case, spacing and punctuation are put aside."""

import unicodedata


def plain(text: str) -> str:
    """The letters, digits and symbols of `text`, NFKC and caseless; a text of nothing but punctuation stays as it is.

    >>> plain(" 《Ａ计划》。 "), plain("……")
    ('a计划', '......')
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    kept = "".join(character for character in folded if unicodedata.category(character)[0] not in "PZC")
    return kept or "".join(folded.split())
