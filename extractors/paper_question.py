"""One item of a question paper and what keys say of it in, its question out: type, stem, options, answer, explanation."""

import re
from dataclasses import replace

from corpora.document import Document
from extractors.paper_answers import Given, cut_labels, read_given, settle_form
from extractors.paper_filled import fill_in, gaps
from extractors.paper_items import Item, Section
from extractors.paper_judged import WHETHER, cut_judgement, judged_by_letters
from extractors.paper_layout import STRESS
from extractors.paper_marks import SLOT
from extractors.paper_option_lists import SLOT_NUMBER, numbered_answer, split_list
from extractors.paper_options import Choice, split_options
from extractors.paper_text import fold
from extractors.question_fields import build_question
from extractors.question_tag import untagged
from extractors.question_type import letters, truth
from extractors.records import Question, Reject
from extractors.stems import clean_stem

TAGS = re.compile("</?[ub]>")
FILLED = re.compile(r"<u>([^<]*)</u>")
JUDGED = re.compile(
    r"[(\[]\s*[√×]\s*[)\]]\s*$|[。.!”\"]\s*[(\[]\s*(?:[√×○对错是否TFVXYN]|正确|错误)?[\s_]*[)\]]\s*[。.]?\s*$"
)
BOTH = re.compile(
    r"\s*(?:_{4}[。.]?|□\s*√\s*□\s*×|[√×✓✔✗✘]|[(（]?\s*□?\s*(?:对|正确|是|T|√)\s*[/／或、]?\s*□?\s*(?:错误?|否|F|×)\s*[)）]?)\s*$"
)  # to fill in, or to choose from
SET_IN = re.compile(r"_+\s*([A-HＡ-Ｈ]{1,6})\s*_+|(?<=[?？])\s*([A-HＡ-Ｈ]{1,6})\s*$")  # an answer without a bracket
LISTED = re.compile(
    rf"^• *(?:√|{STRESS})|[？?：:][ \t]*(?:\n• *[^\n？?]{{1,30}}){{3,6}}\s*\Z", re.M
)  # a list under a question
APART = re.compile(
    r"(?:[ \t\u3000]{2,}|(?<=[。？?！!]))【(?![^】]*(?:分|提示|注|材料))([^【】]+)】\s*$"
)  # at the line's end
ASKED = re.compile(r"^\s*(?:题干|题目|题面|谜面|问题|试题)\s*[:：]")
RIDDLE = re.compile(
    r"([（(](?:打|猜|谜底)[^（）()]{1,16}[)）])\s*(?:(?:—+|-{2,}|[:：=]|答[:：]?)\s*(\S.*)|[【\[]([^【】\[\]]+)[】\]]\s*)$",
    re.S,
)


def read_item(item: Item, section: Section, entries: list[str], document: Document) -> Question | Reject:
    """The question that the item and the entries of keys give, or a reject where no question text is left."""
    body, own = cut_labels(item.text)
    if own.answer and item.number:  # 答案：3.满载而归
        own = replace(own, answer=re.sub(rf"^{re.escape(item.number)}\s*[.、．]\s*(?=\D)", "", own.answer))
    tag, body = untagged(body)
    kind = tag or item.kind or section.kind
    if whether := WHETHER.search(body):  # 甲是乙。对还是错？
        kind, body = kind or "true_false", body[: whether.start()]
    body, beside = cut_judgement(body, kind)
    sets = [own, *(read_given(entry, item.text) for entry in entries)]
    if riddle := RIDDLE.search(body):
        body, beside = body[: riddle.end(1)], Given((riddle[2] or riddle[3]).strip())
    elif kind in ("fill_blank", "short_answer") and not own.answer and (apart := APART.search(body)):
        body, beside = body[: apart.start()], Given(apart[1].strip())
    answered = next((given.answer for given in (beside, *sets) if given.answer), None) or item.said or None
    choice = _options(body, kind, section, answered)
    asked = re.sub(r"\s*(?:备选)?选项\s*[:：]?\s*$", "", choice.stem)
    tag, asked = untagged(asked if item.whole else ASKED.sub("", asked))
    kind, choice = tag or kind, replace(choice, stem=asked)
    declared = declare(kind, fold(choice.stem), choice.options, answered, slot_first=item.slot_first)
    if choice.options:
        choice = replace(choice, stem=SET_IN.sub(lambda found: f"（{found[1] or found[2]}）", choice.stem))
    printed = gaps(choice.stem, declared, choice.options, slot_first=item.slot_first)
    stem = clean_stem(printed, choice=bool(choice.options), true_false=declared == "true_false", numbered=False)
    text, filled = stem.text, ""
    if declared in ("", "fill_blank") and not choice.options and not answered:
        text, filled = fill_in(text, section)
    text = FILLED.sub(r"\1", text)
    inline = filled or stem.inline or choice.ticked
    if declared == "true_false":
        text = BOTH.sub("", text)
    sets = [Given(inline or None), beside, *sets]
    if declared == "true_false" and not choice.options:
        sets = [judged_by_letters(given, section) for given in sets]
    if choice.numbered:
        sets = [replace(given, answer=given.answer and numbered_answer(given.answer, choice.options)) for given in sets]
    settled = [settle_form(given, declared, choice.options) for given in sets]
    answers = list(dict.fromkeys(given.answer for given in settled if given.answer))
    notes = [given.explanation for given in settled if given.explanation]
    if len(answers) > 1 and not _agree(answers):
        numbered = "".join(f"其{n}：{answer}" for n, answer in zip("一二三四", answers, strict=False))
        notes.insert(0, f"两套答案不一致。{numbered}")
        answers = []
    elif not answers and not item.said and choice.stressed:
        answers = [choice.stressed]
    if not item.whole:
        text = re.sub(r"(?<=[^\x00-\x7f]|_)\n(?=[^\x00-\x7f①-⑳•]|_)", "", text)
    answer = answers[0] if answers else item.said or None
    text = TAGS.sub("", text)
    answer = TAGS.sub("", answer) if answer else None
    fields = {
        "number": item.number,
        "section": section.name,
        "type": declared,
        "stem": re.sub(r"^• *", "", text, flags=re.M),
        "options": choice.options,
        "answer": re.sub(r"^• *", "", answer, flags=re.M) if answer else None,
        "explanation": TAGS.sub("", "\n".join(notes)),
        "material": TAGS.sub("", item.material.replace(STRESS, "")),
    }
    return build_question(fields, document, f"line {item.line}")


def _options(body: str, kind: str, section: Section, answered: str | None) -> Choice:
    """The options with letters, or else, where the question is known to be a choice, those in numbers and lists."""
    choice = split_options(body)
    if choice.options:
        return choice
    chosen = kind.endswith("choice")
    wanted = (
        chosen
        or "选" in fold(section.name)
        or bool(letters(answered or ""))
        or bool(SLOT_NUMBER.search(body) or LISTED.search(body))
    )
    return split_list(body, bare=chosen) if wanted and kind not in ("true_false", "fill_blank") else choice


def declare(kind: str, stem: str, options: dict[str, str], answer: str | None, *, slot_first: bool) -> str:
    """The type to declare for a question, empty where its options, blanks and answer are to decide.

    `kind` is what the heading or a tag names. It gives way to what stands there: a question with four options is no
    true/false question under whatever heading, a blank in a sentence with a short answer no short answer.
    """
    if options:
        judged = kind == "true_false" and not all(truth(text) for text in options.values())
        return "" if judged else kind
    said = truth(answer.split("\n")[0][:4]) or truth(re.split(r"[\s（(，,。]", answer)[0]) if answer else ""
    judged = (slot_first or bool(JUDGED.search(stem))) and "?" not in stem[-6:]
    blank = bool(re.search(r"_{2,}|<u>|(?<=[^。?!])" + SLOT, stem))
    if kind == "true_false":
        return "" if answer and not said and not judged and not letters(answer) else kind
    if judged and (said or not answer) and kind != "fill_blank":
        return "true_false"
    if kind == "fill_blank":
        if judged and said:
            return "true_false"
        long_answer = bool(answer) and (len(answer or "") > 60 or (answer or "").count("\n") > 1)
        return "" if not blank and long_answer else kind
    if kind == "short_answer":
        return "fill_blank" if blank and answer and len(answer) <= 40 and "\n" not in answer else kind
    return ""


def _agree(answers: list[str]) -> bool:
    plain = {letters(answer) or truth(answer) or re.sub(r"[\s，,；;、。]", "", answer) for answer in answers}
    return len(plain) == 1
