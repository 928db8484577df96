"""The verdict that stands within a true/false question in, the statement and the verdict out.

过五关斩六将的是张飞。（错，应为关羽）      a verdict with its correction, also ×（是关羽）
（√）宋江最初是郓城县的押司。              before the statement
× 李逵的老家在郓州。                       without a bracket
- [x] 对 / - [ ] 错                        a box ticked
正确的填“A”，错误的填“B”                  verdicts as letters
"""

import re

from extractors.paper_answers import Given
from extractors.paper_items import Section
from extractors.paper_text import fold
from extractors.question_type import truth

WORD = r"(?:√|×|○|对|错|正确|错误|不对|不正确|是|否|T|F|Y|N|True|False|Yes|No)"
CORRECTED = re.compile(
    rf"\s*[(\[]\s*({WORD})\s*[,:;、。\s]\s*([^()\[\]]*(?:\([^()]*\)[^()\[\]]*)*)[)\]]\s*[。.]?\s*$", re.I
)
FOLLOWED = re.compile(
    rf"\s*[(\[]\s*({WORD})\s*[)\]]\s*[。.,;:—\-]*\s*((?:应|改|更正|订正|正确|理由|原因|因为|解释|说明|不是|而是|是|\()[^\n]*)$",
    re.I,
)
NOTED = re.compile(r"(?<=[。!”\"])\s*([√×])\s*[,:]?\s*[(\[]([^()\[\]]+)[)\]]\s*$")
BEFORE = re.compile(rf"\s*(?:[(\[]\s*({WORD})?\s*[)\]]|([√×])(?=\s*[^\s√×]))\s*", re.I)
BOXES = re.compile(r"\n•\s*(√)?\s*(?:对|正确|是|True|T)\s*\n•\s*(√)?\s*(?:错误?|不对|否|False|F)\s*$", re.I)
WHETHER = re.compile(
    r"(?<=[。！!])\s*(?:这句话|这个说法|此说)?(?:是对还是错|对还是错|对不对|对吗|是否正确|正确吗)[？?。]?\s*$"
)
AT_END = re.compile(rf"(?<=[。!?”\"])[\s_]*(?<![/或□])({WORD})[\s_]*$", re.I)
LETTERED = re.compile(
    r"(?:正确|对|√)[^A-H。;]{0,10}?[“\"'「]?\s*([A-H])\b.{0,12}?(?:错误?|不对|不正确|×)[^A-H。;]{0,10}?[“\"'「]?\s*([A-H])\b",
    re.I,
)


def cut_judgement(text: str, kind: str) -> tuple[str, Given]:
    """The statement without a verdict that has its correction beside it, and both; else the text as it is.

    A verdict before the statement goes to its end, （√）, where the rest of the reading looks for it.
    """
    folded = fold(text)
    if kind in ("", "true_false"):
        for shape in (CORRECTED, FOLLOWED, NOTED):
            found = shape.search(folded)
            if (
                found
                and (kind or folded[: found.start()].rstrip()[-1:] in "。!.")
                and "?" not in folded[: found.start()]
            ):
                note = text[found.start(2) : found.end(2)].strip(" 。，,;；()（）")
                return text[: found.start()].rstrip(), Given(text[found.start(1) : found.end(1)], note)
        if kind and (end := AT_END.search(folded)):
            return text[: end.start(1)].rstrip(" _"), Given(text[end.start(1) : end.end(1)])
        if kind and (below := re.search(rf"\n\s*({WORD})\s*$", folded, re.I)):
            return text[: below.start()].rstrip(), Given(text[below.start(1) : below.end(1)])
        if boxes := BOXES.search(folded):
            mark = "√" if boxes[1] and not boxes[2] else "×" if boxes[2] and not boxes[1] else None
            return text[: boxes.start()].rstrip(), Given(mark)
        before = BEFORE.match(folded)
        mark = (before[1] or before[2] or "") if before else ""
        if before and (mark or kind) and "?" not in folded and before.end() < len(text):
            return f"{text[before.end() :].rstrip()}（{mark}）", Given()
    return text, Given()


def judged_by_letters(given: Given, section: Section) -> Given:
    """A verdict given as a letter in its mark: A is right and B wrong, unless the heading says otherwise."""
    letter = fold(given.answer or "").strip(" .。()").upper()
    if not re.fullmatch("[A-H]", letter) or truth(letter):
        return given
    told = LETTERED.search(fold("\n".join([section.told, *(line.text for line in section.loose)])))
    right, wrong = (told[1].upper(), told[2].upper()) if told else ("A", "B")
    mark = {right: "√", wrong: "×"}.get(letter)
    return Given(mark, given.explanation) if mark else given
