"""A novel's text cut into passages in, the passages nearest to a question's words out."""

import re
from dataclasses import dataclass

import numpy as np

from warehouse.evidence.index import BLOCK, Index
from warehouse.evidence.letters import Array

_LONGEST = 200  # characters; a paragraph of more is cut behind a sentence
_TRIED = 40  # blocks looked at for a passage; one passage has some twenty
_SENTENCE = re.compile(r"[^。！？；\n\r]*(?:[。！？；][”’」』]*|[\n\r]+|\Z)")


@dataclass(frozen=True)
class Passage:
    """A passage of a novel: its characters in the document's text, its chapter, and the bits of the question's words
    near it."""

    char_start: int
    char_end: int
    chapter: int
    score: float


def cut_passages(text: str) -> Array:
    """Where passages begin, in characters: sentences gathered up to 200 characters, never across a paragraph."""
    starts, begin = [0], 0
    for match in _SENTENCE.finditer(text):
        if match.end() - begin > _LONGEST and match.start() > begin:
            begin = match.start()
            starts.append(begin)
        if match[0].endswith(("\n", "\r")) and match.end() < len(text):
            begin = match.end()
            starts.append(begin)
    return np.array(sorted(set(starts)))


def best_passages(index: Index, starts: Array, near: Array, count: int) -> list[Passage]:
    """The `count` passages that come nearest, best first, none without any word of the question."""
    most = min(count * _TRIED, len(near) - 1)
    order = np.argpartition(-near, most)[: most + 1]
    order = order[np.lexsort((order, -near[order]))]  # ties by place
    found: dict[int, Passage] = {}
    for block in order:
        if near[block] <= 0 or len(found) == count or block * BLOCK >= index.size:
            break
        letter = min(int(block) * BLOCK + BLOCK // 2, index.size - 1)
        if index.in_heading[letter]:  # its words count in all of its chapter
            continue
        place = int(np.searchsorted(starts, index.offsets[letter], side="right")) - 1
        if place not in found:
            end = int(starts[place + 1]) if place + 1 < len(starts) else len(index.text)
            start = int(starts[place])
            stripped = index.text[start:end].rstrip()
            chapter = index.chapters[int(index.chapter_at(np.array([letter]))[0])].number
            found[place] = Passage(start, start + len(stripped), chapter, round(float(near[block]), 2))
    return list(found.values())
