"""A Markdown list of riddles with two sets of answers in, one question a riddle out.

1. **满头白霜（名一）**                                the riddle; 名 asks for a name, 号 for a nickname
   - 解析：满头白霜，白得胜过雪，指“白胜”。           the first set: an explanation that names the answer
 1. 满头白霜 (名一): 石秀 (White as "Stone")           the second set, further down
"""

import re
from collections.abc import Iterator

from corpora.document import Document
from extractors.question_fields import novel_of
from extractors.records import Question, Reject
from extractors.stems import clean_stem

RIDDLE = re.compile(r"^[ \t]*(\d{1,4})[.．、][ \t]*\*\*(.*?)\*\*[ \t]*$", re.M)
NOTE = re.compile(r"^[ \t]*[-*+][ \t]*(?:\*\*)?(?:解析|答案|谜底)(?:\*\*)?[ \t]*[:：][ \t]*(.*?)[ \t]*$", re.M)
SECOND = re.compile(r"^[ \t]*(\d{1,4})\.[ \t]+([^\n*]+?)[ \t]*[(（]([^()（）\n]*)[)）][ \t]*[:：][ \t]*([^\n]+)$", re.M)
HEADING = re.compile(r"^#+[ \t]*(.+?)[ \t]*$", re.M)
NAMED = re.compile(r"“([^”]+)”([\u4e00-\u9fff]{2,3})?(?=[。，、和或]|\Z)")


def is_quiz_markdown(text: str) -> bool:
    """Whether at least three numbered items are in bold with an explanation or answer under them."""
    return len(RIDDLE.findall(text)) >= 3 and len(NOTE.findall(text)) >= 3


def extract_quiz_markdown(document: Document) -> Iterator[Question | Reject]:
    """A question for every riddle.

    Where both sets agree, or there is one alone, that is the answer. Where they disagree nobody knows which is
    right: the answer is None, and the explanation keeps both under 两套答案不一致.
    """
    text = document.text
    heading = HEADING.search(text)
    section = re.sub(r"\s*[(（].*", "", heading[1]) if heading else ""
    second = {match[1]: match[4].strip() for match in SECOND.finditer(text)}
    riddles = list(RIDDLE.finditer(text))
    for i, riddle in enumerate(riddles):
        end = riddles[i + 1].start() if i + 1 < len(riddles) else len(text)
        locator = f"line {text.count(chr(10), 0, riddle.start()) + 1}"
        stem = clean_stem(riddle[2], numbered=False).text
        if not stem:
            yield Reject(locator, riddle[0][:2000], "no question text")
            continue
        note = NOTE.search(text, riddle.end(), end)
        answer, explanation = settle(stem, note[1] if note else "", second.get(riddle[1], ""))
        yield Question(
            number=riddle[1],
            section=section,
            type="short_answer",
            stem=stem,
            options={},
            answer=answer,
            explanation=explanation,
            novel=novel_of("", document, stem),
            locator=locator,
        )


def settle(stem: str, note: str, other: str) -> tuple[str | None, str]:
    """The answer, None when the two sets disagree, and the explanation with all that they say."""
    first = named_answers(note, stem)
    remark = re.search(r"\s*[(（].*|\s*->.*", other)
    second = [
        part.strip() for part in re.split("[、,，]", other[: remark.start()] if remark else other) if part.strip()
    ]
    if not second:
        return "、".join(first) or None, note
    if set(first) == set(second):
        return "、".join(second), note
    return None, f"两套答案不一致。其一：{'、'.join(first) or '不明'}（{note}）其二：{other}"


def named_answers(note: str, stem: str) -> list[str]:
    """The names or nicknames that an explanation ends in: of 指“及时雨”宋江 the nickname for 号, the name for 名."""
    bare = re.sub(r"（[^（）]*）", "", note)
    at = max(bare.find("指“"), bare.find("对应“"))
    if at < 0:
        return []
    found = [(match[1], match[2] or "") for match in NAMED.finditer(bare, at)]
    if "号、名" in stem and len(found) > 1:
        return [found[0][0], found[-1][1] or found[-1][0]]
    if re.search("[（(]号", stem):
        return [part for nickname, _ in found for part in nickname.split("、")]
    return [part for nickname, name in found for part in (name or nickname).split("、")]
