"""The path of a benchmark file in, its texts out, for rows to be compared with: any format that the readers open."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from corpora.document import Document
from corpora.errors import BadInput
from corpora.files import sha256_file, stable_id
from corpora.kinds import guess_kind
from corpora.load import load_document, source_for_path
from extractors.extract import Record, extract
from extractors.json_records import read_records
from extractors.records import Instruction, Question, Reject, Utterance
from warehouse.decontaminate import BENCHMARK, Text

_TASKS = {"quiz": "quiz", "instruct": "instruct", "novel": "roleplay"}


def benchmark_texts(path: Path) -> list[Text]:
    """The questions, conversations or utterances of the file, those included that were refused at extraction; the records
    of JSON of any other shape; else its lines.

    Ids are made of the file's content and the place in it. Raises BadInput when the file cannot be read or holds no
    words.
    """
    document = load_document(source_for_path(path, "quiz"))  # the kind only matters to the extractor
    kind = guess_kind(document.text)
    found = list(_texts(document, kind)) or [(place, words, "") for place, words in _plain(document)]
    texts = [
        Text(
            text_id=stable_id("benchmark", document.sha256, place, words),
            task=_TASKS.get(kind, ""),
            words=words,
            where=BENCHMARK,
            document_id=f"benchmark {document.sha256}",
            place=f"{path.name}, {place}",
            novel=novel,
        )
        for place, words, novel in found
        if words.strip()
    ]
    if not texts:
        raise BadInput(f"{path}: no words in it to compare with; give a file of questions, answers or texts")
    return texts


def benchmark_state(paths: tuple[str, ...]) -> str:
    """A hash of the files' contents. Raises BadInput when one cannot be read."""
    hashes = []
    for path in paths:
        try:
            hashes.append(sha256_file(Path(path)))
        except OSError as error:
            raise BadInput(f"{path}: cannot be read: {error.strerror}; check the path of the benchmark file") from None
    return stable_id(hashes)


def _texts(document: Document, kind: str) -> Iterator[tuple[str, str, str]]:
    """(place, words, novel) of each record."""
    if not kind:
        return
    made = Document(
        document.document_id, document.source_id, kind, document.title, document.text, document.origin,
        document.encoding, document.sha256,
    )  # fmt: skip
    try:
        records = extract(made)
    except BadInput:  # not of the kind it looked like: its lines are compared
        return
    for record in records:
        yield _place(record), words_of_record(record), record.novel if isinstance(record, Question) else ""


def _place(record: Record) -> str:
    return f"character {record.char_start}" if isinstance(record, Utterance) else record.locator


def words_of_record(record: Record) -> str:
    """What a record says, a line each: of a question the passage, the stem, the options and an answer in words."""
    if isinstance(record, Utterance):
        return record.text
    if isinstance(record, Instruction):
        return "\n".join(message.content for message in record.messages)
    if isinstance(record, Reject):
        return record.raw
    return "\n".join(filter(None, [record.material, record.stem, *sorted(record.options.values()), _answer(record)]))


def _answer(question: Question) -> str:
    if isinstance(question.answer, list):
        return "；".join(question.answer)
    chosen = question.type in ("single_choice", "multiple_choice", "true_false")
    return "" if chosen else question.answer or ""


def _plain(document: Document) -> Iterator[tuple[str, str]]:
    try:
        for place, record in read_records(document):
            yield place, "\n".join(_strings(record))
    except BadInput:  # no JSON
        for number, line in enumerate(document.text.splitlines(), 1):
            yield f"line {number}", line


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _strings(item)
