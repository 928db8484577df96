"""The evidence about a question in (what the source calls it, its options, blanks and answer), its type out."""

import re
import unicodedata

from extractors.records import QuestionType

DECLARED: dict[str, QuestionType] = {
    "单选": "single_choice",
    "单项": "single_choice",
    "单一": "single_choice",
    "多选": "multiple_choice",
    "多项": "multiple_choice",
    "不定项": "multiple_choice",
    "判断": "true_false",
    "是非": "true_false",
    "正误": "true_false",
    "对错": "true_false",
    "判一判": "true_false",
    "辨一辨": "true_false",
    "会判": "true_false",
    "填空": "fill_blank",
    "填充": "fill_blank",
    "默写": "fill_blank",
    "填一填": "fill_blank",
    "会填": "fill_blank",
    "补全": "fill_blank",
    "补写": "fill_blank",
    "简答": "short_answer",
    "问答": "short_answer",
    "论述": "short_answer",
    "答一答": "short_answer",
    "会答": "short_answer",
    "解答": "short_answer",
    "作文": "short_answer",
    "写作": "short_answer",
    "连线": "short_answer",
    "排序": "short_answer",
    "名词解释": "short_answer",
    "材料": "short_answer",
    "single": "single_choice",
    "multiple": "multiple_choice",
    "multi": "multiple_choice",
    "true": "true_false",
    "judg": "true_false",
    "boolean": "true_false",
    "blank": "fill_blank",
    "cloze": "fill_blank",
    "short": "short_answer",
    "essay": "short_answer",
    "open": "short_answer",
}
TRUE_WORDS = frozenset(
    ["true", "t", "对", "對", "正确", "正確", "√", "✓", "✔", "☑", "✅", "○", "v", "是", "yes", "y", "right"]
)
FALSE_WORDS = frozenset(
    [
        "false",
        "f",
        "错",
        "錯",
        "错误",
        "錯誤",
        "×",
        "✗",
        "✘",
        "x",
        "╳",
        "☒",
        "❌",
        "✖",
        "✕",
        "否",
        "不对",
        "不是",
        "不正确",
        "no",
        "n",
        "wrong",
    ]
)


def truth(text: str) -> str:
    """`true` or `false` for a mark or word that says so, else empty."""
    word = unicodedata.normalize("NFKC", text).strip(" \t\r\n。.()（）“”\"'").lower()
    return "true" if word in TRUE_WORDS else "false" if word in FALSE_WORDS else ""


def letters(text: str) -> str:
    """The sorted letters A to H when `text` is nothing but option letters (any width, case, separators), else empty."""
    plain = re.sub(r"[\s,，、;；/|和及&。.]+", "", unicodedata.normalize("NFKC", text)).upper()
    return "".join(sorted(set(plain))) if re.fullmatch(r"[A-H]{1,8}", plain) else ""


def decide_type(declared: str, stem: str, options: dict[str, str], answers: list[str]) -> QuestionType:
    """The question's type. What is there outweighs what the source calls it.

    `answers` are the answer's parts as text. Options make a choice, several right ones a multiple choice; without
    options a truth mark makes a true/false question, a blank a fill-in, anything else a short answer.
    """
    name = declared.strip().lower()
    called = next((kind for word, kind in DECLARED.items() if word in name), None)
    marked = bool(answers) and all(truth(answer) for answer in answers)
    if options:
        if called == "true_false" or (len(options) == 2 and all(truth(text) for text in options.values())):
            return "true_false"
        chosen = sum(len(letters(answer)) or 1 for answer in answers)
        return "multiple_choice" if chosen > 1 or called == "multiple_choice" else "single_choice"
    if called in ("single_choice", "multiple_choice"):  # its options are lost, so only the words are left to go by
        called = None
    if called:
        return called
    if marked and "____" not in stem and len(answers) == 1:
        return "true_false"
    return "fill_blank" if "____" in stem else "short_answer"
