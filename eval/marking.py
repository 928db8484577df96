"""Two answers → each in pieces, those marked that the other does not have.

刘备、关羽、张飞。      against   刘备、张飞、赵云。      刘备、[关羽、]张飞。          刘备、张飞[、赵云]。
"""

from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import pairwise

from eval.words import words

Pieces = list[tuple[str, bool]]  # text, and whether the other lacks it

_MOST = 1_500  # words compared one by one: the time grows with the square of their number


def marked(before: str, after: str) -> tuple[Pieces, Pieces]:
    """The pieces of both texts, by jieba's words; joined they give the texts again.

    >>> marked("刘备来了", "刘备来了")
    ([('刘备来了', False)], [('刘备来了', False)])
    """
    old, new = words(before), words(after)
    if max(len(old), len(new)) > _MOST:
        differs = before != after
        return [(before, differs)] if before else [], [(after, differs)] if after else []
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    return _pieces(old, [(block.a, block.size) for block in blocks]), _pieces(
        new, [(block.b, block.size) for block in blocks]
    )


def _pieces(texts: Sequence[str], shared: Sequence[tuple[int, int]]) -> Pieces:
    """`shared`: start and length, in words, of what the other text has too; the last is empty, at the end."""
    found: Pieces = []
    bounds = [(0, 0), *shared]
    for (start, size), (then, _) in pairwise(bounds):
        found += [("".join(texts[start : start + size]), False), ("".join(texts[start + size : then]), True)]
    return [(text, own) for text, own in found if text]
