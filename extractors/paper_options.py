"""The text of one question in, its stem and its options by letter out, however they are set.

A. 甲  B. 乙          Ａ、甲      (A) 甲      ［A］甲      A 甲  B 乙      A甲B乙      a. 甲
A. 甲      C. 丙      columns read down as well as across
B. 乙      D. 丁
"""

import itertools
import re
from dataclasses import dataclass, replace

from extractors.paper_layout import STRESS
from extractors.paper_text import fold

LETTERS = "ABCDEFGH"
MOST_MARKS = 200  # letters looked at in one question; their pairs are compared
TICK = r"(?P<tick>(?<!\S)√[ \t]*)?"
# From the plainest way to print an option's letter to the least; a question keeps to one of them.
STYLES = (
    re.compile(rf"(?<![A-Za-z0-9(\[]){TICK}(?P<letter>[A-Ha-h])\s*[.、:)](?!\s*[A-H]\s*[、,])\s*"),
    re.compile(rf"{TICK}[(\[]\s*(?P<letter>[A-Ha-h])\s*[)\]]\s*[.、:]?\s*"),
    re.compile(rf"(?:(?<=[\s。?)\]])|(?<![\s\S])){TICK}(?P<letter>[A-Ha-h])\s+(?=\S)"),
    re.compile(rf"(?<![A-Za-z0-9]){TICK}(?P<letter>[A-Ha-h])\s*(?=[\u4e00-\u9fff《“①-⑨\d])"),
    re.compile(rf"(?:^|(?<=\s)){TICK}(?P<letter>[A-Ha-h])\s*[-—–=]+\s*(?=\S)"),
)
TICKED = re.compile(r"\s*(?:\(?\s*√\s*\)?|[(\[]\s*(?:正确答案|正确|答案)\s*[)\]]|[←<]-*\s*(?:正确)?答案)\s*$")
BELOW = re.compile(r"\n\W*([A-H]{1,8})\s*[。.]?\s*$")  # an answer on a line of its own, without a label
LISTED = re.compile(r"(?:^|(?<=\n))[ \t]*([1-8])[.)、）．]\s*\Z")
HEADED = re.compile(r"^(A\tB(?:\t[C-H])*)\n(.+)$", re.M)


@dataclass(frozen=True, slots=True)
class Choice:
    """`ticked`: letters of the options that are marked as right where they stand; `stressed`: of those set off by type
    or colour, which is a weaker sign and empty where all are. `numbered`: the options are printed 1, 2, … for A, B, …"""

    stem: str
    options: dict[str, str]
    ticked: str = ""
    stressed: str = ""
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """An option's letter in the text. `end` is where its words begin."""

    letter: str
    begin: int
    end: int
    ticked: bool
    clear: bool  # at a line's start or after white space


def split_options(text: str) -> Choice:
    """The stem, the options in the order of their letters, and what is ticked; no options where fewer than two fit."""
    text = HEADED.sub(_beneath, text)
    folded = fold(text)
    for level, style in enumerate(STYLES):
        marks = [_mark(found, folded) for found in itertools.islice(style.finditer(folded), MOST_MARKS)]
        chain = _chain(marks)
        least = 2 if level < 2 else 3
        if len(chain) >= least and (level < 2 or chain[0].clear or folded[chain[0].begin - 1] in ")]?。:"):
            return cut_options(text, folded, chain)
    return Choice(text.replace(STRESS, ""), {})


def _beneath(found: re.Match[str]) -> str:
    """The options of a table that has the letters in one row and the texts in the next."""
    letters, texts = found[1].split("\t"), found[2].split("\t")
    if len(letters) != len(texts):
        return found[0]
    return "\n".join(f"{letter}. {said}" for letter, said in zip(letters, texts, strict=True))


def _mark(found: re.Match[str], folded: str) -> Mark:
    begin = found.start()
    clear = begin == 0 or folded[begin - 1].isspace()
    return Mark(found["letter"].upper(), begin, found.end(), bool(found["tick"]), clear)


def _chain(marks: list[Mark]) -> list[Mark]:
    """The marks A, B, C … that follow each other; a set in columns read down is taken when each stands once."""
    best: list[Mark] = []
    for i, first in enumerate(marks):
        if first.letter != "A":
            continue
        chain = [first]
        for mark in marks[i + 1 :]:
            wanted = LETTERS[len(chain)] if len(chain) < len(LETTERS) else ""
            if mark.letter == wanted and (mark.clear or not _clear_later(marks, mark)):
                chain.append(mark)
            elif mark.letter == "A" and mark.clear and len(chain) == 1:
                break
        if (len(chain), chain[0].clear) >= (len(best), best[0].clear if best else False):
            best = chain
    clear = [mark for mark in marks if mark.clear]
    letters = sorted(mark.letter for mark in clear)
    if len(letters) > len(best) and len(letters) > 2 and letters == list(LETTERS[: len(letters)]):
        return clear
    return best


def _clear_later(marks: list[Mark], mark: Mark) -> bool:
    return any(other.letter == mark.letter and other.clear and other.begin > mark.begin for other in marks)


def cut_options(text: str, folded: str, chain: list[Mark]) -> Choice:
    """The text parted at the marks: what stands before the first is the stem."""
    begins = [LISTED.search(text, 0, mark.begin) for mark in chain]
    if all(found and int(found[1]) == n for n, found in enumerate(begins, 1)):  # 1. A：甲
        chain = [replace(mark, begin=found.start()) for mark, found in zip(chain, begins, strict=True) if found]
    ends = [mark.begin for mark in chain[1:]] + [len(text)]
    options: dict[str, str] = {}
    ticked = stressed = ""
    for mark, end in zip(chain, ends, strict=True):
        said = text[mark.end : end]
        right = TICKED.search(folded[mark.end : end])
        if right:
            said = said[: right.start()]
        if right or mark.ticked:
            ticked += mark.letter
        if mark is chain[-1] and (below := BELOW.search(fold(said))) and set(below[1]) <= {*options, mark.letter}:
            ticked, said = ticked + below[1], said[: below.start()]
        if text[mark.begin - 1 : mark.begin] == STRESS:
            stressed += mark.letter
        options[mark.letter] = joined(said)
    last = chain[-1].letter
    if all(said.endswith(("，", ",", "、", "；", ";")) for letter, said in options.items() if letter != last):
        options = {
            letter: said.rstrip("，,、；;。" if letter == last else "，,、；;") for letter, said in options.items()
        }
    options = dict(sorted(options.items()))
    if (answer := re.search(r"\s*[(（【\[]\s*([A-H]{1,8})\s*[)）】\]]\s*$", options[last])) and set(answer[1]) <= set(
        options
    ):
        options[last] = options[last][: answer.start()]
        ticked += answer[1]
    if not all(options.values()) and sum(map(bool, options.values())) < 2:
        return Choice(text.replace(STRESS, ""), {})
    stem = text[: chain[0].begin].replace(STRESS, "").strip()
    choice = Choice(stem, options, "".join(sorted(set(ticked))))
    return replace(choice, stressed=stressed) if len(stressed) < len(options) else choice


def joined(said: str) -> str:
    """The option on one line; Chinese lines broken at the page's width join without a blank."""
    said = re.sub(f"{STRESS}|</?u>", "", said).strip()
    said = re.sub(r"(?<=[^\x00-\x7f])\s*\n\s*|\s*\n\s*(?=[^\x00-\x7f])", "", said)
    return re.sub(r"\s+", " ", said).strip(" /|｜")
