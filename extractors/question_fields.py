"""The fields of one question in (a table row or a JSON object, under whatever headings), a `Question` out."""

import re
from collections.abc import Mapping
from typing import Any

from corpora.document import Document
from extractors.paper_options import split_options
from extractors.question_blanks import filled_in, split_blanks
from extractors.question_tag import untagged
from extractors.question_type import decide_type, letters, truth
from extractors.records import Answer, Question, QuestionType, Reject
from extractors.stems import clean_stem

NOVELS = {"三国": "三国演义", "水浒": "水浒传", "西游": "西游记", "红楼": "红楼梦"}
NOVEL_TITLES = re.compile(r"《(三[国國]志?演[义義]|水[浒滸]全?[传傳]|西[游遊][记記]|[红紅][楼樓][梦夢])》")
OPTION_TEXTS = ("text", "txt", "content", "value", "name", "option", "title", "description", "desc", "内容", "选项")
SIMPLER = str.maketrans("國義滸傳遊記紅樓夢", "国义浒传游记红楼梦")
OPTION_LINE = re.compile(r"\s*[(（]?([A-HＡ-Ｈ])\s*[.．、:：)）-]\s*(.+)")
SEVERAL = re.compile(r"\s*(?:\$;\$|\$\$|\|\||&&|@@|##+)\s*")  # between options or answers, in question banks
SWITCH = {"1": "true", "0": "false"}
NO_ANSWER = frozenset(["略", "无", "暂无", "答案略", "待补充", "nan", "none", "null", "-", "—", "/"])


def novel_of(named: str, document: Document, text: str) -> str:
    """The novel a question is about: named by the row, else by the document, else the one title in its text."""
    named = named.strip().strip("《》 ").translate(SIMPLER)
    if named:
        return next((title for key, title in NOVELS.items() if named.startswith(key)), named)
    if document.novel:
        return document.novel
    titles = {match.translate(SIMPLER)[:2] for match in NOVEL_TITLES.findall(text)}
    return NOVELS[titles.pop()] if len(titles) == 1 else ""


def build_question(fields: Mapping[str, Any], document: Document, locator: str) -> Question | Reject:
    """The question that the fields give; a `Reject` when no question text is left.

    `fields` has the names `field_of` gives: option letters or `options` (an object, a list, or one string with a
    line for each), `answer` as text, letters, list or truth value. An answer that fits no option is kept in the
    explanation, so that nothing is lost and nothing wrong is taught.
    """
    tag, asked = untagged(_text(fields.get("stem")))
    declared = _text(fields.get("type")) or tag
    options = read_options(fields)
    answers = _option_texts(_answer_parts(fields.get("answer")), options)
    kind = decide_type(declared, clean_stem(asked).text, options, answers)
    stem = clean_stem(
        asked,
        choice=bool(options),
        true_false=kind == "true_false",
        numbered=not _text(fields.get("number")),
    )
    if not re.sub(r"[\s_？?。.]", "", stem.text):
        return Reject(locator, _raw(fields), "no question text")
    if not answers and stem.inline:
        answers = [stem.inline]
        kind = decide_type(declared, stem.text, options, answers)
    answer, unresolved = settle_answer(kind, stem.text, options, answers)
    explanation = _text(fields.get("explanation"))
    if unresolved:
        explanation = f"{explanation}（原答案不在选项中：{unresolved}）".strip()
    return Question(
        number=_text(fields.get("number")) or stem.number,
        section=_text(fields.get("section")),
        type=kind,
        stem=stem.text,
        options={} if kind == "true_false" else options,
        answer=answer,
        explanation=explanation,
        novel=novel_of(_text(fields.get("novel")), document, f"{stem.text} {' '.join(options.values())}"),
        locator=locator,
        material=_text(fields.get("material")),
    )


def read_options(fields: Mapping[str, Any]) -> dict[str, str]:
    """The options by letter in order, from the letters' own fields or the joint one; empty when there are none."""
    joint = fields.get("options")
    if isinstance(joint, str):
        joint = SEVERAL.sub("\n", joint)
        lines = [line for line in joint.splitlines() if line.strip()]
        parts = [part for part in re.split(r"[|；;]", joint) if part.strip()] if len(lines) == 1 else []
        joint = parts if len(parts) > 1 else lines
        if len(joint) == 1 and (found := split_options(joint[0]).options):
            joint = found
    if isinstance(joint, Mapping):
        own = {str(key).strip().upper(): _text(value) for key, value in joint.items()}
    elif isinstance(joint, list):
        own = {}
        for letter, item in zip("ABCDEFGH", map(_option_text, joint), strict=False):
            written = OPTION_LINE.fullmatch(_text(item))
            own[letter] = written[2].strip() if written and letters(written[1]) == letter else _text(item)
    else:
        own = {letter: _text(fields.get(letter)) for letter in "ABCDEFGH"}
    found = {key: value for key, value in own.items() if value}
    return found if len(found) > 1 else {}


def _option_text(item: Any) -> Any:
    """An option given as an object, {"key": "A", "text": …}, on one line."""
    if not isinstance(item, Mapping):
        return item
    values = {str(key).lower(): _text(value) for key, value in item.items() if not isinstance(value, bool)}
    values = {key: value for key, value in values.items() if value}
    letter = next((value for value in values.values() if letters(value) and len(value) == 1), "")
    texts = [value for key, value in values.items() if key.endswith(OPTION_TEXTS) and value != letter]
    said = next(iter(texts), max((value for value in values.values() if value != letter), key=len, default=""))
    return f"{letter}. {said}" if letter and said else said


def settle_answer(kind: QuestionType, stem: str, options: dict[str, str], answers: list[str]) -> tuple[Answer, str]:
    """The answer in the form its type asks for, and the printed answer where it fits no option."""
    answers = [answer for answer in answers if answer.lower() not in NO_ANSWER]
    if not answers:
        return None, ""
    if kind == "true_false":
        said = truth(answers[0]) or truth(options.get(letters(answers[0]), "")) or SWITCH.get(answers[0], "")
        return (said, "") if said else (None, answers[0])
    if kind in ("single_choice", "multiple_choice"):
        chosen = _choose(options, answers)
        return (chosen, "") if chosen else (None, "；".join(answers))
    if kind == "fill_blank":
        return filled_in(stem, answers) or split_blanks(answers, stem.count("____")), ""
    return "\n".join(answers), ""


def _choose(options: dict[str, str], answers: list[str]) -> str:
    """The sorted letters the answers name, by letter or by the option's text; empty when one fits no option."""
    chosen = ""
    for answer in answers:
        named = letters(answer)
        written = OPTION_LINE.fullmatch(answer)
        if not named and written and _plain(options.get(letters(written[1]), "")) == _plain(written[2]):
            named = letters(written[1])
        if not named:
            named = "".join(letter for letter, text in options.items() if _plain(text) == _plain(answer))[:1]
        if not named or any(letter not in options for letter in named):
            return ""
        chosen += named
    return "".join(sorted(set(chosen)))


def _option_texts(answers: list[str], options: dict[str, str]) -> list[str]:
    """One answer that lists several options by their texts, a line each or parted by ；, in parts; others as they are."""
    if len(answers) == 1 and options:
        texts = {_plain(text) for text in options.values()}
        for separator in ("\n", "；", ";", "、", "，", ",", " ", "|"):
            parts = [part.strip() for part in answers[0].split(separator) if part.strip()]
            if len(parts) > 1 and all(_plain(part) in texts for part in parts):
                return parts
    return answers


def _plain(text: str) -> str:
    return re.sub(r"[\s。.，,]", "", text).casefold()


def _answer_parts(value: Any) -> list[str]:
    if isinstance(value, list):
        return [text for item in value if (text := _text(item))]
    text = _text(value)
    text = re.sub(r"^(?:参考|正确|标准)?答案?\s*[:：]\s*", "", text)
    return [part for part in SEVERAL.split(text) if part]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        lines = (line.strip(" \t\u3000\xa0") for line in str(value).replace("\r\n", "\n").split("\n"))
        return "\n".join(line for line in lines if line)
    return ""


def _raw(fields: Mapping[str, Any]) -> str:
    return "；".join(f"{key}={value}" for key, value in fields.items() if value not in (None, ""))[:2000]
