"""A question with the type or the score printed in it in, the type and the question without both out.

Where it is from, （2019年中考）, stays: it is neither.

（单选题，2分）谁？          谁？（多选）          1.（3分）谁？          【判断题】甲是乙。
"""

import re

from extractors.paper_marks import declared_kind
from extractors.paper_text import fold

TAG_WORD = r"(?:单选|多选|单项选择|多项选择|不定项选择|不定项|选择|判断|填空|简答|问答|论述|名词解释|材料分析|是非)题?"
TAG = re.compile(
    rf"^\s*(?P<word>{TAG_WORD})(?<=题)\s*:\s*|^\s*[(\[]\s*(?P<lead>{TAG_WORD})[^()\[\]]{{0,16}}[)\]]\s*|[(\[]\s*(?P<tail>{TAG_WORD})\s*[)\]]\s*(?=(?:[(\[][\s_A-H]*[)\]])?[。.]?\s*$)"
)
SCORE = re.compile(
    r"[(\[]\s*(?:本[大小]?题)?(?:每[小大]?[题空处格点个]|共|满分|计|总计)?\s*\d+(?:\.\d+)?\s*分"
    r"(?:[\s,;、]*(?:每|共|计|满分|总|答|写|少|多|错|选)[^()\[\]]{0,24})?\s*[)\]]|^\s*\d+\s*分\s*[:：]?"
)


def untagged(text: str) -> tuple[str, str]:
    """The type that a tag names, empty where there is none, and the text without tags and scores."""
    kind = ""
    for pattern in (SCORE, TAG, SCORE):
        while found := pattern.search(fold(text)):
            kind = kind or (declared_kind(found[0]) if pattern is TAG else "")
            text = text[: found.start()] + text[found.end() :]
    return kind, text.strip()
