"""The people of a small text, whole rows compared."""

from corpora.document import Document
from extractors.cast import Cast, Person
from extractors.cast_table import PersonRow, cast_table

TEXT = """第一回　渡口　茅店

沈砚秋道：“坐。”如眉道：“不坐，砚秋。”

第二回　归舟　远寺

砚秋笑道：“走。”陆九不语。
"""


def document(text: str) -> Document:
    return Document("d", "s", "novel", "试", text, "", "utf-8", "")


def test_rows_with_a_cast() -> None:
    cast = Cast("", (Person("沈砚秋"), Person("柳如眉", short=("如眉",)), Person("陆九"), Person("周彦")))
    assert cast_table(document(TEXT), cast) == [
        PersonRow("沈砚秋", ("砚秋",), 2, 3, 1, 2),
        PersonRow("柳如眉", ("如眉",), 1, 1, 1, 1),
        PersonRow("陆九", (), 0, 1, 2, 2),
    ]


def test_rows_without_a_cast() -> None:
    text = "贾宝玉、贾宝玉、贾宝玉。" + "宝玉笑道：“坐。”袭人忙道：“是。”" * 3
    assert cast_table(document(text)) == [
        PersonRow("贾宝玉", ("宝玉",), 3, 6, 0, 0),
        PersonRow("袭人", (), 3, 3, 0, 0),
    ]
    assert cast_table(document("")) == []
