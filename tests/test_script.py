"""Traditional characters read as simplified ones, offset for offset."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from corpora.document import Document
from extractors.cast import Cast, Person
from extractors.novel import extract_utterances
from extractors.script import simplified

SIMPLE = "　　玄德见孔明来到，大喜，问曰：“先生从何处来？”孔明笑道：“亮从东吴来，有话与主公说。”\n　　玄德对众将道：“且听军师说。”"
COMPLEX = "　　玄德見孔明來到，大喜，問曰：「先生從何處來？」孔明笑道：「亮從東吳來，有話與主公說。」\r\n　　玄德對眾將道：「且聽軍師說。」"
CAST = Cast("", (Person("刘备", courtesy=("玄德",)), Person("诸葛亮", courtesy=("孔明",))))


def test_simplified_keeps_every_offset() -> None:
    assert simplified(COMPLEX) == SIMPLE.translate(str.maketrans("“”", "「」")).replace("\n", "\r\n")
    assert simplified(SIMPLE) is SIMPLE
    assert simplified("") == ""


@given(st.text(alphabet="說這個們來為過時見對問甲乙，。", max_size=40))
def test_simplified_is_as_long(text: str) -> None:
    assert len(simplified(text)) == len(text)


def test_the_same_utterances_in_either_script() -> None:
    def rows(text: str) -> list[tuple[object, ...]]:
        found = extract_utterances(Document("d", "s", "novel", "试", text, "", "utf-8", ""), CAST)
        for row in found:
            assert text[row.char_start + 1 : row.char_end - 1] == row.text
            assert row.context in text
        return [(r.kind, r.speaker, r.addressee, r.scene, r.turn, r.rule) for r in found]

    assert rows(SIMPLE) == rows(COMPLEX)
    assert [row[1:3] for row in rows(SIMPLE)] == [("刘备", "诸葛亮"), ("诸葛亮", "刘备"), ("刘备", "众将")]
    document = Document("d", "s", "novel", "试", SIMPLE, "", "utf-8", "")
    wide = replace(document, text=SIMPLE.replace("\n", "\n\u3000\u3000"))
    assert [r.speaker for r in extract_utterances(wide, CAST)] == [
        r.speaker for r in extract_utterances(document, CAST)
    ]
