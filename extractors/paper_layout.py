"""One line of a paper's source in, the line as read out: Markdown marks and tags gone, what they say kept.

**B. 乙** among plain options          U+E000 before the letter: this option is set off from the others
- [x] B. 乙                            √ B. 乙
<summary>点我看答案</summary>           答案：
| 1 | 甲 |                             1<tab>甲
"""

import csv
import html
import re

from corpora.readers.webpage_parts import summary_text

STRESS = "\ue000"  # of the Unicode range for private use; what stands there in a file is of no known meaning
UNSEEN = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad\ue000]")
WIDE = re.compile(r"[ \t\u3000\xa0]{60,}")  # more than a line has; patterns elsewhere take the square of its length
RULE = re.compile(r"\s*\|\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*|\s*:?-{2,}:?\s*(?:\|\s*:?-+:?\s*)+\|?\s*")
TITLE = re.compile(r"^\s*(?:>\s*)*#{1,6}\s+")
FRAMED = re.compile(r"\s*([★☆◆◇●■※▲~～=＝—-])[^\w]*[\u4e00-\u9fff][\u4e00-\u9fff\s·]{1,14}[^\w]*\1\s*")
BOXED = re.compile(
    r"\s*[【［](?!.*(?:答案|解析|详解|分析|点拨|材料|原文|注|提示|说明|节选|选自|出处))[\u4e00-\u9fff·]{3,10}(?<!题)[】］]\s*"
)  # 【课堂检测】
OPTION = r"[(（\[［【]?\s*[A-Ha-hＡ-Ｈ]\s*[.．、:：)）\]］】]\s*"
STRESSED = re.compile(
    rf"<b>(?=\s*{OPTION}\S)((?:(?!</?b>).)*)</b>|({OPTION})<b>((?:(?!</?b>).)*)</b>(?=\s*(?:$|[;；]|\s{OPTION}))"
)
# Stressed within a sentence: perhaps a blank printed filled in.
WITHIN = re.compile(
    r"(?<=[\u4e00-\u9fff，、“《（：])[ ]?<b>([\u4e00-\u9fff·0-9]{1,16})</b>[ ]?(?=[\u4e00-\u9fff，、。；”》）])"
)
ENTITY = re.compile(r"&(?:[a-zA-Z]{2,8}|#\d{2,6}|#x[0-9a-fA-F]{2,5});")
GAP = re.compile(r"[﹍﹎﹏‗]{2,}|—{4,}|[-－]{5,}|…{4,}(?!\s*\d)|\.{7,}(?!\s*\d)|□{2,}|~{5,}")
TRIANGLE = re.compile(
    r"([（(])[ \t\u3000\xa0]*[▲△][ \t\u3000\xa0]*[)）]|(?<=\S)(?:[ \t\u3000\xa0]+|(?<=[“《]))[▲△][ \t\u3000\xa0]*"
)  # a blank
FOLDED = re.compile(r"^\s*(?:>\s*)*(?:\[!\w+\][-+]?|:::+\s*\w*|\?\?\?\+?\s*\w*)\s*\"?(.*?)\"?\s*$")
QUOTED = re.compile(r"^\s*>\s*(?![>\s]*[【\[*（(]*(?:参考|正确)?(?:答案|答|解析|提示|说明))(?=\S)(.*)$")
NUMBERED = re.compile(r"\s*(?:#+\s*)?(?:\*\*)?(?:第\s*)?\d{1,3}\s*(?:[.、．)）]|题)")
BULLET = r"^\s*[-*+•●○▪]\s+"


def label_quotes(lines: list[str]) -> list[str]:
    """The lines, with 答案： before what stands in quotes (>) under most of the numbered questions of a Markdown file."""
    numbered = [i for i, line in enumerate(lines) if NUMBERED.match(line)]
    begins = [
        i
        for i, line in enumerate(lines)
        if QUOTED.match(line) and (i == 0 or not lines[i - 1].lstrip().startswith(">")) and numbered and i > numbered[0]
    ]
    if len(begins) < 3 or len(begins) < 0.6 * len(numbered):
        return lines
    marked = set(begins)
    return [QUOTED.sub(r"答案：\1", line) if i in marked else line for i, line in enumerate(lines)]


def _character(entity: re.Match[str]) -> str:
    """The character that &emsp; or &#8195; stands for; blanks of other widths as one that lines are stripped of."""
    return " " if (character := html.unescape(entity[0])).isspace() else character


def bare_line(raw: str) -> tuple[str, bool]:
    """The line without marks, invisible characters and the blanks around it, and whether it was a heading."""
    line = WIDE.sub(lambda found: found[0][:60], UNSEEN.sub("", ENTITY.sub(_character, raw.replace("\f", " "))))
    if RULE.fullmatch(line):
        return "", False
    title = bool(TITLE.match(line) or FRAMED.fullmatch(line) or BOXED.fullmatch(line))
    if re.search(r"[^\W_]", line) and not FRAMED.fullmatch(line):  # no ruled line
        line = GAP.sub("____", line)
    line = re.sub(r"^\s*>\s?", "", TITLE.sub("", line))
    if folded := FOLDED.match(line):  # ::: details 答案
        line = summary_text(folded[1])
    line = re.sub(r"<summary\b[^<>]*>(.*?)</summary>", lambda found: summary_text(found[1]), line)
    line = re.sub(r"\*\*(?=\S)(.+?)(?<=\S)\*\*", r"<b>\1</b>", line)
    line = re.sub(r"^\s*\*(?=[^\s*])([^*]+)(?<=\S)\*\s*$", r"\1", line)
    line = re.sub(r"==(?=\S)([^=]+)(?<=\S)==", r"<b>\1</b>", line)
    line = re.sub(r"<(/?)(?:strong|em|mark|font|i)\b[^<>]*>", r"<\1b>", line)
    line = re.sub(r"</?(?:details|summary|p|div|center|span)\b[^<>]*>|<!--.*?-->|```\w*|<br\s*/?>", " ", line)
    line = re.sub(r"`([^`_]+)`", r"<u>\1</u>", line)  # a blank printed filled in, where there is one
    line = line.replace("`", "")
    line = TRIANGLE.sub(lambda found: "（　）" if found[1] else "____", line)
    line = re.sub(r"\\([_*.#()\[\]\-!])", r"\1", line)
    line = re.sub(rf"^\s*[*★](?={OPTION}\S)", STRESS, line)
    line = re.sub(
        rf"{BULLET}(?:\[\s*\]\s*)?(?=(?:<b>)?(?:{OPTION}|[A-HＡ-Ｈ] +[\u4e00-\u9fff《“]|(?:参考|正确)?答案|解析))",
        "",
        line,
    )
    line = re.sub(rf"{BULLET}\[[xX√]\]\s*(?={OPTION})", "√ ", line)
    line = re.sub(rf"{BULLET}\[[xX√]\]\s*", "• √ ", line)
    line = re.sub(rf"{BULLET}(?:\[\s*\]\s*)?", "• ", line)
    line = re.sub(r"^• <b>((?:(?!</?b>).)*)</b>\s*$", rf"• {STRESS}\1", line)
    line = WITHIN.sub(r"<u>\1</u>", line)
    line = re.sub(r"</?b>", "", STRESSED.sub(lambda found: STRESS + (found[1] or found[2] + found[3]), line))
    line = re.sub(r"<u>[\s\u3000\xa0]*</u>", "____", line.replace("</u><u>", ""))
    line = re.sub(r"^<u>([^<>]*)</u>$", r"\1", line.strip())
    if re.match(r"\s*\|.*\|\s*$", line):
        line = "\t".join(cell.strip() for cell in line.strip().strip("|").split("|"))
    if "\t" in line and '"' in line:
        line = "\t".join(next(csv.reader([line], delimiter="\t"), []))
    return line.strip(" \t\u3000\xa0\u2002\u2003\u2009"), title
