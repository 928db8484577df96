"""The lines above the questions on one passage in, the passage out, and the numbers of the questions it is for."""

import re

from extractors.paper_text import fold

RANGE = re.compile(r"(\d{1,3})\s*(?:[-~—–、]|至|到)+\s*(\d{1,3})\s*(?:小?题|两题|三题)")
# 阅读下面的文字，完成下列各题。 tells what to do with the passage; it is not of it.
TOLD = re.compile(
    r"\W*(?:[一二三四五六]\W*)?(?:请|认真|仔细|快速){0,2}(?:阅读|根据|结合)[^。:]{0,40}?"
    r"(?:回答|完成|作答|答题|各题|小题|问题)[^。:]{0,12}[。.:]?\s*|\W*(?:阅读)?(?:材料|选段|文段|语段|节选)?(?:阅读)?\W*"
)
SCORED = re.compile(r"[(\[][^()\[\]]*\d\s*分[^()\[\]]*[)\]]")
LEAST = 12  # characters; less is no passage


def passage_text(lines: list[str]) -> str:
    """The passage without scores and without the line that tells to read it; empty where there is no passage.

    Where that line stands alone it is what there is: it may name the book that the questions are about.
    """
    plain = [text for line in lines if (text := _unscored(line))]
    kept = [line for line in plain if not TOLD.fullmatch(fold(line))]
    text = "\n".join(kept or plain)
    return text if len(text) >= LEAST else ""


def question_range(line: str) -> tuple[int, int] | None:
    """The first and last question that 完成1～4题 names."""
    found = RANGE.search(fold(line))
    return (int(found[1]), int(found[2])) if found else None


def _unscored(line: str) -> str:
    while found := SCORED.search(fold(line)):
        line = line[: found.start()] + line[found.end() :]
    return line.strip()
