"""What the marks of a question paper mean: numbers, section headings, and labels such as 【答案】. All on folded text."""

import re
from dataclasses import dataclass, replace
from typing import Literal

from corpora.numerals import read_number
from extractors.question_type import DECLARED

Family = Literal["plain", "half", "paren", "circle", "bracket", "nth", "chinese", "ask", "bare", "roman"]

CHINESE = "一二三四五六七八九十壹贰貳叁参肆伍陆陸柒捌玖拾"  # 参 is a folded 參
STEMS = "甲乙丙丁戊己庚辛"
SLOT = r"[(\[]\s*[_\s]*\s*[)\]]"
FILLED_SLOT = r"[(\[]\s*(?:[A-Ha-h](?:[\s,、]*[A-Ha-h]){0,7}|[√×○对错是否TFVXYN]|正确|错误)?[\s_]*[)\]]"
LEAD = re.compile(
    rf"(?P<slot>{FILLED_SLOT}\s*|[√×]\s+(?=\d))?(?:[(\[]\s*\d{{1,3}}\s*分\s*[)\]]\s*(?=[(\d第]))?(?P<tag>[(\[](?:[单多]选|[单多]项选择|不定项|选择|判断|填空|简答|问答|论述)题?[)\]]\s*)?(?:[•*★☆▲●■◆]\s*)?"
)
NUMBER = re.compile(
    r"第\s*(?P<nth>\d{1,3}|[一二三四五六七八九十]{1,3})\s*小?题\s*[.、:]?"
    r"|(?:(?:Q|Question|题目?|问题|试题)\s*|#)(?P<q>\d{1,3})\s*[.、:)]?"
    r"|(?:问题|题目|试题)\s*(?P<hannth>[一二三四五六七八九十]{1,3})\s*[.、:]"
    r"|\[\s*(?:第|题目?|问题|试题|Q)\s*(?P<boxed>\d{1,3})\s*题?\s*\]\s*[.、:]?"
    r"|(?P<ask>(?:Q|问|题目|问题|谜面|题干)\s*:)"
    r"|\(\s*(?P<paren>\d{1,3})\s*\)\s*[.、:]?"
    r"|\[\s*(?P<bracket>\d{1,3})\s*\]\s*[.、:]?"
    r"|\d{1,2}\.(?P<sub>\d{1,2})(?=[\s、)])\s*[、)]?\s*(?=\S)"
    r"|(?P<half>\d{1,3})\s*\)\s*[.、:]?"
    r"|(?P<plain>\d{1,3})\s*(?:[、](?!\s*\d+\s*、)|\.|:(?!\d)|,(?=\s*[^\s\d,]))"
    r"|(?P<circle>[①-⑳㉑-㉟])\s*[.、]?"
    r"|(?P<ring>[⑴-⒇])\s*[.、]?"
    r"|(?P<stop>[⒈-⒛])\s*"
    r"|(?P<roman>[Ⅰ-Ⅻ]|(?:IX|IV|VI{0,3}|I{1,3}|XI{0,2})(?=\s*[.、:)]))\s*[.、:)]?\s*(?=\S)"
    r"|\(\s*(?P<hanparen>[一二三四五六七八九十]{1,3})\s*\)\s*[、.:]?"
    r"|(?P<han>[一二三四五六七八九十]{1,3})\s*[、.:]"
    r"|(?P<bare>\d{1,3})(?:\s+|(?=[《“\"]|\(\s*\d{1,2}\s*分\s*\)))(?=[^\s\d年月日回%.,\-~—])"
)

TYPE_WORD = re.compile(
    r"(?:不定项|单项|多项|单一|单|多)?选择题?|单选题?|多选题?|不定项题?|判断(?:正误|对错)?题?|是非题?|正误题?|填空题?|填充题?|默写题?|简答题?|问答题?|"
    r"论述题?|名词解释题?|阅读(?:理解|分析)?题?|材料(?:分析)?题?|谜语|猜谜|歇后语|连线题?|配对题?|排序题?|赏析题?|探究题?|辨析题?|改错题?|综合题?|"
    r"写作题?|作文题?|积累|基础(?:知识|题)?|抢答题?|[必选]答题?|[必选]做题|主观题?|客观题?|解答题?|对错题|非选择题?|"
    r"(?:附加|拓展|提高|提升|挑战|思考|能力|表述|仿写|续写|风险|情境|活动|开放|互动|鉴赏|识记|巩固|综合运用)题|"
    r"[选判辨填答连猜排写读说想议评补改]一[选判辨填答连猜排写读说想议评补改]|我会[选判辨填答连猜排写读说]"
)
ORDINAL = re.compile(
    rf"(?:第\s*(?P<part>[{CHINESE}]{{1,3}}|\d{{1,2}}|[IVXⅠ-Ⅻ]{{1,4}})\s*(?:部分|大题|关|轮|卷|单元|节|板块|环节|章|课|讲|篇|组|站|模块|专题)"
    rf"|\(\s*(?P<inner>[{CHINESE}]{{1,3}}|[{STEMS}])\s*\)|(?P<han>[{CHINESE}]{{1,3}}|[{STEMS}](?=[、.:]))(?=\s*[、.:,\s])|(?P<roman>[IVXⅠ-Ⅻ]{{1,4}})(?=\s*[、.])"
    rf"|(?:题型|环节|板块|模块|任务|活动|专题|关卡|考点|知识点|主题)\s*(?P<named>[{CHINESE}]{{1,3}}|\d{{1,2}})"
    rf"|part\s*(?P<letter>[A-Z\d])\b|(?P<big>[A-D甲乙丙丁])\s*(?:卷|组|级|层|类))\s*[、.:,]?\s*",
    re.I,
)
SIGNS = re.compile("[◆●■★☆▲◇※♦◎]")
BOXED = re.compile(rf"^\[([{CHINESE}]{{1,3}})\]")
COUNTS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
SCORE_NOTE = re.compile(
    r"[(\[][^()\[\]]*(?:\d\s*分|[小每]题|每空|题)[^()\[\]]*[)\]]|(?:共|每[小]?[题空])\s*(?:\d+|[一二三四五六七八九十两]+\s*分)"
)
COUNTED = re.compile(r"(?:共|计)\s*\d+\s*[小大]?题|每[小大]?[题空]\s*\d+\s*分")
INSTRUCTIONS = re.compile(
    r"\W*(?:注意事项|考生须知|答题(?:须知|说明|要求|提示)|[学教]习?目标|学习重?难点|学法指导|知识链接|考试须知|友情提示|说明|试卷说明)\W*(?:[(].*)?"
)
TICKS = re.compile(
    r"(?:对|正确)的?(?:请|说法|句子|后面|在括号里|括号内|就?打|就?画|填|用|写|表示){0,3}\s*[“\"'「]?\s*√|T\s*(?:or|/)\s*F\b",
    re.I,
)
PASSAGE = re.compile(
    r"(?:[(\[]?\s*[一二三四五六]?\s*[)\]]?\s*、?\s*)?(?:\W*请?(?:认真|仔细)?阅读.{0,30}?(?:材料|文段|选段|文字|短文|片段|语段|内容|节选|原文|诗|段落|[上下引]文|文章|对话|小说).{0,16}"
    r"(?:回答|完成|作答|答题|各题|小题|问题).{0,30}|\[?\s*(?:阅读)?材料[一二三四\d]?\s*\]?\s*(?::.*)?|根据.{0,12}(?:材料|文段|选段|文字).{0,12}"
    r"(?:回答|完成).{0,20}|阅读(?:下面|下列|以下)的?.{0,30}[:。])"
)
ASKS = re.compile(
    r"\?|_{2,}|"
    + SLOT
    + r"|(?:请|简述|概述|概括|简要|说说|谈谈|分析|列举|写出|试述|结合|指出|补写|补全|解释|评价|举例|是谁|什么|哪|如何|怎样|为何)"
)
STRONG = re.compile(r"\?\s*(?:$|[(\[])|_{2,}|" + SLOT, re.M)

ANSWER_WORD = r"(?:(?:参\s?考|正\s?确|标\s?准|本题|试题)?答\s?案(?:要点|示例)?|标答)"
LABEL = re.compile(
    rf"\[\s*(?P<answer>{ANSWER_WORD}|谜底|答)\s*\]\s*:?"
    r"|\[\s*(?P<note>(?:答案|试题|本题|(?:小问)?\s*\d{1,2}\s*(?:小?题)?)?(?:解析|详解|分析|点拨|点评|解答|评析|考点|解题思路|思路|赏析|评分(?:标准|细则|说明)?|说明|提示)|难度|知识点|出处|来源|分值)\s*\]\s*:?"
    rf"|\[?(?P<show>\s*(?:点击)?(?:查看|显示|展开|隐藏)(?:参考|正确)?(?:答案|解析)(?:与解析|和解析)?)\s*\]?(?=\s|$|:)\s*:?"
    r"|(?P<mine>(?:我的|你的|学生|考生|您的)(?:答案|作答|选择|得分|分数)\s*:)"
    rf"|\(\s*(?P<inner>{ANSWER_WORD}|谜底)\s*[:是]\s*"
    rf"|(?P<answer2>{ANSWER_WORD})\s*(?:(?:是|为)\s*)?[:=]"
    rf"|(?:^|(?<=[\s。?!)\]]))(?P<answer3>谜底|answer|key|ans|正解|正确选项|参考|参考示例|参考要点|答题要点)\s*:"
    rf"|^(?P<answer4>答|解|A(?!\s*:[\s\S]*(?:^|\s)[Bb]\s*[:.、]))\s*:"
    rf"|(?<=[\s。?!)\]])(?P<answer6>答)\s*:"
    rf"|(?P<answer7>{ANSWER_WORD})(?:是|为)?\s*(?=[A-H]{{1,6}}(?:$|[\s。.,;]))"
    rf"|^(?P<answer5>{ANSWER_WORD})\s+(?=\S)"
    r"|(?:^|(?<=[\s。;)\]A-H√×对错]))(?P<note2>(?:答案|试题)?解析|详解|点拨|点评|评析|考点|难度|难易度?|难易程度|知识点|出处|来源|评分标准|评分细则|题目解析|(?:本题)?得分)\s*:",
    re.I | re.M,
)
DROPPED_NOTES = ("得分", "本题得分", "难", "知识点", "考点", "来源", "分值")


@dataclass(frozen=True, slots=True)
class Number:
    """A question number at the start of a piece of text. `end` is where the question begins."""

    family: Family
    value: int
    begin: int
    end: int
    weak: bool  # might as well be a decimal or the start of the sentence


@dataclass(frozen=True, slots=True)
class Heading:
    """A section heading. `ordinal` 0 where none is printed; `rest` is where the words after ordinal and type begin."""

    ordinal: int
    level: int  # 0 for 第一部分, 1 for 一、, 2 for （一）
    kind: str
    rest: int
    sure: bool  # names a type or a score, so that it cannot be a line of an answer


def number_at(folded: str, begin: int = 0) -> Number | None:
    """The number that the text has at `begin`, after an answer slot printed before it; None where there is none."""
    lead = LEAD.match(folded, begin)
    start = lead.end() if lead else begin
    match = NUMBER.match(folded, start)
    if not match and start != begin:
        start = begin
        match = NUMBER.match(folded, start)
    if not match:
        return None
    printed = match[name := match.lastgroup or ""]
    weak = False
    family: Family
    if name in ("nth", "hannth", "hanparen", "han"):
        value = read_number(printed) or 0
        family = "nth" if name in ("nth", "hannth") else "chinese"
    elif name in ("circle", "ring", "stop"):
        value = _ringed(printed)
        family = "circle" if name == "circle" else "paren" if name == "ring" else "plain"
    elif name == "roman":
        value, family = _roman(printed), "roman"
    elif name == "ask":
        value, family = 0, "ask"
    else:
        value = int(printed)
        family = "nth" if name in ("q", "boxed", "sub") else name  # type: ignore[assignment]
        weak = name == "bare" or (name == "plain" and folded[match.end() : match.end() + 1].isdigit())
    return Number(family, value, start, match.end(), weak)


def _ringed(mark: str) -> int:
    code = ord(mark)
    for first, last, base in (("①", "⑳", 1), ("㉑", "㉟", 21), ("⑴", "⒇", 1), ("⒈", "⒛", 1)):
        if ord(first) <= code <= ord(last):
            return code - ord(first) + base
    return 0


def declared_kind(folded: str) -> str:
    """The type that a heading or a tag names, or empty when it names none or several."""
    kinds = {kind for word, kind in DECLARED.items() if word in folded.lower() and word not in ("材料", "open", "true")}
    if not kinds and TICKS.search(folded):
        return "true_false"
    return kinds.pop() if len(kinds) == 1 else ""


def heading_at(folded: str) -> Heading | None:
    """The section heading that the line is, or begins with; None for a line that asks or runs on."""
    folded = BOXED.sub(lambda found: f" {found[1]}、", SIGNS.sub(" ", folded))  # [三]补写 as 三、补写
    if re.fullmatch(r"\([^()]{4,}\)", folded):  # (判断题)
        folded = f" {folded[1:-1]} "
    stripped = folded.strip(" []<>#=*-—_◆●■★☆▲")
    offset = folded.find(stripped) if stripped else 0
    ordinal = ORDINAL.match(stripped)
    if ordinal:
        found = _numbered_heading(stripped, ordinal)
    else:
        number = number_at(stripped)
        begin = number.end if number and number.family not in ("ask", "bare") else 0
        found = _bare_heading(stripped, begin) if len(folded) <= 120 else None
    return replace(found, rest=found.rest + offset) if found else None


def _numbered_heading(text: str, ordinal: re.Match[str]) -> Heading | None:
    printed = next((group for group in ordinal.groups() if group), "")
    level = 0 if ordinal["part"] or ordinal["letter"] or ordinal["big"] else 2 if ordinal["inner"] else 1
    rest = text[ordinal.end() :]
    words = COUNTS.sub("", rest).strip(" :.、,;。[]")
    kind = declared_kind(COUNTS.sub("", rest)[:24]) or declared_kind(rest[:40])
    typed = TYPE_WORD.match(words)
    scored = SCORE_NOTE.search(rest)
    asks = re.search(r"\?|_{2,}|" + SLOT, rest)
    after = rest[rest.find(typed[0]) + len(typed[0]) :] if typed else ""
    if asks and not (typed and (typed[0].endswith("题") or re.match(r"\s*(?:\([^()]*\))?\s*[:。.,]", after))):
        return None
    runs_on = len(words) > 14 or (len(words) > 8 and re.search(r"[。!;]$", rest))
    if not typed and not scored and (runs_on or re.match(r"(?:\(\s*)?[\dA-H√×]", rest)):
        return None
    if scored and not typed and len(words) > 30:  # 一、请简述……（5分） is a question
        return None
    end = text.find(typed[0], ordinal.end()) + len(typed[0]) if typed else len(text)
    if scored and not typed and scored.start() <= 2:  # 一、（每题2分）1.B
        end = ordinal.end() + scored.end()
    return Heading(any_ordinal(printed), level, kind, end, bool(typed or scored))


def any_ordinal(printed: str) -> int:
    """The number that 三, 叁, 3, Ⅲ, III, 丙 or C writes, 0 for none."""
    return read_number(printed.replace("参", "三")) or _roman(printed)


def _bare_heading(text: str, begin: int) -> Heading | None:
    """单选题（每题2分）, 【判断题】, 1. 选择题, 四大名著填空题: hardly more than the name of a type."""
    words = COUNTS.sub("", text[begin:]).strip(" :.、,;。[]")
    kind = declared_kind(words) or declared_kind(text[begin:])
    if begin:
        whole = TYPE_WORD.fullmatch(words)
        ordinal = number.value if (number := number_at(text)) else 0
        return Heading(ordinal, 1, kind, len(text), True) if whole and whole[0].endswith("题") else None
    opened = re.match(rf"(?:{TYPE_WORD.pattern})\s*[:.(,]", text)
    if opened and COUNTED.search(text) and not re.search(r"\?|_{2,}|" + SLOT, text):
        return Heading(0, 1, declared_kind(opened[0]), len(text), True)
    if not TYPE_WORD.search(words) or len(words) > 24 or "答案" in words:
        return None
    if re.search(r"[?。!,;:]|_{2,}", words):
        return None
    left = re.sub(r"《[^》]*》|名著|四大|知识|竞赛|专项|训练|部分|练习|题$", "", TYPE_WORD.sub("", words))
    return Heading(0, 1, kind, len(text), True) if len(left) <= 6 else None


def _roman(printed: str) -> int:
    if len(printed) == 1 and "Ⅰ" <= printed <= "Ⅻ":
        return ord(printed) - ord("Ⅰ") + 1
    if printed.upper() in ("A", "B", "C", "D"):
        return "ABCD".index(printed.upper()) + 1
    if printed in STEMS:
        return STEMS.index(printed) + 1
    return {
        "I": 1,
        "II": 2,
        "III": 3,
        "IV": 4,
        "V": 5,
        "VI": 6,
        "VII": 7,
        "VIII": 8,
        "IX": 9,
        "X": 10,
        "XI": 11,
        "XII": 12,
    }.get(printed.upper(), 0)
