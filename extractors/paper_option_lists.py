"""The text of a question known to be a choice in, its options out where they have no letters: numbers, bullets, bare lines.

谁？（ 2 ）          谁？                 谁？（ ）
1）甲  2）乙         ①甲 ②乙 ③丙          甲
3）丙                                     乙
                                          丙
"""

import re
from itertools import islice

from extractors.paper_layout import STRESS
from extractors.paper_options import LETTERS, MOST_MARKS, Choice, Mark, cut_options, joined
from extractors.paper_text import fold

CIRCLES = "①②③④⑤⑥⑦⑧"
NUMBERS = (
    re.compile(r"(?:^|(?<=[\s?)\]。]))(?P<n>[1-8])\s*\)\s*", re.M),
    re.compile(r"(?:^|(?<=[\s?)\]。]))\(\s*(?P<n>[1-8])\s*\)\s*(?=\S)", re.M),
    re.compile(rf"(?P<n>[{CIRCLES}])\s*[.、]?\s*"),
    re.compile(r"(?:^|(?<=\s))(?P<n>[1-8])\s*[.、](?!\d)\s*", re.M),
)
SLOT_NUMBER = re.compile(rf"([(（\[［【]\s*)([1-8１-８{CIRCLES}](?:[\s,，、]*[1-8１-８{CIRCLES}])*)(\s*[)）\]］】])")
ANSWER_NUMBER = re.compile(rf"\s*[(\[]?\s*((?:[1-8{CIRCLES}][\s,、]*)+)[)\]]?\s*[.。]?\s*")
BULLET = re.compile(r"^•\s*", re.M)
LONGEST = 40  # characters of an option without any mark


def split_list(text: str, *, bare: bool) -> Choice:
    """The stem and the options as A, B, … where they stand numbered, in bullets or, with `bare`, in lines or columns."""
    folded = fold(text)
    for style in NUMBERS:
        chain: list[Mark] = []
        for found in islice(style.finditer(folded), MOST_MARKS):
            value = _value(found["n"])
            if value == len(chain) + 1 and not folded[: found.start()].rstrip().endswith(("(", "[")):
                clear = found.start() == 0 or folded[found.start() - 1].isspace()
                chain.append(Mark(LETTERS[value - 1], found.start(), found.end(), False, clear))
        if len(chain) >= 3 and text[: chain[0].begin].strip():
            choice = cut_options(text, folded, chain)
            stem = SLOT_NUMBER.sub(lambda found: f"{found[1]}{to_letters(found[2])}{found[3]}", choice.stem)
            return Choice(stem, choice.options, choice.ticked, choice.stressed, numbered=True)
    parts = BULLET.split(text)
    if 3 <= len(parts) - 1 <= 6 and parts[0].strip():
        return _listed(parts)
    return _bare_lines(text) if bare else Choice(text.replace(STRESS, ""), {})


def _listed(parts: list[str]) -> Choice:
    ticked = stressed = ""
    options: dict[str, str] = {}
    for letter, part in zip(LETTERS, parts[1:], strict=False):
        ticked += letter if part.startswith("√") else ""
        stressed += letter if part.startswith(STRESS) else ""
        options[letter] = joined(part.removeprefix("√"))
    stem = parts[0].replace(STRESS, "").strip()
    return Choice(stem, options, ticked, stressed if len(stressed) < len(options) else "")


def _bare_lines(text: str) -> Choice:
    """Options that are the lines under the stem, or the words on its second line with wide gaps between."""
    stem, *rest = [line for line in text.split("\n") if line.strip()] or [""]
    if len(rest) == 1:
        rest = re.split(r"\t|[ \u3000]{2,}", rest[0].strip())
    short = all(0 < len(line.strip()) <= LONGEST and not re.search(r"[？?]|_{2,}|[：:]$", line) for line in rest)
    if 3 <= len(rest) <= 6 and short and re.search(r"[？?：:]\s*$|[(（]\s*[)）]|[是有]\s*$", stem):
        return _listed([stem, *rest])
    return Choice(text.replace(STRESS, ""), {})


def to_letters(numbers: str) -> str:
    """13, ①③ or 1、3 as AC."""
    return "".join(sorted({LETTERS[_value(n) - 1] for n in fold(numbers) if n in "12345678" + CIRCLES}))


def numbered_answer(answer: str, options: dict[str, str]) -> str:
    """The letters that an answer in numbers, (2) or ①③, means; other answers, also an option's own text, as they are."""
    found = ANSWER_NUMBER.fullmatch(fold(answer))
    if not found or answer.strip() in options.values():
        return answer
    letters = to_letters(found[1])
    return letters if set(letters) <= set(options) else answer


def _value(n: str) -> int:
    return CIRCLES.index(n) + 1 if n in CIRCLES else int(n)
