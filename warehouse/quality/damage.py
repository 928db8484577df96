"""An example's words in; whether a wrong encoding, a web page's markup or a cut has damaged them, out."""

import re

from warehouse.quality.words import CODE, OF_CODE, RulesConfig, Words

# Private use, the replacement character, controls but for tab and line ends, noncharacters, surrogates.
_BROKEN = re.compile(
    r"[\ufffd\ue000-\uf8ff\U000f0000-\U0010ffff\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\ufdd0-\ufdef\uffff\ud800-\udfff]"
)
_SIGNATURE = re.compile(
    r"锟斤拷|烫烫烫|屯屯屯|[銆锛鈥][^\x00-\x7f].*?[銆锛鈥]", re.S
)  # 。 ， and “ of UTF-8 as GBK reads them
_HIGH_LATIN = re.compile(r"[\u0080-\u00ff€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]{6,}")
_HIGH = re.compile(r"[^\x00-\x7f]{6,}")

_TOKEN = re.compile(r"<\|[a-z_]{2,20}\|>|\[/?INST\]|<</?SYS>>|</s>")
_MARKUP = re.compile(
    r"</?(?:p|br|div|span|a|b|i|u|em|strong|font|img|table|tbody|t[rdh]|ul|ol|li|h[1-6]|center|su[bp]|script|style|hr|input)"
    r"(?:\s[^<>\n]{0,300})?/?>"
    r"|&(?:nbsp|lt|gt|amp|quot|[lr][ds]quo|hellip|mdash|middot|ensp|emsp|#\d{2,5}|#x[0-9a-fA-F]{2,5});"
    r"|\[/?(?:url|img|color|size|quote|font|align)(?:=[^\]\n]{0,80})?\]"
    r"|\[\[[^\[\]\n]{1,80}\]\]|!\[[^\]\n]{0,80}\]\([^)\s]{4,300}\)"
    r"|(?:\\u[0-9a-fA-F]{4}){2}",
    re.I,
)
_CUT = re.compile(
    r"(?:未完待续|以下省略|[（(\[【…](?:未完|待续|下略|以下略|中略|后略|truncated|to be continued)[）)\]】]?"
    r"|(?:展开|阅读|查看|显示)(?:剩余|全文|全部|更多)\w{0,4}"
    r"|\[全文\]|\.\.\.more|<\|endoftext\|>)[\s。.…>»]*$",
    re.I,
)
_CLOSED_END = (".", "。", "!", "！", "?", "？", ")", "）", "}", "]", ";")  # all is said, and only the fence forgotten
_OPEN_END = ("，", "、", "；", ",")


def encoding(words: Words, config: RulesConfig) -> str:
    """Whether characters were lost (U+FFFD, private use, controls) or read in a wrong encoding (锟斤拷, 浣犲ソ, ä½ å¥½)."""
    if found := _BROKEN.search(words.whole):
        return f"U+{ord(found[0]):04X} in it"
    if found := _SIGNATURE.search(words.whole):
        return f"read in a wrong encoding: {found[0][:8]!r}"
    for part in (*words.turns, words.answer):
        if garbled := misread(part):
            return f"read in a wrong encoding: {garbled[:8]!r}"
    return ""


def misread(text: str) -> str:
    """A stretch that is UTF-8 read as GBK or as Latin-1; empty when there is none.

    Where such bytes make valid UTF-8, chance is ruled out: each character of ours has about one chance in thirty.

    >>> misread("天下大势，分久必合".encode().decode("gbk", "ignore"))[:4], misread("天下大势，分久必合")
    ('澶╀笅', '')
    """
    for pattern, codec, least in ((_HIGH, "gb18030", 4), (_HIGH_LATIN, "cp1252", 2)):
        for found in pattern.finditer(text):
            if not 0xE0 <= found[0][0].encode(codec, "replace")[0] <= 0xEF:
                continue  # as most do
            if len(_utf8_head(found[0][:60].encode(codec, "replace"))) >= least:
                return found[0]
    return ""


def _utf8_head(raw: bytes) -> str:
    """The text that the bytes are, the last few of which may belong to a character that is cut; empty when they are none."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return raw[: error.start].decode("utf-8") if len(raw) - error.start <= 2 else ""


def markup(words: Words, config: RulesConfig) -> str:
    """Whether tags, entities, wiki or forum marks are left over, or a model's control tokens.

    Not in code, and not where the row speaks of code or web pages.
    """
    if found := _TOKEN.search(words.whole):
        return f"control token {found[0]!r}"
    found = _MARKUP.search(words.whole)
    if not found or OF_CODE.search(words.whole):
        return ""
    found = _MARKUP.search(CODE.sub("", words.whole))
    return f"markup {found[0][:40]!r}" if found else ""


def truncated(words: Words, config: RulesConfig) -> str:
    """Whether the answer breaks off: a mark of a cut, an open code block, or a comma at the end, where no novel is quoted."""
    answer = words.answer.rstrip()
    if found := _CUT.search(answer[-40:]):
        return f"ends in {found[0]!r}"
    if words.task == "roleplay":
        return ""  # “你且坐下，”他说
    if answer.count("```") % 2 and not answer.endswith(_CLOSED_END):
        return "a code block is not closed"
    if answer.endswith(_OPEN_END) and len(answer) > 20:
        return f"breaks off: {answer[-12:]!r}"
    return ""
