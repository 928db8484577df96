"""A prediction and a reference → character F1: which characters they share, in whatever order.

The F1 of SQuAD (Rajpurkar et al., 2016), over characters where SQuAD has words, after putting width, case, spacing and
punctuation aside as `eval.plain` does. It forgives word order and word cutting, which ROUGE does not.
"""

from collections import Counter

from eval.plain import plain


def character_f1(prediction: str, reference: str) -> float:
    """F1, 0 to 1, each character counted as often as it occurs; 0 where the two share none.

    >>> round(character_f1("关羽字云长", "云长。"), 3)
    0.571
    """
    mine, theirs = plain(prediction), plain(reference)
    shared = (Counter(mine) & Counter(theirs)).total()
    return 2 * shared / (len(mine) + len(theirs)) if shared else 0.0
