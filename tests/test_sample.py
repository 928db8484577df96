"""The bundled sample: all of it is read, every question has its answer, and the story keeps its promises."""

from collections import Counter

from corpora.casts import cast_of
from corpora.chapters import split_chapters
from corpora.document import Document
from corpora.load import load_document
from corpora.registry import load_registry
from extractors.cast import parse_cast
from extractors.extract import extract
from extractors.records import Instruction, Question, Utterance


def documents() -> dict[str, Document]:
    return {source.id: load_document(source) for source in load_registry("sample")}


def test_the_story() -> None:
    story = documents()["sample/qinghe"]
    rows = [row for row in extract(story, cast_of(story)) if isinstance(row, Utterance)]
    assert len(split_chapters(story.text)) == 10
    assert len(story.text) > 12_000
    assert sum(row.kind in ("speech", "thought", "verse", "writing") for row in rows) >= 300
    assert all(story.text[row.char_start + 1 : row.char_end - 1] == row.text for row in rows)
    named = Counter(row.speaker for row in rows)
    cast = {person.name: person for person in parse_cast(cast_of(story)).persons}
    speaking = [name for name in cast if named[name] >= 3]
    assert len(speaking) >= 12
    assert sum(len(cast[name].other_names()) >= 2 for name in speaking) >= 12


def test_the_first_utterances_by_hand() -> None:
    story = documents()["sample/qinghe"]
    rows = [row for row in extract(story, cast_of(story)) if isinstance(row, Utterance) and row.kind == "speech"]
    assert [(row.speaker, row.text) for row in rows[1:3]] == [
        ("沈渡", "空身三文，带货看水。"),
        ("老者", "水也会算账么？"),
    ]


def test_every_question_has_its_answer() -> None:
    read = documents()
    questions = [row for name in ("core", "class", "club") for row in extract(read[f"sample/questions_{name}"])]
    assert all(isinstance(row, Question) and row.answer is not None for row in questions)
    assert Counter(row.type for row in questions if isinstance(row, Question)) == {
        "single_choice": 24, "multiple_choice": 24, "true_false": 24, "fill_blank": 24, "short_answer": 24,
    }  # fmt: skip


def test_right_options_listed_by_their_texts() -> None:
    club = extract(documents()["sample/questions_club"])
    several = [row for row in club if isinstance(row, Question) and row.type == "multiple_choice"]
    assert (several[0].stem, several[0].answer) == ("下列称呼中，指顾清臣的有哪些？", "ACD")


def test_instructions() -> None:
    rows = extract(documents()["sample/instructions"])
    assert Counter(row.shape for row in rows if isinstance(row, Instruction)).total() == len(rows) == 60
