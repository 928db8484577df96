"""What a reader would call the same words compares equal; nothing is lost altogether."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.normalise import compatible, normalise, normalise_all


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("是。", "是"),
        ("然。", "然"),
        ("天下大势，分久必合。", "天下大势分久必合"),
        ("天下大勢、分久必合！", "天下大势分久必合"),
        ("“　劉備　”\r\n曰：「吾乃漢室宗親」", "刘备曰吾乃汉室宗亲"),
        ("第１２回 ＡＢｃ", "第12回abc"),
        ("㊀①Ⅳ", "一1iv"),
        ("snake_case", "snakecase"),
        ("……", "......"),
        ("！", "!"),
        ("", ""),
        ("   ", ""),
        ("〇", "〇"),
    ],
)
def test_by_hand(text: str, words: str) -> None:
    assert normalise(text) == words


def test_two_kinds_of_nothing_but_punctuation_stay_two() -> None:
    assert len({normalise("……"), normalise("！"), normalise("？！")}) == 3


@given(st.text())
def test_nothing_that_is_seen_vanishes(text: str) -> None:
    seen = [c for c in text if c.isalnum()]
    assert bool(normalise(text)) or not seen


@given(st.text("是然曹操孙權劉備漢，。！？“” １２ab", max_size=20), st.text("，。！？“”： \n", max_size=3), st.data())
def test_marks_put_in_anywhere_change_nothing(text: str, marks: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(text)))
    if any(c.isalnum() for c in text):
        assert normalise(text[:place] + marks + text[place:]) == normalise(text)


@given(st.lists(st.text("是。玄德劉Ａ①Σİς\x1e\n _😀𠀀\U000323af\u0301e", max_size=6), max_size=8))
def test_all_at_once_as_one_by_one(texts: list[str]) -> None:
    assert normalise_all(texts) == [normalise(text) for text in texts]


@given(
    st.lists(
        st.text(st.one_of(st.characters(max_codepoint=0xFFFF), st.sampled_from("ｱﾞがか゛각각…①é\u0301，Ａ"))), max_size=4
    )
)
def test_the_compatible_form_is_that_of_unicode(texts: list[str]) -> None:
    assert compatible(texts) == [unicodedata.normalize("NFKC", text) for text in texts]
