"""The items of a section in, the answers that stand under or behind their questions without a label out.

1. 《红楼梦》又名什么？           1. 贾宝玉出生时口衔何物？ 通灵宝玉
《石头记》                       2. 巧姐的名字是谁起的？——刘姥姥
3. 谁撕了扇子？（晴雯）
"""

import re

from extractors.paper_items import Item, Section, answer_sign
from extractors.paper_marks import LABEL, SLOT
from extractors.paper_option_lists import BULLET
from extractors.paper_options import split_options
from extractors.paper_text import fold
from extractors.question_type import truth

LEAST = 3  # questions of one shape before it is taken for a habit of the paper
SHARE = 0.6  # of those in the section that could have it
ENDED = re.compile(r"[?。!.:]\s*(?:\([^()]*\))?\s*$")
BRACKETED = re.compile(r"(?<=[？?。！!”])\s*[（(]\s*([^（）()]{1,80}?)\s*[）)]\s*[。.]?\s*$")
NO_ANSWER = re.compile(
    r"\d\s*分|^\W*$|^[打猜注限见填写任选举如例]|提示|至少|[答不]超过|人名|地名|可以|不少于|[字句点]左右|^第.{1,4}回$"
)
BEHIND = re.compile(r"[?](?:[”\"』」])?\s*(?:—+|-+>?|→|=|:)?\s*(?=[^\s(\[_?。,;—\-])")


def part_unlabelled(items: list[Item], answered: set[int]) -> None:
    """Moves such answers from the items' `text` to `said`, where most of the section's items have one.

    `answered` holds the `id()` of items that a key answers; a paper with a key prints none beside its questions.
    """
    able = [item for item in items if not answer_sign(fold(item.text)) and id(item) not in answered]
    if len(able) < LEAST or len(able) < SHARE * len(items):
        return
    for cut in (_below, _behind):
        found = [(item, at) for item in able if (at := cut(item.text))]
        if len(found) >= LEAST and len(found) >= SHARE * len(able):
            for item, at in found:
                item.text, item.said = item.text[:at].rstrip().rstrip("—-→=:：").rstrip(), item.text[at:].strip()
            return


def part_bracketed(sections: list[Section], answered: set[int]) -> None:
    """Labels the answers in brackets behind questions, 谁？（晴雯）, where most of the paper's questions have one."""
    items = [item for section in sections for item in section.items]
    able = [item for item in items if not split_options(item.text).options and id(item) not in answered]
    able = [item for item in able if not LABEL.search(fold(item.text))]
    found = [
        (item, shape) for item in able if (shape := BRACKETED.search(item.text)) and not NO_ANSWER.search(shape[1])
    ]
    if len(found) < LEAST or len(found) < SHARE * len(able):
        return
    for item, shape in found:
        if not truth(re.split("[，,；;。]", shape[1])[0]):  # a verdict is read with its statement
            item.text, item.answered = f"{item.text[: shape.start()]}\n【答案】{shape[1]}", True


def _below(text: str) -> int:
    """Where the answer begins on the line under the one that ends the question; 0 where none stands there."""
    folded = fold(text)
    at = 0
    for line in folded.split("\n")[:-1]:
        at += len(line) + 1
        if ENDED.search(line):
            break
    else:
        return 0
    rest = folded[at:]
    asks = re.search(r"\?|_{2,}|^\s*[①(]\s*1?|" + SLOT, rest) or BULLET.search(text) or split_options(text).options
    return 0 if asks or not rest.strip() else at


def _behind(text: str) -> int:
    """Where the answer begins behind the question mark on the same line; 0 where none stands there."""
    found = BEHIND.search(fold(text))
    if not found or "\n" in text[: found.end()] or split_options(text).options:
        return 0
    rest = fold(text)[found.end() :]
    return 0 if re.search(r"\?|_{2,}|" + SLOT, rest) else found.end()
