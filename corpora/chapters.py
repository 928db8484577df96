"""The text of a 章回 novel in, its chapters out: number, title and where heading, body and end stand.

A heading is a line that opens with 第N回 (章, 节, 卷, 集, 部). A line of that look may also be prose that mentions a
chapter, a page of contents, or a heading whose line end is lost so that the chapter follows at once; so every such
line gets a weight by how much it looks like a heading, and the best chain of rising numbers wins.
"""

import re
from dataclasses import dataclass

from corpora.numerals import NUMERALS, read_number

BLANK = " \t\u3000\u00a0"
LINE_ENDS = "\n\r\f\u2028\u2029"
NUMBERED = re.compile(
    rf"[{BLANK}]*[#*【〔《]*[{BLANK}]*(?P<label>(?:第[{BLANK}]*(?P<n>[{NUMERALS}]+)[{BLANK}]*"
    rf"(?P<unit>[回囘迴章节節卷集部])|(?P<roll>卷)[{BLANK}]*[之第]?(?P<m>[{NUMERALS}]+)(?![{NUMERALS}之])))"
    r"(?P<rest>[^\n\r\f\u2028\u2029]*)"
)
UNNUMBERED = re.compile(
    rf"[{BLANK}]*(?P<label>楔[{BLANK}]*子|引首|引子|序[章幕言]?|自序|缘起|緣起|前言|"
    rf"尾[{BLANK}]*[声聲]|终章|終章|结局|結局|后记|後記|跋)(?P<rest>(?:[{BLANK}：:][^\n\r]{{0,40}})?)(?=[\n\r]|\Z)"
)
_CITED = frozenset("中里裡内內上下之的已所说說书書")  # 第四回中，既将…: a line of prose that speaks of a chapter
_BEFORE_LABEL = frozenset(BLANK + "#*【〔《")
_NUMBER = re.compile(rf"第[{BLANK}]*[{NUMERALS}]+[{BLANK}]*[回囘迴章节節卷集部]|卷[{BLANK}]*[之第]?[{NUMERALS}]")
# Each choice opens with a plain character, so that the search passes over all others at once.
_WORD = re.compile("楔|跋|序|尾|引[首子]|自序|缘起|緣起|前言|终章|終章|结局|結局|后[记記]|後[记記]")
OPENING = frozenset("楔引序自缘緣前")
SENTENCE_END = re.compile(r"[。！？；;!?”」』…．]")
OPENERS = r"(?:话说|話說|却说|卻說|且说|且說|再说|再說|话表|話表|诗曰|詩曰|词曰|詞曰|且不言|且不说)"
RULE_LINES = re.compile(rf"(?:[{BLANK}]*[-=_*─—～~]{{3,}}[{BLANK}]*(?:\r\n|\n|\r|\Z)|[{BLANK}]*(?:\r\n|\n|\r))+")
LONGEST_TITLE = 40  # characters; the longest couplet in the four novels has 17
LOOK_BACK = 60  # candidates; no page of contents or run of prose lines puts more between two chapters


@dataclass(frozen=True, slots=True)
class Chapter:
    """A stretch of the text, in characters: the heading is start:body_start, the body body_start:end.

    `number` is the printed one, 0 for what stands before the first heading. Together the chapters give back the text.
    """

    number: int
    title: str
    start: int
    body_start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Candidate:
    number: int
    title: str
    start: int
    body_start: int
    weight: float
    restarts: bool  # a larger unit begins between this and the one before, so numbers may start again


def split_chapters(text: str) -> list[Chapter]:
    """The chapters in order; one chapter 0 when there is no heading, and none for an empty text.

    楔子 or 引首 before the first heading gives chapter 0 its title; 尾声 or 后记 after the last takes the next number.
    """
    if not text:
        return []
    chain = _best_chain(_candidates(text))
    front, back = _unnumbered(text, chain)
    heads = [(c.number, c.title, c.start, c.body_start) for c in chain] + back
    if not heads or text[: heads[0][2]].strip():
        heads.insert(0, (0, *front))
    else:  # only blanks before the first heading
        number, title, _, body_start = heads[0]
        heads[0] = (number, title, 0, body_start)
    ends = [head[2] for head in heads[1:]] + [len(text)]
    return [Chapter(n, title, start, body, end) for (n, title, start, body), end in zip(heads, ends, strict=True)]


def _heads(text: str, label: re.Pattern[str], heading: re.Pattern[str]) -> list[re.Match[str]]:
    """The matches of `heading` at the head of a line; `label` finds the few places worth a look."""
    found = []
    floor = 0
    for place in label.finditer(text):
        at = place.start()
        while at > floor and text[at - 1] in _BEFORE_LABEL:
            at -= 1
        if (at == 0 or text[at - 1] in LINE_ENDS) and at >= floor and (match := heading.match(text, at)):
            found.append(match)
            floor = match.end()
    return found


def _candidates(text: str) -> list[_Candidate]:
    """The heading-like lines of the unit that numbers the chapters, each with its weight."""
    matches = _heads(text, _NUMBER, NUMBERED)
    if not matches:
        return []
    groups: dict[str, list[re.Match[str]]] = {}
    for match in matches:
        groups.setdefault(_unit(match), []).append(match)
    # 回 and 章 are chapters wherever they occur more than once; a 卷 or 部 is then a part that holds them.
    unit = max(groups, key=lambda u: (len(groups[u]) > 1 and u in "回章", len(groups[u])))
    found = []
    larger = False
    for i, match in enumerate(matches):
        if _unit(match) != unit:
            larger = larger or _unit(match) in "卷集部"
            continue
        number = read_number(match["n"] or match["m"])
        if number is None:
            continue
        title, body_start, weight = _read_heading(text, match)
        follower = matches[i + 1].start() if i + 1 < len(matches) else len(text)
        if not text[body_start:follower].strip(BLANK + "\r\n-=_*"):
            weight *= 0.1  # nothing before the next heading: a line of the table of contents
        start = match.start()
        found.append(_Candidate(number, title, start, body_start, weight, larger))
        larger = False
    return found


def _unit(match: re.Match[str]) -> str:
    unit = match["unit"] or match["roll"]
    return {"囘": "回", "迴": "回", "節": "节"}.get(unit, unit)


def _read_heading(text: str, match: re.Match[str]) -> tuple[str, int, float]:
    """Title, where the body starts, and a weight: 2 a plain heading, 1.5 one that runs on, below 0 prose."""
    rest = match["rest"]
    line_end = match.end()
    spaced = not rest or rest[0] in BLANK + "：:、.．·—-】〕》*#"
    bare = rest.strip(BLANK + "：:、.．·—-】〕》*#")
    if not bare:
        return *_title_below(text, line_end), 2.0
    if bare[0] in "，。；！？,;!?）)" or (not spaced and bare[0] in _CITED):
        return bare[:LONGEST_TITLE], _after_rules(text, line_end), -2.0
    offset = match.start("rest") + rest.index(bare)
    cut = _run_in(bare)
    if cut is not None:
        return bare[:cut].strip(BLANK), offset + cut, 1.5 if spaced else 0.5
    if len(bare) > LONGEST_TITLE or SENTENCE_END.search(bare[:-1]) or (not spaced and re.search("[，,：:]", bare)):
        return "", match.end("label"), -1.0
    return bare.strip(BLANK), _after_rules(text, line_end), 2.0 if spaced else 1.0


def _run_in(line: str) -> int | None:
    """Where the title ends in a heading that runs into its chapter, or None when the line is a title alone.

    A couplet ends where its second half has the length of the first; a storyteller's opening (却说) within one
    character of that point corrects for a lost character. A single title ends at such an opening.
    """
    halves = re.match(r"([^，,。！？；]{2,16}?)([\u3000，,]+|[ \t]+)(?=\S)", line)
    if "\u3000" in line[:20]:  # a rare character lost from the print is an ASCII space; the halves part at U+3000
        halves = re.match(r"([^\u3000，,。！？；]{2,16})(\u3000+)(?=\S)", line)
    if halves:
        first = len(halves[1])
        second = line[halves.end() :]
        if len(second) <= first + 2 and not SENTENCE_END.search(second[first:]):
            return None
        opener = re.search(OPENERS, second[: first + 6])
        if opener and abs(opener.start() - first) <= 1:
            return halves.end() + opener.start()
        if len(second) > first + 2 and SENTENCE_END.search(second):
            return halves.end() + first
        return None
    opener = re.search(OPENERS, line[: LONGEST_TITLE + 2])
    return opener.start() if opener and opener.start() >= 2 and SENTENCE_END.search(line) else None


def _title_below(text: str, line_end: int) -> tuple[str, int]:
    """The title where it stands on a line of its own under a bare 第N回, perhaps below a ruled line."""
    below = _after_rules(text, line_end)
    line = re.match(r"[^\n\r]*", text[below : below + 2 * LONGEST_TITLE])
    words = line[0].strip(BLANK) if line else ""
    couplet = re.fullmatch(rf"(\S{{4,12}})[{BLANK}]+(\S{{4,12}})", words)
    alone = re.match(r"[^\n\r]*(?:\r\n|\n|\r)[ \t\u3000]*[\n\r]", text[below : below + 2 * LONGEST_TITLE])
    plain = words and not re.search(r"[，。！？；：“”「」,;:!?]", words) and not NUMBERED.match(words)
    if plain and ((couplet and abs(len(couplet[1]) - len(couplet[2])) <= 1) or (alone and len(words) <= 20)):
        return words, _after_rules(text, below + len(line[0]) if line else below)
    return "", below


def _after_rules(text: str, at: int) -> int:
    """Past the line end, blank lines and ruled lines that follow `at`."""
    match = RULE_LINES.match(text, at)
    return match.end() if match else at


def _best_chain(found: list[_Candidate]) -> list[_Candidate]:
    """The chain of rising numbers with the greatest weight; a gap costs, a step of one does not."""
    best: list[float] = []
    before: list[int] = []
    for i, candidate in enumerate(found):
        score, link = candidate.weight, -1
        for j in range(max(0, i - LOOK_BACK), i):
            step = candidate.number - found[j].number
            if step <= 0 and not (candidate.restarts and candidate.number == 1):
                continue
            gain = best[j] + candidate.weight - (0.0 if step <= 1 else min(1.5, 0.4 + 0.1 * step))
            if gain > score:
                score, link = gain, j
        best.append(score)
        before.append(link)
    if not best or max(best) <= 0:
        return []
    at = max(range(len(best)), key=best.__getitem__)
    chain = []
    while at >= 0:
        chain.append(found[at])
        at = before[at]
    return chain[::-1]


def _unnumbered(text: str, chain: list[_Candidate]) -> tuple[tuple[str, int, int], list[tuple[int, str, int, int]]]:
    """Chapter 0's title, start and body start, and the closing sections as (number, title, start, body start)."""
    first = chain[0].start if chain else 0
    front = ("", 0, 0)
    back: list[tuple[int, str, int, int]] = []
    for match in _heads(text, _WORD, UNNUMBERED):
        title = (match["label"] + match["rest"]).strip(BLANK + "：:")
        opening = match["label"][0] in OPENING
        if opening and match.end() <= first and not front[0]:
            front = (title, 0, _after_rules(text, match.end()))
        elif not opening and chain and match.start() > chain[-1].body_start:
            number = chain[-1].number + 1 + len(back)
            back.append((number, title, match.start(), _after_rules(text, match.end())))
    return front, back
