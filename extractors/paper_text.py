"""A question paper's text in, its lines out: page furniture gone, a folded twin beside each."""

import re
from collections import Counter
from dataclasses import dataclass
from itertools import groupby

from extractors.paper_layout import STRESS, bare_line, label_quotes
from extractors.paper_number_lines import number_lines

# One character for one, so that a place found in the folded text is the same place in the printed one.
_ASCII = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_MARKS = "。．【】〔〕〖〗✓✔☑✅✗✘╳☒❌✖✕\u3000\xa0\u2002\u2003\u2009АВСЕ＿‗﹍"
_PLAIN = "。.[][][]√√√√×××××××     ABCE___"
_TRADITIONAL = (
    "級單項選擇題斷對錯問簡論參標準據閱讀說釋個類綜謎語證詳評點號張連總頁間學試請寫組線後誤畫無誰麼幾樣為內區處應複"
)
_SIMPLIFIED = (
    "级单项选择题断对错问简论参标准据阅读说释个类综谜语证详评点号张连总页间学试请写组线后误画无谁么几样为内区处应复"
)
FOLD = {
    **_ASCII,
    **str.maketrans(_MARKS + STRESS, _PLAIN + " "),
    **str.maketrans(_TRADITIONAL, _SIMPLIFIED),
}
LINE_END = re.compile(r"\r\n|\n|\r|\x0b|\u2028|\u2029")

LABEL_WORD = r"(?:姓名|班级|学号|考号|座号|座位号|学校|准考证号|考生|年级|日期|成绩|得分|评分|家长签字|等级)"
PAGE = re.compile(
    r"\s*\d{1,3}\s*|[\W_]*(?:.{0,30}?第\s*\d+\s*页.{0,14}|page\s*\d+(?:\s*(?:of|/)\s*\d+)?|\d{1,3}\s*/\s*\d{1,3}|"
    r"[-—–~·]\s*\d{1,3}\s*[-—–~·])[\W_]*",
    re.I,
)
NAME_LINE = re.compile(rf"(?:\W*{LABEL_WORD}[\s:_()]*){{2,}}|\W*{LABEL_WORD}\s*[:_][\s:_()]*")
SCORE_TABLE = re.compile(
    r"\d+(?:\.\d+)?\s*分|(?:题号(?!\D*\d|.*答案)|得分|评卷人?|阅卷人?|核分人?|复核人?|总分|登分人?)(?:\s.*)?"
)
EXAM_INFO = re.compile(
    r"[(\[]?\s*(?:考试|答题|测试|完成|建议)?(?:时间|用时|满分|总分|时长|分值|命题人?|审题人?|出卷人?|制卷人?|编制人?|编写人?|审核人?|主备人?|设计人?|执笔人?)\s*[::].{0,50}"
)
BOILERPLATE = re.compile(
    r"\W*(?:上一[篇页条]|下一[篇页条]|相关(?:文章|阅读|推荐|链接|资料|试题)|\W*(?:本站|热门|精彩|为您)?推荐(?:阅读|文章)?\W*$|猜你喜欢|版权所有|copyright|责任编辑|本文(?:由|来源|来自|转自|链接|地址)|转载|"
    r"分享到|返回(?:顶部|首页|列表|目录)|点击(?:下载|进入|领取)|免责声明|扫码|扫一扫|(?:关注)?微信(?:公众)?号|更多.{0,20}(?:关注|下载|点击)|"
    r"https?:|www\.|密封线|装订线|密\W+封\W+线|装\W+订\W+线|以下无正文|(?:试卷|全卷|本卷|全文)?(?:结束|完)\W*$|the end\W*$).*|"
    r"\W*[\d一二三四五六七八九十]{1,2}\s*号(?:台|桌|队|选手)\W*|.{0,12}(?:小编|以上就是).{0,60}(?:整理|分享|带来|全部内容|感谢|希望|帮助).*|.*(?:icp备|技术支持[:：]).*|[-=*~·.…#—–\s]{3,}|[\s.…·\-—_○o●|]*(?:[密封装订线内外不要准得请勿答题][\s.…·\-—_○o●|]+){3,}",
    re.I,
)
NUMBERS_ROW = re.compile(r"(?:题号|序号|题目|题)\s*:?(?:\s+\d{1,3})+")
EMPTY_ROW = re.compile(r"(?:我的)?(?:答案|选项|答|得分)[\s_:]*")
ANSWERS = re.compile(r"^[(\[]?[A-H][.、)\]\s]|^\W*[A-H√×]+\W*$|答案|[?。_√×]")
RULED = re.compile(r"[_\s]{6,}|(?:改正|订正|更正|理由)\s*:?[\s_]*")


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line. `folded` has the same length as `text`: half-width, simplified where it matters."""

    number: int  # 1-based, in the document
    text: str
    folded: str
    after_blank: bool
    page: int
    title: bool = False  # set as a heading in its source


def fold(text: str) -> str:
    """The text with full-width letters, digits and marks made half-width, character for character."""
    return text.translate(FOLD)


def read_lines(text: str) -> list[Line]:
    """The lines that may belong to questions, without blank ones and what is printed around a paper.

    Page numbers, running heads, name and score lines, ruled lines and the links around a web page go.
    """
    lines: list[Line] = []
    page = 0
    after_blank = True
    furniture: set[int] = set()  # numbers of lines that stood beside a page number
    for number, raw in enumerate(label_quotes(number_lines(LINE_END.split(text))), 1):
        if "\f" in raw:
            page += raw.count("\f")
            furniture.update(range(number - 2, number + 3))
        line, title = bare_line(raw)
        folded = fold(line)
        if not line:
            after_blank = True
        elif (PAGE.fullmatch(re.sub(r"\s+", " ", folded)) or PAGE.fullmatch(fold(raw.strip()))) and not re.search(
            "[√×]", folded
        ):
            furniture.update(range(number - 2, number + 3))
            after_blank = True
        elif not _is_furniture(folded):
            lines.append(Line(number, line, folded, after_blank, page, title))
            after_blank = False
    return _without_running_heads(_without_ruled(_without_grids(lines)), furniture)


def _is_furniture(folded: str) -> bool:
    if len(folded) > 120:
        return False
    return any(shape.fullmatch(folded) for shape in (NAME_LINE, SCORE_TABLE, EXAM_INFO, BOILERPLATE)) and not re.match(
        r"\d{1,3}\s*[.、]", folded
    )


def _without_grids(lines: list[Line]) -> list[Line]:
    """Without the empty boxes for letters: 题号 1 2 3 over 答案 with nothing behind it."""
    kept: list[Line] = []
    for i, line in enumerate(lines):
        below = lines[i + 1].folded if i + 1 < len(lines) else ""
        if NUMBERS_ROW.fullmatch(line.folded) and not re.match(r"(?:参考|正确)?(?:答案?|选项)[^\w√×]+[\w√×]", below):
            continue
        above = lines[i - 1].folded if i else ""
        if EMPTY_ROW.fullmatch(line.folded) and NUMBERS_ROW.fullmatch(above):
            continue
        kept.append(line)
    return kept


def _without_ruled(lines: list[Line]) -> list[Line]:
    """Without lines to write on; one that goes on a sentence (歇后语 with its blank on the next line) stays."""
    kept: list[Line] = []
    for line in lines:
        goes_on = bool(kept) and kept[-1].folded[-1] in ",、-—:" and not re.search(r"答\s*:$", kept[-1].folded)
        if not RULED.fullmatch(line.folded) or goes_on:
            kept.append(line)
    return kept


def _without_running_heads(lines: list[Line], furniture: set[int]) -> list[Line]:
    """Without what is printed the same beside three page numbers or more, or first or last on two pages or more."""
    counts: Counter[str] = Counter(line.text for line in lines if line.number in furniture and len(line.text) <= 40)
    heads = {text for text, n in counts.items() if n >= 3 and not ANSWERS.search(fold(text))}
    if lines and lines[-1].page:
        pages = [list(page) for _, page in groupby(lines, lambda line: line.page)]
        for ends in ([page[0].text for page in pages], [page[-1].text for page in pages]):
            heads |= {text for text in ends if ends.count(text) >= max(2, 0.5 * len(pages)) and len(text) <= 40}
    heads = {text for text in heads if not ANSWERS.search(fold(text))}
    return [line for line in lines if line.text not in heads]
