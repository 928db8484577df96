"""The text of a file nobody has described in, its kind out: novel, quiz, instruct, or nothing when it cannot tell."""

import json
import re

from corpora.chapters import split_chapters

INSTRUCTION_KEYS: tuple[frozenset[str], ...] = tuple(
    frozenset(keys.split())
    for keys in (
        "instruction output",
        "instruction instances",
        "input output",
        "input target",
        "context target",
        "context chat",
        "question std_answer",
        "prompt response",
        "conversations",
        "conversation",
        "messages",
    )
)
QUIZ_KEYS: tuple[frozenset[str], ...] = tuple(
    frozenset(keys.split())
    for keys in ("question answer", "question options", "name value", "stem answer", "题目 答案", "题干 答案")
)
QUIZ_HEADINGS = frozenset(
    ["question", "questions", "stem", "题目", "题干", "问题", "试题", "试题内容", "题目内容", "题面"]
)
NUMBERED_QUESTION = re.compile(
    r"^\s*(?:[（(]?\d{1,4}[)）]?[.．、:：]|第\s*\d+\s*题|[一二三四五六七八九十]+、).*?\S", re.M
)
ANSWER_SIGNS = re.compile(r"[（(]\s*[A-H√×]?\s*[)）]|_{2,}|答案|解析|^\s*[A-D][.．、]|？\s*$|^\['", re.M)


def guess_kind(text: str) -> str:
    """`novel`, `quiz` or `instruct`, or empty when nothing decides.

    JSON goes by the keys of its first record; a table by a heading for the question; other text is a quiz when it
    has numbered items that ask (options, brackets, blanks, answers), and a novel when it has two chapter headings.
    """
    head = text.lstrip("\ufeff \t\r\n")
    if head[:1] in "[{":
        keys = _first_keys(head)
        if any(wanted <= keys for wanted in INSTRUCTION_KEYS):
            return "instruct"
        if any(wanted <= keys for wanted in QUIZ_KEYS):
            return "quiz"
        if keys:
            return ""
    first_line = re.split(r"[,\t;|]", re.split(r"[\r\n]", head[:2000])[0])
    headings = {cell.strip(' "').lower() for cell in first_line}
    if len(first_line) > 1 and any(wanted <= headings for wanted in INSTRUCTION_KEYS):
        return "instruct"
    if len(first_line) > 1 and QUIZ_HEADINGS & headings:
        return "quiz"
    numbered = len(NUMBERED_QUESTION.findall(text[:100_000]))
    signs = len(ANSWER_SIGNS.findall(text[:100_000]))
    if numbered >= 3 and signs >= numbered / 2:
        return "quiz"
    return "novel" if sum(chapter.number > 0 for chapter in split_chapters(text)) >= 2 else ""


def _first_keys(text: str) -> set[str]:
    decoder = json.JSONDecoder()
    begin = 0
    if text.startswith("["):
        begin = len(text) - len(text[1:].lstrip())
    try:
        record, _ = decoder.raw_decode(text, begin)
    except (json.JSONDecodeError, RecursionError):
        return set()
    return set(record) if isinstance(record, dict) else set()
