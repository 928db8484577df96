"""The fields of one question in (a table row or a JSON object, under whatever headings), a `Question` out."""

import re
from collections.abc import Mapping
from typing import Any

from corpora.document import Document
from extractors.paper_options import split_options
from extractors.question_type import decide_type, letters, truth
from extractors.records import Answer, Question, QuestionType, Reject
from extractors.stems import clean_stem

HEADINGS: dict[str, str] = {
    heading: field
    for field, headings in {
        "number": "题号 序号 编号 no no. number n id index",
        "type": "题型 类型 题目类型 试题类型 type question_type",
        "section": "部分 分类 类别 章节 section category",
        "stem": "题目 题干 问题 试题 题目内容 试题内容 题干内容 问题内容 题目描述 题面 question stem questions content",
        "options": "选项 备选项 options choices",
        "answer": "答案 正确答案 参考答案 标准答案 正确选项 answer answers correct_answer ans",
        "explanation": "解析 答案解析 解释 说明 explanation analysis",
        "novel": "所属名著 名著 作品 书名 novel book",
    }.items()
    for heading in headings.split()
}
OPTION_HEADING = re.compile(r"(?:选项|option|choice)?[ _]?([a-h])(?:选项|项|\.)?", re.I)
NOVELS = {"三国": "三国演义", "水浒": "水浒传", "西游": "西游记", "红楼": "红楼梦"}
NOVEL_TITLES = re.compile(r"《(三[国國]志?演[义義]|水[浒滸]全?[传傳]|西[游遊][记記]|[红紅][楼樓][梦夢])》")
OPTION_KEYS = ("key", "label", "letter", "option", "id", "name", "index", "no", "标号", "选项")
OPTION_TEXTS = ("text", "content", "value", "name", "option", "title", "description", "desc", "内容", "选项")
SIMPLER = str.maketrans("國義滸傳遊記紅樓夢", "国义浒传游记红楼梦")
OPTION_LINE = re.compile(r"\s*[(（]?([A-HＡ-Ｈ])\s*[.．、:：)）-]\s*(.+)")
NO_ANSWER = frozenset(["略", "无", "暂无", "答案略", "待补充", "nan", "none", "null", "-", "—", "/"])


def field_of(heading: str) -> str:
    """The field a heading or key stands for: one of `HEADINGS`' values, an option letter, or empty."""
    plain = heading.strip().strip("：:*").lower()
    if option := OPTION_HEADING.fullmatch(plain):
        return option[1].upper()
    return HEADINGS.get(plain, "")


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
    options = read_options(fields)
    answers = _option_texts(_answer_parts(fields.get("answer")), options)
    kind = decide_type(_text(fields.get("type")), clean_stem(_text(fields.get("stem"))).text, options, answers)
    stem = clean_stem(
        _text(fields.get("stem")),
        choice=bool(options),
        true_false=kind == "true_false",
        numbered=not _text(fields.get("number")),
    )
    if not re.sub(r"[\s_？?。.]", "", stem.text):
        return Reject(locator, _raw(fields), "no question text")
    if not answers and stem.inline:
        answers = [stem.inline]
        kind = decide_type(_text(fields.get("type")), stem.text, options, answers)
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
    )


def read_options(fields: Mapping[str, Any]) -> dict[str, str]:
    """The options by letter in order, from the letters' own fields or the joint one; empty when there are none."""
    joint = fields.get("options")
    if isinstance(joint, str):
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
    values = {str(key).lower(): _text(value) for key, value in item.items() if _text(value)}
    letter = next((values[key] for key in OPTION_KEYS if letters(values.get(key, "")) and len(values[key]) == 1), "")
    said = next((values[key] for key in OPTION_TEXTS if key in values and values[key] != letter), "")
    return f"{letter}. {said}" if letter and said else said


def settle_answer(kind: QuestionType, stem: str, options: dict[str, str], answers: list[str]) -> tuple[Answer, str]:
    """The answer in the form its type asks for, and the printed answer where it fits no option."""
    answers = [answer for answer in answers if answer.lower() not in NO_ANSWER]
    if not answers:
        return None, ""
    if kind == "true_false":
        said = truth(answers[0]) or truth(options.get(letters(answers[0]), ""))
        return (said, "") if said else (None, answers[0])
    if kind in ("single_choice", "multiple_choice"):
        chosen = _choose(options, answers)
        return (chosen, "") if chosen else (None, "；".join(answers))
    if kind == "fill_blank":
        return split_blanks(answers, stem.count("____")), ""
    return "\n".join(answers), ""


def split_blanks(answers: list[str], blanks: int) -> list[str]:
    """The answer's parts, one for each blank where a separator gives that many.

    ； parts blanks always; weaker separators only when they give as many parts as there are blanks, because one
    answer may hold a comma (一个愿打，一个愿挨).
    """
    if len(answers) > 1:
        return answers
    whole = answers[0]
    parts = [part.strip(" \t\n;；，,、") for part in re.split(r"[①-⑳]|[（(]\d[)）]", whole) if part.strip()]
    if len(parts) > 1 and re.match(r"[①(（]", whole):
        return parts
    if blanks == 1:
        return [whole]
    for separators in ("；;", "|", "/／", "\n", "，,", "、", " \t\u3000"):
        parts = [part.strip() for part in re.split(f"[{re.escape(separators)}]+", whole) if part.strip()]
        if len(parts) > 1 and (len(parts) == blanks or separators == "；;"):
            return parts
    return [whole]


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
        for separator in ("\n", "；", ";"):
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
    return [text] if text else []


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
