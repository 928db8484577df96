"""A question paper as people print it (worksheet, test, web page) in, questions out, with the answers of its key.

The lines become sections and items (`paper_sections`), an item its stem, options and answer (`paper_answers`,
`paper_options`), and a key's entries join their items by section and number (`paper_key`).
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from corpora.document import Document
from corpora.errors import BadInput
from extractors.paper_answers import Given, cut_labels, read_given, settle_form
from extractors.paper_items import Item, Paper, Section, ask_sign
from extractors.paper_key import read_key
from extractors.paper_marks import SLOT, declared_kind
from extractors.paper_options import Choice, split_options
from extractors.paper_sections import read_paper
from extractors.paper_text import Line, fold, read_lines
from extractors.paper_unnumbered import number_loose
from extractors.question_fields import build_question, novel_of
from extractors.question_type import letters, truth
from extractors.records import Question, Reject
from extractors.stems import clean_stem

TAG_WORD = r"(?:单选|多选|单项选择|多项选择|不定项选择|不定项|选择|判断|填空|简答|问答|论述|名词解释|材料分析|是非)题?"
TAG = re.compile(
    rf"^\s*[(\[]\s*(?P<lead>{TAG_WORD})[^()\[\]]{{0,16}}[)\]]\s*|[(\[]\s*(?P<tail>{TAG_WORD})\s*[)\]]\s*[。.]?\s*$"
)
SCORE = re.compile(
    r"[(\[]\s*(?:本[大小]?题)?(?:每[小大]?[题空处格点个]|共|满分|计|总计)?\s*\d+(?:\.\d+)?\s*分"
    r"(?:[\s,;、]*(?:每|共|计|满分|总|答|写|少|多|错|选)[^()\[\]]{0,24})?\s*[)\]]|^\s*\d+\s*分\s*[:：]?"
)
FILLED = re.compile(r"<u>([^<]*)</u>")
FILLED_BRACKET = re.compile(r"[（(【]\s*([^（）()【】]{1,20}?)\s*[）)】]")
NO_BLANK = re.compile(r"[《》：:第]|打|猜|人名|地名|书名|节选|原文|作者|回目|注|提示|\d")
JUDGED = re.compile(r"[。.!”\"]\s*[(\[]\s*(?:[√×○对错TFVX]|正确|错误)?[\s_]*[)\]]\s*[。.]?\s*$")


def is_quiz_paper(text: str) -> bool:
    """Whether some part of the text asks as a paper does: numbered items with slots, blanks, options or answers."""
    paper = _read(text)
    return any(_asks(item, section) for section in paper.sections for item in section.items) or bool(
        paper.keys and any(section.items for section in paper.sections)
    )


def extract_quiz_paper(document: Document, key: Document | None = None) -> Iterator[Question | Reject]:
    """A question or a reject for every item, in print order; "line 12" is the item's first.

    `key` is a document that holds nothing but answers. Where it, a key in the paper, or an answer beside the question
    disagree, all are kept in the explanation under 两套答案不一致 and the answer is None.
    Raises BadInput when the key answers no question of the paper.
    """
    paper = _read(document.text)
    sections = paper.sections
    given = read_keys(paper)
    if key is not None:
        from_file = read_key(read_lines(key.text), sections)
        if not from_file:
            raise BadInput(f"{key.origin}: answers no question of {document.origin}; give the key that belongs to it")
        for place, answer in from_file.items():
            given.setdefault(place, []).append(answer)
    firsts = [item.line for section in sections for item in section.items]
    if not document.novel and firsts:
        head = "\n".join(document.text.splitlines()[: min(firsts) - 1])
        document = replace(document, novel=novel_of("", document, head))
    for section in sections:
        for item in section.items:
            yield read_item(item, section, given.get(id(item), []), document)


def read_keys(paper: Paper) -> dict[int, list[str]]:
    """The entries of the paper's own keys by the `id()` of their item; a key answers what stands before it."""
    given: dict[int, list[str]] = {}
    for key in paper.keys:
        answers = read_key(key.lines, paper.sections[key.first : key.end])
        for item, answer in (answers or read_key(key.lines, paper.sections[: key.end])).items():
            given.setdefault(item, []).append(answer)
    return given


def read_item(item: Item, section: Section, entries: list[str], document: Document) -> Question | Reject:
    """The question that the item and the entries of keys give, or a reject where no question text is left."""
    body, own = cut_labels(item.text)
    tag, body = _tagged(body)
    kind = tag or item.kind or section.kind
    sets = [own, *(read_given(entry, item.text) for entry in entries)]
    answered = next((given.answer for given in sets if given.answer), None)
    wants_bullets = kind.endswith("choice") or "选择" in section.name or bool(letters(answered or ""))
    choice = split_options(body, bullets=wants_bullets)
    tag, asked = _tagged(
        re.sub(r"\s*(?:备选)?选项\s*[:：]?\s*$|^\s*(?:题干|题目|题面|谜面|问题|试题)\s*[:：]", "", choice.stem)
    )
    kind, choice = tag or kind, replace(choice, stem=asked)
    declared = declare(kind, fold(choice.stem), choice.options, answered, slot_first=item.slot_first)
    printed = _gaps(choice.stem, declared, choice.options, slot_first=item.slot_first)
    stem = clean_stem(printed, choice=bool(choice.options), true_false=declared == "true_false", numbered=False)
    text, filled = stem.text, ""
    if declared in ("", "fill_blank") and not choice.options and not answered:
        text, filled = fill_in(text, section)
    text = FILLED.sub(r"\1", text)
    inline = filled or stem.inline or choice.ticked or _mark_at_end(choice, declared)
    if declared == "true_false":
        text = re.sub(r"\s*(?:[√×✓✔✗✘]|□?对[\s/]*□?错|□?正确[\s/]*□?错误|□?是[\s/]*□?否)\s*$", "", text)
    sets = [Given(inline or None), *sets]
    settled = [settle_form(given, declared, choice.options) for given in sets]
    answers = list(dict.fromkeys(given.answer for given in settled if given.answer))
    notes = [given.explanation for given in settled if given.explanation]
    if len(answers) > 1 and not _agree(answers):
        numbered = "".join(f"其{n}：{answer}" for n, answer in zip("一二三四", answers, strict=False))
        notes.insert(0, f"两套答案不一致。{numbered}")
        answers = []
    if item.material:
        notes.insert(0, f"【材料】{item.material}")
    fields = {
        "number": item.number,
        "section": section.name,
        "type": declared,
        "stem": re.sub(r"(?<=[^\x00-\x7f])\n(?=[^\x00-\x7f①-⑳])", "", text),
        "options": choice.options,
        "answer": answers[0] if answers else None,
        "explanation": "\n".join(notes),
    }
    return build_question(fields, document, f"line {item.line}")


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
        return "" if blank and answer and not said and not judged else kind
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


def fill_in(text: str, section: Section) -> tuple[str, str]:
    """The stem with ____ for each blank that is printed filled in, and the answers parted by ；."""
    if FILLED.search(text) and "____" not in text:
        answers = [answer.strip() for answer in FILLED.findall(text)]
        return FILLED.sub("____", text), "；".join(answers)
    runs = re.split(r"_{1,8}", text)
    inside = runs[1::2]
    if (
        len(runs) > 2
        and len(runs) % 2
        and all(re.fullmatch(r"\s*[^\s_，。；、：？！,.;:?!]{1,16}\s*", part) for part in inside)
    ):
        answers = [part.strip() for part in inside]
        return "".join(part if i % 2 == 0 else "____" for i, part in enumerate(runs)), "；".join(answers)
    declared = section.kind == "fill_blank" or "歇后语" in section.name
    if "____" in text or section.kind not in ("", "fill_blank") or (not declared and re.search("[？?]|请|简", text)):
        return text, ""
    filled = [found for found in FILLED_BRACKET.finditer(text) if not NO_BLANK.search(found[1])]
    if filled:
        for found in reversed(filled):
            text = f"{text[: found.start()]}____{text[found.end() :]}"
        return text, "；".join(found[1] for found in filled)
    if "歇后语" in section.name and (cut := re.fullmatch(r"(.{2,30}?)\s*(——|--|—|－)\s*([^\s_].*)", text, re.S)):
        return f"{cut[1]}{cut[2]}____", cut[3].rstrip("。")
    return text, ""


def _tagged(body: str) -> tuple[str, str]:
    """The type that a tag such as （单选题，2分） or 【判断题】 names, and the text without tags and scores."""
    kind = ""
    for pattern in (SCORE, TAG, SCORE):
        while found := pattern.search(fold(body)):
            kind = kind or (declared_kind(found[0]) if pattern is TAG else "")
            body = body[: found.start()] + body[found.end() :]
    return kind, body.strip()


def _gaps(stem: str, declared: str, options: dict[str, str], *, slot_first: bool) -> str:
    """The stem with ____ where a blank is only white space: “    ” anywhere, and any wide gap of a fill-in.

    A bracket that a fill-in begins with is a blank, where in other types it is a slot.
    """
    stem = re.sub(r"([“《「‘])[ \t\u3000\xa0]{2,}([”》」’])", r"\1____\2", stem)
    if declared != "fill_blank" or options:
        return stem
    if not slot_first:
        stem = re.sub(r"\A[(（【][\s_]*[)）】]", "____", stem)
    if not re.search(r"_{2,}|＿|<u>|[(（【][\s_]*[)）】]", stem):
        stem = re.sub(r"(?<=\S)[ \t\u3000\xa0]{3,}(?=\S)", "____", stem)
    return stem


def _mark_at_end(choice: Choice, declared: str) -> str:
    found = re.search(r"[。!?”\"]\s*([√×])\s*$|^([√×])\s", fold(choice.stem)) if declared == "true_false" else None
    return (found[1] or found[2]) if found else ""


def _agree(answers: list[str]) -> bool:
    plain = {letters(answer) or truth(answer) or re.sub(r"[\s，,；;、。]", "", answer) for answer in answers}
    return len(plain) == 1


def _asks(item: Item, section: Section) -> bool:
    return bool(section.kind) or item.answered or ask_sign(fold(item.text))


def _read(text: str) -> Paper:
    lines: list[Line] = read_lines(text)
    paper = read_paper(lines)
    numbered = any(section.items for section in paper.sections)
    for section in paper.sections:
        if not section.items and not (numbered and section.level < 0):  # before the first heading stands the title
            section.items = number_loose(section.loose, declared=bool(section.name))
    return paper
