"""Blocks of stem, options and answer as a quiz-game helper logs them in, questions out.

    1.cmg“床前明月光”是谁写的？                        pinyin initials typed to look the question up
    李白                                                the answer, before or after the options: the text,
    ['杜甫', '王维', '李白', '白居易']                  3李白, 3!李白, or 3

Where nobody wrote an answer there may be votes, a search's hits for each option: ['1红海 <30>', '2波罗的海 <47>'].
The log lists an option when it beats those before it, and people cut it off at the right one, so the last entry
stands for the answer; in the real file it agrees 38 times in 41 with the answer written to the same question
elsewhere. A list that nobody cut says nothing where no option has a vote, or where the question asks for what is not.
Lines are broken at the console's width, lists lose their brackets, two questions share a block.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from corpora.document import Document
from extractors.pinyin_initials import strip_initials
from extractors.question_fields import novel_of
from extractors.question_type import truth
from extractors.records import Answer, Question, QuestionType, Reject
from extractors.stems import clean_stem

OPTION_LIST = re.compile(r"^\[?\s*['\"].*['\"]\s*\]", re.M)
LIST = re.compile(r"\[?\s*(['\"].*?['\"]?)\s*\](?=\s*(?:\n|\Z))", re.S)
PROMPT = re.compile(r"[A-Za-z]:\\[^\n]*>")  # a console line: "C:\tools>python answer.py"
UNCUT = re.compile(r"(?:^|\n)\[[^\n]*\]\s*\Z")
LEADING_NUMBER = re.compile(r"\A[1-4](?:\s+|!|(?=[^\d年月日个十百千万亿.．、]))")
VOTES = re.compile(r"\s*[<\[!]\s*(\d*)\s*[>\]!]?\s*\Z")
NEGATED = re.compile("不(?:是|属于|包括|包含|正确|可能|能|在|符合)|没有|并非|除了|错误")
TITLES = re.compile("《[^》]*》|“[^”]*”")
ENTRY = re.compile(r"\s*['\"]?\s*,\s*['\"]\s*")


@dataclass(frozen=True, slots=True)
class _Block:
    line: int
    lines: tuple[str, ...]


def is_quiz_blocks(text: str) -> bool:
    """Whether at least three lines are option lists."""
    return len(OPTION_LIST.findall(text)) >= 3


def extract_quiz_blocks(document: Document) -> Iterator[Question | Reject]:
    """A question or a reject for every block, in order; "line 12" is where its block begins."""
    for block in _blocks(document.text):
        yield _question(block, document)


def _blocks(text: str) -> Iterator[_Block]:
    """The blocks between blank lines, with stray halves joined to their question and double ones parted."""
    groups: list[_Block] = []
    open_group: list[str] = []
    begin = 0
    for number, line in enumerate([*re.split(r"\r\n|\n|\r", text), ""], 1):
        if line.strip() and not PROMPT.match(line):
            if not open_group:
                begin = number
            open_group.append(line.strip())
        elif open_group:
            if groups and open_group[0][0] in "['":  # a list without its question: a blank line split the block
                groups[-1] = replace(groups[-1], lines=(*groups[-1].lines, *open_group))
            else:
                groups.append(_Block(begin, tuple(open_group)))
            open_group = []
    for group in groups:
        yield from _parted(group)


def _parted(group: _Block) -> Iterator[_Block]:
    begin = 0
    lines = group.lines
    for i in range(2, len(lines) - 1):
        asks = lines[i][-1] in "？?" and lines[i + 1].startswith("[")
        if asks and any(line.startswith("[") for line in lines[begin:i]):
            yield _Block(group.line + begin, lines[begin:i])
            begin = i
    yield _Block(group.line + begin, lines[begin:])


def _question(block: _Block, document: Document) -> Question | Reject:
    locator = f"line {block.line}"
    at = next((i for i, line in enumerate(block.lines) if line[0] in "['" and i > 0), len(block.lines))
    if at == len(block.lines):  # no options: the first line asks, the others answer
        at = 1
    head, below = block.lines[:at], "\n".join(block.lines[at:])
    options, said, votes = _read_lists(below)
    said = [*head[1:], *said]
    asked, inline = head[0], re.fullmatch(r"(.*[？?])\s*(\d\S{1,30})", head[0])
    if options and inline and not said and match_option(inline[2], options) is not None:
        asked, said = inline[1], [inline[2]]
    stem = clean_stem(asked, choice=bool(options))
    text = strip_initials(stem.text)
    if not re.search(r"[^\W_]", text):
        return Reject(locator, "\n".join(block.lines)[:2000], "no question text")
    explanation = "检索票数：" + "，".join(f"{option} {count}" for option, count in votes) if votes else ""
    kind: QuestionType = "fill_blank" if "____" in text else "short_answer"
    answer: Answer = None
    if options:
        kind = "single_choice"
        chosen = next((found for words in said if (found := match_option(words, options)) is not None), None)
        if chosen is None and said:
            explanation += f"（原答案不在选项中：{'；'.join(said)}）"
        elif chosen is None and votes:
            chosen = by_votes(votes, options, text, uncut=bool(UNCUT.search(below[below.find("]") + 1 :])))
        answer = "ABCDEFGH"[chosen] if chosen is not None else None
    elif said:
        answer = LEADING_NUMBER.sub("", "".join(said)) or None
    elif votes:
        answer = votes[-1][0]
    lettered = dict(zip("ABCDEFGH", options, strict=False))
    if len(options) == 2 and all(truth(option) for option in options):
        kind, answer, lettered = "true_false", truth(lettered[answer]) if isinstance(answer, str) else None, {}
    if kind == "fill_blank" and isinstance(answer, str):
        answer = [answer]
    novel = novel_of("", document, text)
    return Question(stem.number, "", kind, text, lettered, answer, explanation, novel, locator)


def _read_lists(below: str) -> tuple[list[str], list[str], list[tuple[str, int]]]:
    """Options, answers in words, and votes by option, from everything under the stem."""
    options: list[str] = []
    said: list[str] = []
    votes: list[tuple[str, int]] = []
    first = LIST.match(below)
    if first:
        entries = _entries(first[1])
        below = below[first.end() :]
        if all(re.match(r"\d", entry) and VOTES.search(entry) for entry in entries):
            votes = _votes(entries)
            if len(entries) > 1 and [entry[0] for entry in entries] == [str(i + 1) for i in range(len(entries))]:
                options = [option for option, _ in votes]
        elif len(entries) > 1:
            options = entries
    for part in re.split(r"\n(?=\[)", below):
        entries = _entries(re.sub(r"\]\s*\Z", "", part.replace("\n", "").strip().lstrip("[")))
        if not entries:
            continue
        if all(VOTES.search(entry) for entry in entries[:-1] or entries):
            votes = votes or _votes(entries)
            if not VOTES.search(entries[-1]):  # cut off behind the right option
                said.append(entries[-1])
        else:
            said += entries
    return options, said, votes


def _entries(body: str) -> list[str]:
    """The list's items. Not ast.literal_eval: half of the lists have lost a quote, a bracket or their end."""
    items = ENTRY.split(body.replace("\n", "").strip())
    return [item for raw in items if (item := raw.strip().strip("'\"").strip(", "))]


def _votes(entries: list[str]) -> list[tuple[str, int]]:
    found = []
    for entry in entries:
        count = VOTES.search(entry)
        option = re.sub(r"\A\d\s*!?\s*", "", VOTES.sub("", entry))
        found.append((option or entry, int(count[1] or 0) if count else 0))
    return found


def by_votes(votes: list[tuple[str, int]], options: list[str], stem: str, *, uncut: bool) -> int | None:
    """The option of the last entry, or None where the votes say nothing."""
    if len(votes) >= len(options) and not any(count for _, count in votes):
        return None
    if uncut and NEGATED.search(TITLES.sub("", stem)):
        return None
    return match_option(votes[-1][0], options)


def match_option(said: str, options: list[str]) -> int | None:
    """Which option `said` names: its text, its text after its number (2圆顶, 2!圆顶), its number, or a clear part."""
    text = VOTES.sub("", said).strip(" '\"],") if options else ""
    if not text:
        return None
    plain = [_squeezed(option) for option in options]
    if _squeezed(text) in plain:
        return plain.index(_squeezed(text))
    index = int(text[0]) - 1 if text[0] in "12345678" else -1
    rest = _squeezed(text[1:].lstrip("! "))
    if 0 <= index < len(options) and (not rest or plain[index].startswith(rest) or rest.startswith(plain[index])):
        return index
    bare = rest if index >= 0 else _squeezed(text)
    near = [i for i, option in enumerate(plain) if bare and (bare in option or option in bare)]
    return near[0] if len(near) == 1 else None


def _squeezed(text: str) -> str:
    return re.sub(r"[\s。？?！!]", "", text)
