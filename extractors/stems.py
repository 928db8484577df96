"""A question as printed in; the bare stem, its printed number and an answer set into it out."""

import re
from dataclasses import dataclass

NUMBER = re.compile(
    r"\s*(?:第\s*(\d{1,4})\s*题[.．、:：\s]*"
    r"|[（(]\s*(\d{1,4})\s*[)）][.．、:：]?\s*"
    r"|(\d{1,4})\s*[．、:：)）](?!\d*[、])\s*"
    r"|(\d{1,4})\.(?!\d)\s*)(?=\S)"
)
SCORE = re.compile(r"[（(【\[]\s*(?:本题|每[题空小]*题?|共)?\s*\d+(?:\.\d+)?\s*分\s*(?:[，,][^（()）]{0,8})?[)）】\]]")
UNDERLINE = re.compile(
    r"[\[<{]{1,2}\s*(?:blank|BLANK|空)\s*\d{0,2}\s*[\]>}]{1,2}|[_＿]{2,} *[①-⑳] *[_＿]{2,}|[_＿]{2,}(?:\s*[_＿]{2,})*|＿|[‗﹍]{2,}"
)
EITHER = re.compile(r"[（(]\s*(?:对|正确|是|T|√)\s*[/／或、]\s*(?:错误?|不正确|否|F|×)\s*[)）]", re.I)
EMPTY_SLOT = r"[（(【\[［〔{][\s\u3000_＿]*[)）】\]］〕}]"
LETTER_SLOT = r"[（(【\[［〔]\s*(?P<letters>[A-HＡ-Ｈ](?:[\s,，、]*[A-HＡ-Ｈ]){0,7})\s*[)）】\]］〕]"
TRUTH_SLOT = (
    r"[（(【\[［〔]\s*(?P<truth>[√✓✔✅×✗✘╳❌✖✕○對对錯错TFVXvxtfYNyn是否]|正[确確]|错误|錯誤|不对|不正确|True|False|Yes|No)"
    r"\s*[)）】\]］〕]"
)


@dataclass(frozen=True, slots=True)
class Stem:
    """`text` with each blank as ____; `inline` is an answer that stood in its brackets."""

    number: str
    text: str
    inline: str


def clean_stem(printed: str, *, choice: bool = False, true_false: bool = False, numbered: bool = True) -> Stem:
    """The stem without number, score and answer marks.

    A bracket in the sentence is a blank; after an end mark (？ or 。) it is a slot for the answer and goes, and in a
    true/false question always. Letters in a bracket are an answer only where there are options (`choice`), truth
    marks only in a true/false question: elsewhere they belong to the sentence. `numbered` False keeps a leading
    number, for sources that give it in a field of its own.
    """
    text = re.sub(r"[ \t\u3000\xa0]+", " ", printed.replace("\r\n", "\n").replace("\r", "\n"))
    text = "\n".join(line.strip() for line in text.split("\n") if line.strip())
    number = ""
    if numbered and (match := NUMBER.match(text)):
        number = next(group for group in match.groups() if group)
        text = text[match.end() :]
    text = SCORE.sub("", text)
    if true_false:
        text = EITHER.sub("", text)
    inline = ""
    slots = EMPTY_SLOT + ("|" + LETTER_SLOT if choice else "") + ("|" + TRUTH_SLOT if true_false else "")

    def slot(match: re.Match[str]) -> str:
        nonlocal inline
        found = match.groupdict()
        inline = inline or found.get("letters") or found.get("truth") or ""
        before = match.string[: match.start()].rstrip()
        return "" if true_false or not before or before[-1] in "？?。！!" else "____"

    text = UNDERLINE.sub("____", re.sub(slots, slot, text))
    text = re.sub(r"[（(]\s*____\s*[)）]", "____", text)
    return Stem(number, text.strip(), inline)
