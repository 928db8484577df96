"""A text → how much of it repeats itself: the share of 4-grams seen before, and the longest stretch going in circles.

    A refrain      “式微，式微，胡不归？微君之故，胡为乎中露？”    a third of its 4-grams at most, a loop of a few characters
    A parrot (复读机) “你还说，你还说，你还说，你还说，你还说，”      nearly all 4-grams, one loop from end to end

The share is seq-rep-4 of Welleck et al., "Neural text generation with unlikelihood training" (2020), over characters.
"""

import re
from operator import eq

_AT_ONCE = re.compile(r"(.{1,3})\1", re.S)


def repeated_4grams(text: str) -> float | None:
    """The share, 0 to 1, of 4-grams of characters (white space apart) that stood in the text before.

    None for a text of fewer than four characters, which has none.
    """
    bare = "".join(text.split())
    grams = [bare[start : start + 4] for start in range(len(bare) - 3)]
    return 1 - len(set(grams)) / len(grams) if grams else None


def longest_loop(text: str) -> int:
    """Characters (white space apart) in the longest stretch that is one piece said over at once, twice or more.

    What is left of the piece at the end counts: a model that is cut off in its third round has looped all the way.

    >>> longest_loop("好好好"), longest_loop("你还说，你还说，你还"), longest_loop("桃园三结义")
    (3, 10, 0)
    """
    bare = "".join(text.split())
    half = len(bare) // 2
    if not repeated_4grams(bare):  # then no piece of more than three characters comes twice
        half = min(half, 3) if _AT_ONCE.search(bare) else 0
    return max((_loop(bare, period) for period in range(1, half + 1)), default=0)


def _loop(bare: str, period: int) -> int:
    """Characters in the longest loop of this period; 0 where there is none.

    The text is laid beside itself that far on; k characters in a row that agree make a loop of k + period, whole when
    k ≥ period. So many hold one of the blocks of half a period whole, which rules most periods out at a glance.
    """
    block = (period + 1) // 2
    starts = range(0, len(bare) - period - block + 1, block)
    if not any(bare[at : at + block] == bare[at + period : at + period + block] for at in starts):
        return 0
    agree = bytes(map(eq, bare, bare[period:]))
    streak = max(map(len, agree.split(b"\0")))
    return streak + period if streak >= period else 0
