"""Line ends and indentation left out, and the way back."""

from hypothesis import given
from hypothesis import strategies as st

from extractors.layout import Layout


def test_indented_windows_lines() -> None:
    text = "\u3000甲曰：\r\n\u3000\u3000“走。\r\n留。”"
    layout = Layout(text)
    assert layout.plain == "甲曰：\n“走。\n留。”"
    assert (layout.at(0), layout.at(4)) == (1, 8)
    assert layout.cut(4, len(layout.plain)) == "“走。\r\n留。”"


@given(st.text(alphabet="甲\r\n \u3000”", max_size=40))
def test_every_character_is_found_again(text: str) -> None:
    layout = Layout(text)
    assert all(text[layout.at(i)] == character for i, character in enumerate(layout.plain))
    assert all(layout.cut(i, i + 1) == character for i, character in enumerate(layout.plain))
