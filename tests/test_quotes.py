"""Quotation marks as they are met, and as they are missed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.quotes import find_quotations


def spans(text: str) -> list[tuple[str, str]]:
    return [(text[q.start : q.end], q.mend) for q in find_quotations(text, 0, len(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("甲曰：“走。”乙曰：“留。”", [("“走。”", ""), ("“留。”", "")]),
        ("甲曰：“他说‘走’了。”", [("“他说‘走’了。”", "")]),
        ("甲曰：「他說『走』了。」", [("「他說『走』了。」", "")]),
        ('甲说："走。"乙说："留。"', [('"走。"', ""), ('"留。"', "")]),
        ("甲说：＂走。＂", [("＂走。＂", "")]),
        ("甲曰：“这‘“女儿”两个字’极清净。”", [("“这‘“女儿”两个字’极清净。”", "")]),
        ("甲曰：“一段。\n二段。”乙曰：“留。”", [("“一段。\n二段。”", ""), ("“留。”", "")]),
        ("甲曰：“一段。\n“二段。”", [("“一段。\n“二段。”", "")]),
        ('甲说："一段。\n"二段。"', [('"一段。\n"二段。"', "")]),
        ("甲曰：“走。\n乙曰：“留。”", [("“走。", "unclosed"), ("“留。”", "")]),
        ("甲曰：“走罢。乙曰：“留。”", [("“走罢。", "unclosed"), ("“留。”", "")]),
        ('甲说："走。\n乙说："留。"', [('"走。', "unclosed"), ('"留。"', "")]),
        ("甲曰：走。”乙曰：“留。”", [("走。”", "unopened"), ("“留。”", "")]),
        ("甲曰：‘走。”乙曰：“留。”", [("‘走。”", "mixed"), ("“留。”", "")]),
        ("甲曰：“走", [("“走", "unclosed")]),
        ("甲曰：走罢。天晚了。乙曰：留。\n天黑。", [("走罢。天晚了。", "unmarked"), ("留。", "unmarked")]),
        ("it’s “so”", [("“so”", "")]),
        ("没有人说话。", []),
        ("", []),
    ],
)
def test_marks(text: str, expected: list[tuple[str, str]]) -> None:
    assert spans(text) == expected


@given(st.text(alphabet='“”‘’「」『』"＂〝〞\n：曰。甲乙 　', max_size=60), st.integers(0, 5))
def test_any_marks_give_ordered_spans(text: str, start: int) -> None:
    start = min(start, len(text))
    found = find_quotations(text, start, len(text))
    edges = [edge for q in found for edge in (q.start, q.end)]
    assert edges == sorted(edges) and all(start <= edge <= len(text) for edge in edges)
    assert all(q.start <= q.inner_start < q.end and q.inner_start <= q.inner_end <= q.end for q in found)
    for q in found:
        if not q.mend:
            assert text[q.start] in '“‘「『〝"＂' and text[q.end - 1] in '”’」』〞"＂'
