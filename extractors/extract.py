"""Any `Document` in, its records out: the one door to the extractors."""

from corpora.document import Document
from extractors.cast import parse_cast
from extractors.instructions import extract_instructions
from extractors.novel import extract_utterances
from extractors.questions import extract_questions
from extractors.records import Instruction, Question, Reject, Utterance

Record = Utterance | Question | Instruction | Reject


def extract(document: Document, cast_toml: str = "", key: Document | None = None) -> list[Record]:
    """All records of the document in order of position, rejected ones among them.

    `cast_toml` says who is who in a novel (see `cast.parse_cast`); without it names are found in the text. `key` holds
    the answers to a question paper, where they stand in a file of their own.
    Raises BadInput when the document is not of its kind at all.
    """
    if document.kind == "novel":
        return list(extract_utterances(document, parse_cast(cast_toml) if cast_toml else None))
    if document.kind == "quiz":
        return list(extract_questions(document, key))
    return list(extract_instructions(document))
