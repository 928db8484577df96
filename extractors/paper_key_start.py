"""A line of a question paper in, whether a key begins on it: by its heading, or by what can only be answers."""

import re

from extractors.paper_items import Section, ask_sign
from extractors.paper_key import read_key
from extractors.paper_key_lines import ungrouped
from extractors.paper_lookahead import text_ahead
from extractors.paper_marks import CHINESE, LABEL, SLOT, STRONG, heading_at, number_at
from extractors.paper_text import Line, fold

GRID = re.compile(
    r"(?<!\d)\d{1,3}\s*(?:[-~—–]|至|到)+\s*\d{1,3}\s*题?\s*[:.、)]?\s*(?:[A-H]|[√×对错TF](?![\u4e00-\u9fff]*[。,]))"
)
PAIRS = re.compile(r"(?<!\d)\d{1,3}\s*[.、:)\]\-—→]?\s*(?:[A-H]{1,6}|[√×对错TF])(?=$|[\s;,。、；\d(])")
KEY_HEADING = re.compile(
    r"[^\w√×○]*(?:附录?\s*\d?\s*[:.]?\s*)?(?P<before>[^:。?]{0,40}?)(?P<word>(?:参\s*考|标\s*准|正\s*确)?\s*答\s*案|解答|谜底|answer\s*keys?|answers|keys?|(?:批改|阅卷|评卷|批阅|答题)(?:参考|标准|要点))"
    r"(?P<after>(?:\s*(?:与|及|和|、|&|暨)?\s*(?:评分|试题|解析|详解|提示|说明|点拨|部分|解释|标准|参考|细则|速查|一览|表|页|区|卷|要点|揭晓|公布|公示|汇总|如下)*)*)"
    r"\s*(?:\([^()]*\))?[^\w√×○]*",
    re.I,
)
HEADED = re.compile(r"[(\[][^()\[\]]{0,24}答案\s*[:是为]?\s*(?P<said>[A-H√×\d][^()\[\]]*)[)\]]")
TRIAL = 200  # lines; enough to see whether a key follows
CONCLUSION = re.compile(r"故选|答案|解答")
KEY_TABLE = re.compile(r"(?:题号|题目|序号|题)\s*(?:\s+\d{1,3}\b){2,}")
ANSWERS_BELOW = re.compile(r"\W*(?:参考|正确)?(?:答案?|选项)\W+\S")
OWN_KEY = re.compile(
    rf"\W*(?P<part>第?\s*[{CHINESE}]{{1,3}}\s*(?:大?题|部分|、)|本[大节部分]+题?|以上|本节|选择题|单选题?|多选题?|判断题?)?.{{0,4}}?(?:参考|正确)?答案\W+"
)


def key_begins(lines: list[Line], i: int, sections: list[Section]) -> Line | None:
    """What line `i` gives to a key that begins on it, an empty line for a mere heading; None where none begins.

    `sections` are those since the last key. A heading counts where the lines under it do answer their questions.
    """
    line = lines[i]
    if HEADED.search(line.folded) and heading_at(line.folded) and _asks_below(lines, i):
        return None
    following = lines[i + 1] if i + 1 < len(lines) else None
    if answer_box(lines, i):
        return line
    own = OWN_KEY.match(line.folded)
    if own and _fits(line.folded[own.end() :], sections[-1], named=bool(own["part"])):
        return _rest(line, own.end())
    label = LABEL.match(line.folded)
    grid = GRID.search(line.folded)
    if grid and grid.start() < 30 and not STRONG.search(line.folded):
        return _rest(line, label.end() if label and label.end() <= grid.start() else 0)
    if label and len(PAIRS.findall(fold(" ".join(ungrouped(line.text[label.end() :]))))) >= 2:
        return _rest(line, label.end())
    if label and _answers_all(line.folded[label.end() :], sections):
        return _rest(line, label.end())
    if label and number_at(line.folded, label.end()):  # 答案：1.山 2.水
        rest = _rest(line, label.end())
        return rest if _answers([rest, *lines[i + 1 : i + TRIAL]], sections, sure=False) else None
    heading = KEY_HEADING.fullmatch(line.folded)
    if not heading or following is None or len(line.folded.strip(" =-*~#_")) > 60 or _own_label(line, heading):
        return None
    around = bool(heading["before"].strip() or heading["after"].strip())
    return _rest(line, len(line.text)) if _answers(lines[i + 1 : i + TRIAL], sections, sure=around) else None


def headed_answers(told: str) -> str:
    """The answers that a section's heading has in brackets: 一、选择题（每题2分，答案：BACD）; empty where there are none."""
    found = HEADED.search(fold(told))
    return told[found.start("said") : found.end("said")] if found else ""


def _asks_below(lines: list[Line], i: int) -> bool:
    number = number_at(lines[i + 1].folded) if i + 1 < len(lines) else None
    return number is not None and ask_sign(text_ahead(lines, i + 1, number.end))


def answer_box(lines: list[Line], i: int) -> bool:
    """Whether lines `i` and `i` + 1 are 题号 1 2 3 over 答案 B A C."""
    below = lines[i + 1].folded if i + 1 < len(lines) else ""
    return bool(KEY_TABLE.match(lines[i].folded) and ANSWERS_BELOW.match(below))


def asks_again(lines: list[Line], i: int, sections: list[Section]) -> bool:
    """Whether at line `i`, after a key has begun, new questions begin: under a heading, or with a first number.

    A key may print the questions once more with their answers; then the words are known.
    """
    if not heading_at(lines[i].folded):
        first = number_at(lines[i].folded)
        if not first or first.value != 1 or first.family not in ("plain", "nth"):
            return False
        ahead = text_ahead(lines, i, first.end)
        return bool(re.search(SLOT + r"|_{3,}", ahead)) and not LABEL.search(ahead) and not _known(ahead, sections)
    highest = max((item.value for section in sections for item in section.items), default=0)
    for line in lines[i + 1 : i + 9]:
        if heading_at(line.folded):
            return False
        number = number_at(line.folded)
        if number and _known(line.text[number.end :], sections):
            return False
        if re.search(SLOT + r"|_{3,}", line.folded) or (number and line.folded.endswith("?")):
            return True
        if number and number.value > highest and "?" in line.folded:
            return True
    return False


def _answers(lines: list[Line], sections: list[Section], *, sure: bool) -> bool:
    """Whether the lines, read as a key, answer questions that have no answer yet, and do not ask themselves.

    Two must be answered, and three in ten of those that lack an answer. A single question must stand under a heading
    with more than the word (`sure`).
    """
    end = next((i for i in range(len(lines)) if asks_again(lines, i, sections)), len(lines))
    open_items = {id(item): item for section in sections for item in section.items if not item.answered}
    whole = sum(len(section.items) for section in sections)
    if not open_items or (len(open_items) == 1 and not (sure and whole == 1)):
        return False
    given = {place: said for place, said in read_key(lines[:end], sections).items() if place in open_items}
    if not given:
        return False
    asking = [said for said in given.values() if ask_sign(fold(said)) and not CONCLUSION.search(fold(said))]
    repeated = sum(_same(said, open_items[place].text) for place, said in given.items())
    if len(asking) > 0.3 * len(given) and repeated < 0.5 * len(given):
        return False
    return len(given) >= min(10, max(min(2, whole), 0.3 * len(open_items)))


def _answers_all(said: str, sections: list[Section]) -> bool:
    """Whether letters or ticks alone, 答案：BA √×, are as many as the questions that lack an answer, and three or more."""
    parts = [part for part in re.split(r"[\s,、;/|]+", said.strip(" 。.")) if part]
    lacking = sum(not item.answered for section in sections for item in section.items)
    return (
        bool(re.fullmatch(r"[A-H√×]+", "".join(parts))) and lacking in (len(parts), len("".join(parts))) and lacking > 2
    )


def _known(text: str, sections: list[Section]) -> bool:
    return any(_same(text, item.text) for section in sections for item in section.items)


def _same(one: str, other: str) -> bool:
    """Whether both begin alike, as a question printed twice does."""
    plain = [re.sub(r"[\W_]", "", text)[:10] for text in (one, other)]
    return len(plain[0]) >= 4 and plain[0] == plain[1]


def _rest(line: Line, begin: int) -> Line:
    return Line(line.number, line.text[begin:], line.folded[begin:], True, line.page)


def _own_label(line: Line, heading: re.Match[str]) -> bool:
    """Whether the words are a label of one question: a pupil's answer, or one with a number before it."""
    pupil = re.search("我|你|您|学生|考生", heading["before"])
    shows = (label := LABEL.match(line.folded)) is not None and label.lastgroup in ("show", "mine")
    return bool(pupil or shows or (number_at(line.folded) and heading["before"] == ""))


def _fits(answers: str, section: Section, *, named: bool) -> bool:
    """Whether numbered answers are two or more, or those of a named section as many as it has items."""
    parts = [part for part in re.split(r"[\s,、;。.]+", answers) if part]
    said = "".join(parts)
    fits = len(section.items) in (len(said), len(parts)) and len(section.items) > 1
    whole = named and fits and bool(re.fullmatch(r"[A-H]+|[√×对错TF]+", said))
    return whole or len(PAIRS.findall(answers)) >= 2
