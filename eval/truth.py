"""A free answer to a true/false question → true, false, or undecided."""

import re
import unicodedata

_SURE = "正确|属实|准确|成立|符合"  # words that can mean nothing else, so they count anywhere in the answer
_GAP = r"[^\s,.;:!?。、]{0,3}?"  # “不完全正确”, “不能说是错误的”
_ENDS = r"(?=[的了啊呢吧]{0,2}(?:[\s,.;:!?。、()\[\]【】\"'“”*`]|$))"

# Left to right the first of these decides; a denial stands before the word it turns round, so it is met first.
_ANYWHERE = re.compile(
    rf"(?P<true>没有?{_GAP}不(?:对|妥|正确)|(?:没有?|无|不|并非|绝非){_GAP}(?:错误|[错误]{_ENDS})"
    rf"|(?P<denied>(?:不|并非|绝非|未必|没有?){_GAP}(?:{_SURE}|对(?!于|待|话|付|手)|真{_ENDS}))"
    rf"|{_SURE}|[√✓✔☑✅]|(?<![a-z])(?:true|correct|right|yes)(?![a-z])|对[的啊呀]|(?:是|说得|说法|这话|判)对{_ENDS})"
    rf"|(?P<false>错误|有误|错{_ENDS}|[×✗✘✕✖❌]|(?<![a-z])(?:false|incorrect|wrong)(?![a-z])|是假的)"
)
_ALONE = re.compile(
    rf"[\s:()\[\]【】\"'“”*`]*(?:(?P<true>对|是|真|t|y|v|yes){_ENDS}|(?P<false>错|不是|不|否|假|误|x|f|n|no){_ENDS})"
)
_ASKED = re.compile("是否(?:正确|属实|准确|成立|符合)?|正确与否|对还是错|正确还是错误|对错|正误|对不对")
_ANSWER_IS = re.compile(r"(?:答案|答|判断结果|判断题?|结论|answer)\s*(?:应?该?[是为]|is|:)\s*")


def truth_value(text: str) -> bool | None:
    """What the text says of the statement it was asked about: True, False, or None where it says neither.

    What follows “答案是” decides, else the start. There a lone word counts (对, 错, 是, 否, √, T …), then the first
    word anywhere that can mean nothing else (正确, 有误, 不对 …); a denial before it turns it round.
    """
    folded = unicodedata.normalize("NFKC", text).casefold().replace("\ufe0f", "")  # U+FE0F: ✔ drawn as an emoji
    folded = _ASKED.sub("", folded)
    stated = _ANSWER_IS.search(folded)
    for start in [stated.end(), 0] if stated else [0]:
        found = _ALONE.match(folded, start) or _ANYWHERE.search(folded, start)
        if found:
            return found["true"] is not None and not found.groupdict().get("denied")
    return None
