"""A quiz document in, questions and rejects out: finds the layout and hands the document to its reader."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from corpora.document import Document
from corpora.errors import BadInput
from extractors.quiz_blocks import extract_quiz_blocks, is_quiz_blocks
from extractors.quiz_cards import extract_quiz_cards, is_quiz_cards
from extractors.quiz_json import extract_quiz_json, is_quiz_json
from extractors.quiz_markdown import extract_quiz_markdown, is_quiz_markdown
from extractors.quiz_paper import extract_quiz_paper, is_quiz_paper
from extractors.quiz_table import extract_quiz_table, is_quiz_table, part_tables
from extractors.records import Question, Reject

Reader = Callable[[Document], Iterator[Question | Reject]]

# Tried in this order; the most particular signs first.
LAYOUTS: list[tuple[str, Callable[[str], bool], Reader]] = [
    ("JSON", is_quiz_json, extract_quiz_json),
    ("blocks with the options as a Python list", is_quiz_blocks, extract_quiz_blocks),
    ("Markdown riddles", is_quiz_markdown, extract_quiz_markdown),
    ("table", is_quiz_table, extract_quiz_table),
    ("cards of labelled parts", is_quiz_cards, extract_quiz_cards),
]


def extract_questions(document: Document, key: Document | None = None) -> Iterator[Question | Reject]:
    """The document's questions and rejects in file order.

    `key` is another document with the answers to a question paper. Raises BadInput when the layout is none that is
    known, and when a key is given to a layout that keeps its answers itself.
    """
    tables, rest = ("", "") if document.encoding == "xlsx" else part_tables(document.text)
    if tables and is_quiz_paper(rest):
        found = list(extract_quiz_table(replace(document, text=tables)))
        found += extract_quiz_paper(replace(document, text=rest), key)
        yield from sorted(found, key=lambda item: int(item.locator.split()[-1]))
        return
    for name, recognises, reader in LAYOUTS:
        if recognises(document.text):
            if key is not None:
                raise BadInput(f"{document.origin}: a {name} layout holds its own answers; leave the key out")
            yield from reader(document)
            return
    if is_quiz_paper(document.text):
        yield from extract_quiz_paper(document, key)
        return
    if key is not None:
        raise BadInput(
            f"{document.origin}: line 1: no question paper begins here to which {key.origin} could be the key"
        )
    names = ", ".join([name for name, _, _ in LAYOUTS] + ["question paper with numbered items"])
    raise BadInput(f"{document.origin}: line 1: no question layout begins here; give one of: {names}")
