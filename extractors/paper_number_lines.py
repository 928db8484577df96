"""A paper's raw lines in, those that are nothing but a number made the number of the question under them.

01                              01.
猪八戒住在哪个洞？              猪八戒住在哪个洞？
"""

import re

ALONE = re.compile(r"[\s*#_<>/a-z【】\[\]（）()]*0?(\d{1,2})[\s*#_<>/a-z【】\[\]（）()]*")
NUMBERED = re.compile(r"\W*(?:第\s*)?\d{1,3}\s*(?:[.、．)）]|题)|\W*[一二三四五六七八九十]+、")
ASKS = re.compile(r"[？?]|_{2,}|[（(][\s　]*[）)]|^\W*[A-DＡ-Ｄ][\s.．、]")
LEAST = 3  # numbers; fewer may be of pages


def number_lines(lines: list[str]) -> list[str]:
    """The lines; a number alone on its line gets a full stop where such numbers count up from 1, something is asked
    between any two of them, and no other line is numbered. Page numbers stand at the end of what they number."""
    alone = [(i, int(found[1])) for i, line in enumerate(lines) if (found := ALONE.fullmatch(line))]
    if len(alone) < LEAST or [value for _, value in alone] != list(range(1, len(alone) + 1)):
        return lines
    if any(map(NUMBERED.match, lines[: alone[0][0]])) or any("\f" in line for line in lines):
        return lines
    ends = [i for i, _ in alone[1:]] + [len(lines)]
    for (begin, _), end in zip(alone, ends, strict=True):
        between = lines[begin + 1 : end]
        if not any(map(ASKS.search, between)) or (end < len(lines) and any(map(NUMBERED.match, between))):
            return lines
    numbered = dict(alone)
    return [f"{numbered[i]}." if i in numbered else line for i, line in enumerate(lines)]
