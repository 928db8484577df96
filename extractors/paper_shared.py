"""The parts of one question whose answers stand together under the last in, each answer beside its part out.

7.（1）拟一条标语。（2）写出两个绰号。
【答案】（1）读水浒故事。（2）行者、花和尚。
"""

import re
from itertools import groupby

from extractors.paper_answers import cut_labels
from extractors.paper_items import Item
from extractors.paper_options import split_options
from extractors.paper_text import fold

PART = re.compile(r"(?:^|(?<=[\s。；;）)]))(?:[(]\s*(\d{1,2})\s*[)]|([①-⑳]))")
TO_MATCH = re.compile(r"\s*[^\s（()）？?]{1,12}\s*[（(][\s\u3000]*[)）]\s*[;；。]?\s*")
NOTE = re.compile(r"【(?:小问\s*)?(\d{1,2})\s*(?:题|小题)?详解】\s*")


def share_answers(items: list[Item]) -> None:
    """Moves the answers from the text of the last part to `said` of each, where it has one for every part."""
    for parent, group in groupby(items, lambda item: item.parent):
        parts = list(group)
        if not parent or len(parts) < 2 or any(item.answered for item in parts[:-1]):
            continue
        asked, given = cut_labels(parts[-1].text)
        answers = _parted(given.answer or "", len(parts))
        if not answers:
            continue
        parts[-1].text = asked
        notes = NOTE.split(given.explanation)
        explained = dict(zip(notes[1::2], notes[2::2], strict=True))
        for n, (item, answer) in enumerate(zip(parts, answers, strict=True), 1):
            note = explained.get(str(n), "").strip()
            item.text += f"\n【答案】{answer}" + (f"\n【解析】{note}" if note else "")
            item.answered = True


def share_options(items: list[Item]) -> None:
    """Gives the options under the last part to every part, where all of them are a few words with a slot: 宋江（ ）"""
    for parent, group in groupby(items, lambda item: item.parent):
        parts = list(group)
        if not parent or len(parts) < 2 or any(item.answered for item in parts):
            continue
        asked, _, options = parts[-1].text.partition("\n")
        if split_options(f"\n{options}").options and all(
            map(TO_MATCH.fullmatch, [asked, *(item.text for item in parts[:-1])])
        ):
            for item in parts[:-1]:
                item.text += f"\n{options}"


def _parted(answer: str, count: int) -> list[str]:
    """The answer cut at （1） to （`count`）, or ① to the last; empty where it does not begin so or lacks one."""
    folded = fold(answer)
    begins: list[re.Match[str]] = []
    for found in PART.finditer(folded):
        value = int(found[1]) if found[1] else ord(found[2]) - ord("①") + 1
        if value == len(begins) + 1:
            begins.append(found)
    if len(begins) != count or folded[: begins[0].start()].strip():
        return []
    ends = [found.start() for found in begins[1:]] + [len(answer)]
    return [answer[found.end() : end].strip(" ;；\n") for found, end in zip(begins, ends, strict=True)]
