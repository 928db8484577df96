"""The text of one question or of one entry of a key in; the question proper, its answer and the explanation out."""

import re
from dataclasses import dataclass

from extractors.paper_layout import STRESS
from extractors.paper_marks import DROPPED_NOTES, LABEL
from extractors.paper_text import fold

CHOSEN = re.compile(
    r"\s*(?:应?选|故选|为|是)?\s*[:：]?\s*[(\[]?\s*([A-Ha-h](?:[\s,、;/和及]*[A-Ha-h]){0,7})(?![A-Za-z])\s*[)\]]?\s*(?:项|$|[.。,、;:(\[\s]|(?=[\u4e00-\u9fff]))"
)
MARKED = re.compile(
    r"\s*[(\[]?\s*(√|×|○|正确|错误|不正确|不对|对|错|是|否|true|false|T|F|[yn](?=\W|$))\s*[)\]]?(?=$|[\s,。;.:(\[、])",
    re.I,
)
SENTENCE = re.compile(r"[^。;]{0,12}?(?:是|说法|判断)?(正确|错误|不对|对|错)的(?=$|[\s,。;])")
CONCLUDED = re.compile(r"(?:故选|因此选|所以选|应选|故答案为|答案选)\s*[:：]?\s*([A-H](?:[、,\s]*[A-H])*)")
SCORED = re.compile(r"\s*[（(][^（）()]*每空[^（）()]*分[^（）()]*[)）]\s*$")
NOTHING = re.compile(
    r"[\s_]*(?:\(?(?:开放题?|主观题?|答案|自拟|,|\s)*略\)?(?:$|[。.,(;].*)|无标准答案.*|开放题.*|暂无.*)?[\s_.。]*",
    re.S,
)


@dataclass(frozen=True, slots=True)
class Given:
    """What a source says of one question: the answer as printed, None where it says nothing, and its explanation."""

    answer: str | None = None
    explanation: str = ""


def cut_labels(text: str) -> tuple[str, Given]:
    """The text before the first label, and what the labels give; a later answer replaces an empty earlier one."""
    folded = fold(text)
    labels = list(LABEL.finditer(folded))
    if not labels:
        return text, Given()
    answers: list[str] = []
    notes: list[str] = []
    for i, label in enumerate(labels):
        name = label.lastgroup or ""
        end = labels[i + 1].start() if i + 1 < len(labels) else len(text)
        said = text[label.end() : end].strip()
        if name == "inner":
            said = re.sub(r"[)）]\s*$", "", said)
        said = re.sub(r"[\[【(（]$", "", said).strip()
        if name == "mine":
            continue
        if name in ("note", "note2"):
            if re.search(r"\d", label[0]):  # 【小问1详解】
                said = f"{text[label.start() : label.end()].strip()}{said}"
            if not label[name].startswith(DROPPED_NOTES):
                notes.append(said)
        elif not NOTHING.fullmatch(fold(said)) or re.search("略", said):
            answers.append(said)
    explanation = "\n".join(note for note in notes if note).replace(STRESS, "")
    answer = answers[0] if answers else None
    if answer is None and (found := CONCLUDED.search(fold(explanation))):
        answer = found[1]
    return text[: labels[0].start()].rstrip(), Given(answer and answer.replace(STRESS, ""), explanation)


def read_given(raw: str, asked: str = "") -> Given:
    """An entry of a key, with or without labels: 【答案】B【解析】…, B（见第三回）, 略.

    What an entry repeats of the question `asked` says nothing new.
    """
    before, given = cut_labels(raw.replace(STRESS, ""))
    before = before.strip()
    if asked and _plain(before)[:10] == _plain(asked)[:10] and len(_plain(before)) > 9:
        before = ""
    if before and (given.answer is None or re.fullmatch(r"[A-H、,\s]+", fold(before))):
        return Given(before, given.explanation)
    if before:  # words before the label belong to the explanation
        return Given(given.answer, "\n".join(part for part in (before, given.explanation) if part))
    return given


def settle_form(given: Given, kind: str, options: dict[str, str]) -> Given:
    """The given answer in the form its type is written in: bare letters or a bare mark, the rest explained."""
    if given.answer is None:
        return given
    answer = given.answer.strip()
    folded = fold(answer)
    if NOTHING.fullmatch(folded):
        return Given(None, given.explanation)
    if options:
        return _chosen(answer, folded, given, options)
    if kind == "true_false" and (found := MARKED.match(folded) or SENTENCE.match(folded)):
        return _split(answer, found, given)
    if kind in ("", "fill_blank"):
        answer = SCORED.sub("", answer)
    return Given(answer, given.explanation)


def _chosen(answer: str, folded: str, given: Given, options: dict[str, str]) -> Given:
    named = re.findall(r"(?:^|(?<=[\s,;、。]))([A-H])\s*[.、:]\s*(?=[^\sA-H])", folded)
    if len(named) > 1 and len(set(named)) == len(named):  # A. 甲  C. 丙
        return Given("".join(named), given.explanation)
    found = CHOSEN.match(folded)
    if not found or any(letter.upper() not in options for letter in re.sub(r"[^A-Za-z]", "", found[1])):
        marked = MARKED.match(folded)
        return (
            _split(answer, marked, given) if marked and not any(answer in text for text in options.values()) else given
        )
    letters = re.sub(r"[^A-Za-z]", "", found[1]).upper()
    rest = _unwrapped(answer[found.end(1) :].lstrip(" )）]】.。、,，;；:：项\n"))
    said = {_plain(part) for part in re.split(r"[;；\n]", rest)}
    if said <= {_plain(options[letter]) for letter in letters} | {""}:  # the letters' own texts once more
        rest = ""
    return Given(letters, "\n".join(part for part in (rest, given.explanation) if part))


def _unwrapped(rest: str) -> str:
    """What follows the letters or the mark, without the bracket around it."""
    rest = rest.strip()
    return rest[1:-1] if rest[:1] in ("(", "（") and rest[-1:] in (")", "）") else rest.rstrip(" ]】")


def _plain(text: str) -> str:
    return re.sub(r"[\W_]", "", text).casefold()


def _split(answer: str, found: re.Match[str], given: Given) -> Given:
    mark = {"不正确": "错误"}.get(found[1], answer[found.start(1) : found.end(1)])
    rest = _unwrapped(answer[found.end() :].lstrip(" .。,，;；:：、\n"))
    return Given(mark, "\n".join(part for part in (rest, given.explanation) if part))
