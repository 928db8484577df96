"""A free answer to a choice question → the option letters it picks; a printed question → its options.

Read in this order: an option's own text, a stated answer (“故选B”, “答案：A、C”), letters at the start, an option's
text where it is named as the answer, and at last any letters that stand alone. Where these leave doubt, nothing is picked.
"""

import re
import unicodedata
from collections.abc import Mapping

from eval.plain import plain

_JOIN = r"[ \t]*(?:[,、/&+;]|和|与|及|以及|跟|还有)?[ \t]*"
_RUN = rf"(?P<run>[A-H](?:{_JOIN}[A-H])*)(?![A-Za-z])"
_REFUSED = r"(?![ \t]*(?:选?项)?(?:的?说法)?是?(?:错|不对|不正确|不符|有误|不选|排除))"
_OPENERS = r"[\s:(\[【<《\"'“]*"
_STATED = re.compile(
    r"(?<![不别勿非没])(?:答案|答|选项|选择|选|正确的?|answer)(?:一项|选项|应该?|就|只能|只有|有|是|为|is|选|项|[\s:])*"
    rf"{_OPENERS}{_RUN}{_REFUSED}",
    re.IGNORECASE,
)
_CONCLUDED = re.compile(
    rf"(?:故|因此|所以|综上|最终|最后|可见)[^。\n]{{0,12}}?(?:选|答案)[应是为选:\s]*{_OPENERS}{_RUN}"
)
_LEADING = re.compile(rf"{_OPENERS}{_RUN}{_REFUSED}")
_LOWER_ALONE = re.compile(r"[\s(]*([a-h]{1,4})[\s).。、:,;!]*$")
_MARKED = re.compile(r"(?<![A-Za-z])[A-H](?=[.、:)\s,;]|$)")
_LETTER = re.compile(rf"(?<![A-Za-z])[A-H](?![A-Za-z]){_REFUSED}")
_REASONING = re.compile(r"解析|解释|分析|理由|原因|因为|说明|由于|题目|问:")
_DENIED = re.compile(r"不|非|除|错|排除|没有")
_ANSWER_IS = re.compile(r"^\s*(?:正确的?|应该?)?(?:答案|选项|选择|答|选)?\s*(?:应?该?[有是为选]|:)*\s*")
_NAMING = "(?:[是为选即指叫:]|答案|应该?|认为)"
_NAMED_END = r"(?:[\s,.;:!?。]|是(?:正确)?答案|正确)"
_PARTS = re.compile(r"[,、;/\n]|和|与|以及")
_OPTION_MARK = r"(?<![A-Za-z0-9])\(?(?P<letter>[A-H])\)?[ \t]*[.、:)][ \t]*"
_OPTION = re.compile(rf"{_OPTION_MARK}(?P<text>.*?)(?=[\s;,]*{_OPTION_MARK.replace('?P<letter>', '?:')}|\n|$)", re.M)


def choice_letters(text: str, options: Mapping[str, str], several: bool) -> str:
    """The picked letters, sorted, each once ("B", "AC"); empty where no choice can be made out.

    `options` ({"A": "曹操", …}, may be empty) lets an option's text stand for its letter. `several` is whether more
    than one letter may be right: then letters are gathered over lines, up to where reasons begin.
    """
    folded = re.sub(r"[*`#_]", "", unicodedata.normalize("NFKC", text)).strip()
    if by_text := _whole_text(folded, options, several) or _whole_text(_ANSWER_IS.sub("", folded), options, several):
        return by_text
    if alone := _LOWER_ALONE.match(folded):
        return _sorted(alone[1].upper())
    concluded = list(_CONCLUDED.finditer(folded))
    found = concluded[-1] if concluded else _STATED.search(folded) or _LEADING.match(folded)
    if found:
        return _gathered(folded[found.start("run") :], found["run"].upper(), several)
    before_reasons = _REASONING.split(folded, maxsplit=1)[0] or folded
    return _text_named(before_reasons, options) or _letters_within(before_reasons, several)


def listed_options(prompt: str) -> dict[str, str]:
    """The options that a printed question ends with, by letter; empty unless at least A and B are there in order.

    >>> listed_options("字孟德的是谁？\\nA. 曹操  B. 刘备\\nC. 孙权")
    {'A': '曹操', 'B': '刘备', 'C': '孙权'}
    """
    options: dict[str, str] = {}
    for found in _OPTION.finditer(unicodedata.normalize("NFKC", prompt)):
        letter = found["letter"]
        if letter == "A":
            options = {}
        if letter == chr(ord("A") + len(options)):
            options[letter] = found["text"].strip()
    return options if len(options) > 1 else {}


def _gathered(rest: str, run: str, several: bool) -> str:
    """The run itself if it has several letters, else all marked letters (“A、曹操；C、刘备”) before the reasons."""
    letters = _sorted(run)
    if len(letters) > 1:
        return letters
    scope = _REASONING.split(rest, maxsplit=1)[0]
    if not several:
        scope = scope.split("\n", 1)[0]
    return _sorted(letters + "".join(_MARKED.findall(scope[1:])))


def _whole_text(text: str, options: Mapping[str, str], several: bool) -> str:
    by_text = {plain(option): letter for letter, option in options.items() if option}
    if plain(text) in by_text:
        return by_text[plain(text)]
    parts = [plain(part) for part in _PARTS.split(text) if part.strip()]
    if several and len(parts) > 1 and all(part in by_text for part in parts):
        return _sorted("".join(by_text[part] for part in parts))
    return ""


def _text_named(text: str, options: Mapping[str, str]) -> str:
    """The letter of the one option whose text is named as the answer (“应该是曹操。”).

    A mention in passing (“曹操大喜曰”) is none: a model that rambles in a novel's words would often be right by that.
    """
    named = [letter for letter, option in options.items() if option and _names(text, option)]
    if len(named) != 1:
        return ""
    besides = text.replace(unicodedata.normalize("NFKC", options[named[0]]).strip(), "")
    return "" if _DENIED.search(besides) else named[0]


def _names(text: str, option: str) -> bool:
    own = re.escape(unicodedata.normalize("NFKC", option).strip())
    return re.search(rf"(?:^|{_NAMING})[\s《“\"(]*{own}[》”\")]*(?:$|{_NAMED_END})", text) is not None


def _letters_within(text: str, several: bool) -> str:
    letters = _sorted("".join(_LETTER.findall(text)))
    return letters if (several or len(letters) == 1) and not _DENIED.search(text) else ""


def _sorted(letters: str) -> str:
    return "".join(sorted({letter for letter in letters.upper() if "A" <= letter <= "H"}))
