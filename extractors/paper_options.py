"""The text of one question in, its stem and its options by letter out, however they are set.

A. 甲  B. 乙          Ａ、甲      (A) 甲      ［A］甲      A 甲  B 乙      A甲B乙      a. 甲
A. 甲      C. 丙      columns read down as well as across
B. 乙      D. 丁
• 甲                  a list without letters, where the question is known to be a choice
"""

import itertools
import re
from dataclasses import dataclass

from extractors.paper_text import fold

LETTERS = "ABCDEFGH"
MOST_MARKS = 200  # letters looked at in one question; their pairs are compared
# From the plainest way to print an option's letter to the least; a question keeps to one of them.
STYLES = (
    re.compile(r"(?<![A-Za-z0-9(\[])(?P<tick>(?<!\S)√[ \t]*)?(?P<letter>[A-Ha-h])\s*[.、:)](?!\s*[A-H]\s*[、,])\s*"),
    re.compile(r"(?P<tick>(?<!\S)√[ \t]*)?[(\[]\s*(?P<letter>[A-Ha-h])\s*[)\]]\s*[.、:]?\s*"),
    re.compile(r"(?:(?<=[\s。?)\]])|(?<![\s\S]))(?P<tick>(?<!\S)√[ \t]*)?(?P<letter>[A-Ha-h])\s+(?=\S)"),
    re.compile(r"(?<![A-Za-z0-9])(?P<tick>(?<!\S)√[ \t]*)?(?P<letter>[A-Ha-h])\s*(?=[\u4e00-\u9fff《“①-⑨\d])"),
)
TICKED = re.compile(r"\s*(?:\(?\s*√\s*\)?|[(\[]\s*(?:正确答案|正确|答案)\s*[)\]]|[←<]-*\s*(?:正确)?答案)\s*$")
HEADED = re.compile(r"^(A\tB(?:\t[C-H])*)\n(.+)$", re.M)
BULLET = re.compile(r"^•\s*", re.M)


@dataclass(frozen=True, slots=True)
class Choice:
    """`ticked`: letters of the options that are marked as right where they stand."""

    stem: str
    options: dict[str, str]
    ticked: str


@dataclass(frozen=True, slots=True)
class _Mark:
    letter: str
    begin: int
    end: int
    ticked: bool
    clear: bool  # at a line's start or after white space


def split_options(text: str, *, bullets: bool = False) -> Choice:
    """The stem, the options in the order of their letters, and what is ticked; no options where fewer than two fit.

    With `bullets` three to six list items under the stem count as options A, B, …
    """
    text = HEADED.sub(_beneath, text)
    folded = fold(text)
    for level, style in enumerate(STYLES):
        marks = [_mark(found, folded) for found in itertools.islice(style.finditer(folded), MOST_MARKS)]
        chain = _chain(marks)
        least = 2 if level < 2 else 3
        if len(chain) >= least and (chain[0].clear or level < 2):
            return _cut(text, folded, chain)
    if bullets:
        parts = BULLET.split(text)
        if 3 <= len(parts) - 1 <= 6 and parts[0].strip():
            options = {letter: _joined(part) for letter, part in zip(LETTERS, parts[1:], strict=False)}
            return Choice(parts[0].strip(), options, "")
    return Choice(text, {}, "")


def _beneath(found: re.Match[str]) -> str:
    """The options of a table that has the letters in one row and the texts in the next."""
    letters, texts = found[1].split("\t"), found[2].split("\t")
    if len(letters) != len(texts):
        return found[0]
    return "\n".join(f"{letter}. {said}" for letter, said in zip(letters, texts, strict=True))


def _mark(found: re.Match[str], folded: str) -> _Mark:
    begin = found.start()
    clear = begin == 0 or folded[begin - 1].isspace()
    return _Mark(found["letter"].upper(), begin, found.end(), bool(found["tick"]), clear)


def _chain(marks: list[_Mark]) -> list[_Mark]:
    """The marks A, B, C … that follow each other; a set in columns read down is taken when each stands once."""
    best: list[_Mark] = []
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


def _clear_later(marks: list[_Mark], mark: _Mark) -> bool:
    return any(other.letter == mark.letter and other.clear and other.begin > mark.begin for other in marks)


def _cut(text: str, folded: str, chain: list[_Mark]) -> Choice:
    ends = [mark.begin for mark in chain[1:]] + [len(text)]
    options: dict[str, str] = {}
    ticked = ""
    for mark, end in zip(chain, ends, strict=True):
        said = text[mark.end : end]
        right = TICKED.search(folded[mark.end : end])
        if right:
            said = said[: right.start()]
        if right or mark.ticked:
            ticked += mark.letter
        options[mark.letter] = _joined(said)
    options = dict(sorted(options.items()))
    last = chain[-1].letter
    if (answer := re.search(r"\s*[(（【\[]\s*([A-H]{1,8})\s*[)）】\]]\s*$", options[last])) and set(answer[1]) <= set(
        options
    ):
        options[last] = options[last][: answer.start()]
        ticked += answer[1]
    if not all(options.values()):
        filled = {letter: said for letter, said in options.items() if said}
        if len(filled) < 2:
            return Choice(text, {}, "")
    return Choice(text[: chain[0].begin].strip(), options, "".join(sorted(set(ticked))))


def _joined(said: str) -> str:
    """The option on one line; Chinese lines broken at the page's width join without a blank."""
    said = re.sub(r"(?<=[^\x00-\x7f])\s*\n\s*|\s*\n\s*(?=[^\x00-\x7f])", "", said.strip())
    return re.sub(r"\s+", " ", said).strip(" ;；/|｜")
