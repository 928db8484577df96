"""An example's words in; whether they are too few, too many, of another language, or the same over and over, out."""

import re
from collections import Counter
from itertools import accumulate

from warehouse.normalise import normalise
from warehouse.quality.words import CODE, OF_CODE, RulesConfig, Words

_NOT_WORDS = re.compile(r"[\W_]+")
_HAN_RANGES = r"\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_HAN, _FOREIGN = re.compile(f"[{_HAN_RANGES}]"), re.compile(rf"[^\W{_HAN_RANGES}]")
_NOTHING = re.compile(
    r"[（(【\[]?\s*(?:参考)?(?:答案)?[:：]?\s*(?:从?略|暂无(?:答案)?|暂缺|无答案|没有答案|待补充?|待定|见(?:解析|上|下|课本|原文)|答案见\w{0,6}|"
    r"n/?a|null|none|nan|undefined|no ?output|空|todo)\s*[）)】\]]?",
    re.I,
)
_OTHER_LANGUAGE = re.compile(
    r"[A-Za-zα-ωА-Яа-яぁ-ヿ]{2}|[a-z]\b|[英法德日俄韩]语|英文|外语|外文|翻译|语言|拼音|单词|字母|数字|数学|计算|公式|方程|密码|网址|链接|编号|品牌|歌|缩写|术语"
)
_STRUCTURE = re.compile(r"\s*[\[{|<+]|.*[|].*[|]")  # JSON, tables, diagrams: they say their keys over and over
_PIECE = 20  # characters at most of what follows upon itself


def empty(words: Words, config: RulesConfig) -> str:
    """Whether the answer says nothing: no words, or a word for none (略, 暂无, 见解析), which a novel's people may say."""
    bare = words.answer.strip().rstrip("。.！!")
    if words.task != "roleplay" and _NOTHING.fullmatch(bare):
        return f"the answer is {bare!r}"
    count = len(_NOT_WORDS.sub("", bare))
    if count < config.min_answer and (words.task != "instruct" or not bare):  # an emoji or √ may be asked for
        return f"{count} letters or characters in the answer, fewer than {config.min_answer}"
    return ""


def length(words: Words, config: RulesConfig) -> str:
    """Whether the answer, or the prompt, is longer than a row should be."""
    for name, text, most in (("answer", words.answer, config.max_answer), ("prompt", words.prompt, config.max_prompt)):
        if len(text) > most:
            return f"{len(text)} characters of {name}, more than {most}"
    return ""


def han(words: Words, config: RulesConfig) -> str:
    """Whether the row is of another language, or its answer is where nothing asks for another language, code or figures."""
    if len(_FOREIGN.findall(words.whole)) < config.han_from * (1 - config.min_han):
        return ""  # most rows, at a glance
    if CODE.search(words.answer) or OF_CODE.search(words.prompt):
        return ""
    count, share = _share(words.whole)
    if count >= config.han_from and share < config.min_han and _share(words.prompt)[1] < config.min_han:
        return f"{share:.0%} Chinese characters in prompt and answer, less than {config.min_han:.0%}"
    count, share = _share(words.answer)
    if count >= config.han_from and share < config.min_han and not _OTHER_LANGUAGE.search(words.prompt):
        return f"{share:.0%} Chinese characters in the answer, less than {config.min_han:.0%}, and none other are asked for"
    return ""


def _share(text: str) -> tuple[int, float]:
    """Letters, digits and Chinese characters, and the share that are Chinese."""
    count = len(_NOT_WORDS.sub("", text))
    return count, len(_HAN.findall(text)) / max(count, 1)


def repeats(words: Words, config: RulesConfig) -> str:
    """Whether the answer goes round in circles: one piece many times in a row, or most of it said more than once.

    The share of an answer that repeated n-grams cover is that of Rae et al., "Scaling Language Models" (2021), A1.1,
    with characters for words.
    """
    prose = "\n".join(line for line in CODE.sub("", words.answer).splitlines() if not _STRUCTURE.match(line))
    bare = "".join(prose.split())
    often = max(Counter(bare).values(), default=0) > config.max_rounds  # as a character of such a piece must be
    for found in re.finditer(rf"(.{{1,{_PIECE}}}?)\1{{{config.max_rounds},}}", bare if often else ""):
        rounds = len(found[0]) // len(found[1])
        if _NOT_WORDS.sub("", found[1]) and not found[1].isdecimal():
            return f"{found[1]!r} {rounds} times in a row, more than {config.max_rounds}"
    if len(bare) < config.repeat_from:
        return ""
    share = repeated_share(bare, config.repeat_ngram)
    if share > config.max_repeated:
        return f"{share:.0%} of the answer is said more than once, more than {config.max_repeated:.0%}"
    return ""


def repeated_share(text: str, size: int) -> float:
    """The share of characters that stand in some piece of `size` characters that stood in the text before.

    >>> repeated_share("天下大势天下大势", 4), repeated_share("天下大势分久必合", 4)
    (0.5, 0.0)
    """
    seen: set[str] = set()
    edges = [0] * (len(text) + 1)
    for start in range(len(text) - size + 1):
        piece = text[start : start + size]
        if piece in seen:
            edges[start] += 1
            edges[start + size] -= 1
        seen.add(piece)
    covered = sum(depth > 0 for depth in accumulate(edges[:-1]))
    return covered / max(len(text), 1)


def echo(words: Words, config: RulesConfig) -> str:
    """Whether the answer is the question over again."""
    asked, answer = words.asked.strip(), words.answer.strip()
    if answer and len(answer) * 2 > len(asked) and len(answer) < 2 * len(asked) + 8:  # normalising takes its time
        told = normalise(answer)
        if told == normalise(asked):
            return "the answer is the prompt"
    return ""
