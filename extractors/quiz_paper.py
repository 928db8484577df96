"""A question paper as people print it (worksheet, test, web page) in, questions out, with the answers of its key.

The lines become sections and items (`paper_sections`), an item its stem, options and answer (`paper_answers`,
`paper_options`), and a key's entries join their items by section and number (`paper_key`).
"""

from collections.abc import Iterator
from dataclasses import replace

from corpora.document import Document
from corpora.errors import BadInput
from extractors.paper_items import OPTION_SIGN, Item, Paper, Section, ask_sign
from extractors.paper_key import read_key
from extractors.paper_key_start import headed_answers
from extractors.paper_layout import STRESS
from extractors.paper_question import read_item
from extractors.paper_sections import read_paper
from extractors.paper_shared import share_answers, share_options
from extractors.paper_text import Line, fold, read_lines
from extractors.paper_unlabelled import part_bracketed, part_unlabelled
from extractors.paper_unnumbered import number_loose
from extractors.paper_whole import join_whole
from extractors.question_fields import novel_of
from extractors.records import Question, Reject


def is_quiz_paper(text: str) -> bool:
    """Whether some part of the text asks as a paper does: numbered items with slots, blanks, options or answers."""
    paper = _read(text)
    return any(_asks(item, section) for section in paper.sections for item in section.items) or bool(
        paper.keys and any(section.items for section in paper.sections)
    )


def extract_quiz_paper(document: Document, key: Document | None = None) -> Iterator[Question | Reject]:
    """A question or a reject for every item, in print order; "line 12" is the item's first.

    A heading whose lines hold no question is a reject too.

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
    part_bracketed(sections, set(given))
    for i, section in enumerate(sections):
        begun = section.ordinal or any(other.items for other in sections[:i])  # no title of the paper
        if begun and _is_empty(section, sections[i + 1 :]):
            raw = "\n".join([section.told, *(line.text for line in section.loose)])
            yield Reject(f"line {section.line}", raw[:2000].replace(STRESS, ""), "no question under the heading")
        part_unlabelled(section.items, set(given))
        share_answers(section.items)
        share_options(section.items)
        for item in section.items:
            yield read_item(item, section, given.get(id(item), []), document)


def _is_empty(section: Section, following: list[Section]) -> bool:
    """Whether a heading of questions has lines that hold none, and no heading of a lower level follows for them."""
    deeper = bool(following) and following[0].level > section.level
    return bool(section.told and section.loose and not section.items and not deeper)


def read_keys(paper: Paper) -> dict[int, list[str]]:
    """The entries of the paper's own keys by the `id()` of their item; a key answers what stands before it."""
    given: dict[int, list[str]] = {}
    for section in paper.sections:
        if section.items and (said := headed_answers(section.told)):
            for item, answer in read_key(read_lines(said), [section]).items():
                given.setdefault(item, []).append(answer)
    for key in paper.keys:
        answers = read_key(key.lines, paper.sections[key.first : key.end])
        for item, answer in (answers or read_key(key.lines, paper.sections[: key.end])).items():
            given.setdefault(item, []).append(answer)
    return given


def _asks(item: Item, section: Section) -> bool:
    return bool(section.kind) or item.answered or ask_sign(fold(item.text))


def _read(text: str) -> Paper:
    lines: list[Line] = read_lines(text)
    paper = read_paper(lines)
    numbered = any(section.items for section in paper.sections)
    for section in paper.sections:
        join_whole(section)
        if not section.items:
            items = number_loose(section.loose, declared=bool(section.told))
            title = numbered and section.level < 0  # before the first heading stands the title, and rarely a question
            section.items = [
                item for item in items
                if (section.told or not numbered or ask_sign(fold(item.text)))
                and (not title or item.answered or len(OPTION_SIGN.findall(fold(item.text))) > 2)
            ]  # fmt: skip
    return paper
