"""A free prediction and a canonical reference → whether it is exactly right, for the question types with one answer.

    choice       “B”, “答案：B、曹操”, “选A和C”, “曹操” (an option's own text)      against   "B", "AC"
    true_false   “对”, “错误。因为……”, “√”, “False”, “这个说法不正确”               against   "true", "false"
    fill_blank   “诸葛亮；周瑜”, “1. 诸葛亮 2. 周瑜”                              against   "诸葛亮；周瑜"

A prediction in which no answer can be made out is wrong, never left out of the count.
"""

import re

from eval.choice import choice_letters, listed_options
from eval.plain import plain
from eval.truth import truth_value

CHOICE = ("single_choice", "multiple_choice")
EXACT_TYPES = (*CHOICE, "true_false", "fill_blank")

_BETWEEN_BLANKS = re.compile(r"[;；|｜/／\n\t]+")
_LOOSE_BETWEEN_BLANKS = re.compile(r"[;；|｜/／\n\t,，、 　]+")
# “1.”, “(2)”, “③” or “第一空：” before a blank, at the start or after something that is not a digit
_BLANK_NUMBER = re.compile(
    r"(?:(?<![\d第])[(（]?\d{1,2}[)）.．、:：](?!\d)|[①-⑳]|第[一二三四五六七八九十\d]+个?空[:：是为]?)\s*"
)
_ANSWER_IS = re.compile(r"^\s*(?:正确|参考|标准)?(?:答案?|填空?|应填|填入)\s*(?:[:：]|应?[是为])\s*")


def exact_match(prediction: str, reference: str, question_type: str, prompt: str = "") -> bool | None:
    """Whether the prediction gives the reference's answer; None for a question type that has no single answer.

    `prompt` is where a choice question's options are listed (lines or runs of “A. 曹操  B. 刘备”); without it only
    letters are understood. A choice or true/false reference that is neither letters nor a truth word is compared as
    plain text.
    """
    if question_type in CHOICE:
        options = listed_options(prompt)
        several = question_type == "multiple_choice"
        right = choice_letters(reference, options, several)
        if not right:
            return plain_equal(prediction, reference)
        return choice_letters(prediction, options, several) == right
    if question_type == "true_false":
        truth = truth_value(reference)
        return plain_equal(prediction, reference) if truth is None else truth_value(prediction) is truth
    if question_type == "fill_blank":
        return all(blanks_right(prediction, reference))
    return None


def letters_right(prediction: str, reference: str, question_type: str, prompt: str = "") -> float | None:
    """Part marks for a choice: of the letters that were picked or right, the share that were both, 0 to 1 (Jaccard).

    The same as an exact match where one letter was picked and one is right. None for other types, and where the
    reference gives no letters.

    >>> letters_right("AB", "ABC", "multiple_choice"), letters_right("B", "A", "single_choice")
    (0.6666666666666666, 0.0)
    """
    if question_type not in CHOICE:
        return None
    options, several = listed_options(prompt), question_type == "multiple_choice"
    right = set(choice_letters(reference, options, several))
    picked = set(choice_letters(prediction, options, several))
    return len(picked & right) / len(picked | right) if right else None


def plain_equal(prediction: str, reference: str) -> bool:
    """Whether the two are the same text apart from width, case, spacing, punctuation and a leading “答案：”."""
    return plain(_ANSWER_IS.sub("", prediction)) == plain(_ANSWER_IS.sub("", reference))


def blanks_right(prediction: str, reference: str) -> list[bool]:
    """For each blank of the reference, whether the prediction fills it with the same text; never empty.

    Blanks are parted by semicolons, bars, slashes, line ends or their numbers. Where that does not give as many as
    the reference has, the prediction's commas, enumeration commas and blanks part them too; a blank too many makes
    all of them wrong, since it cannot be said which answer was meant.
    """
    wanted = _blanks(reference, _BETWEEN_BLANKS) or [reference]
    if len(wanted) == 1:
        return [plain_equal(prediction, reference)]
    given = _blanks(prediction, _BETWEEN_BLANKS)
    if len(given) != len(wanted):
        given = _blanks(prediction, _LOOSE_BETWEEN_BLANKS)
    if len(given) > len(wanted):
        return [False] * len(wanted)
    given += [""] * (len(wanted) - len(given))
    return [plain(mine) == plain(theirs) for mine, theirs in zip(given, wanted, strict=True)]


def _blanks(text: str, between: re.Pattern[str]) -> list[str]:
    numbered = _BLANK_NUMBER.sub("\n", _ANSWER_IS.sub("", text))
    return [part.strip() for part in between.split(numbered) if part.strip()]
