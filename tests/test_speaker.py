"""Who says what in small invented exchanges, whole rows of (kind, speaker, addressee) compared."""

import pytest

from corpora.document import Document
from extractors.cast import Cast, Person
from extractors.novel import extract_utterances

CAST = Cast(
    "",
    (
        Person("沈砚秋", courtesy=("砚秋",), gender="male"),
        Person("柳如眉", short=("如眉",), titles=("妇人",), gender="female"),
        Person("陆九", titles=("太守",)),
        Person("周彦", titles=("太守",)),
    ),
)


def said(text: str, cast: Cast | None = CAST) -> list[tuple[str, str, str]]:
    rows = extract_utterances(Document("d", "s", "novel", "试", text, "", "utf-8", ""), cast)
    return [(row.kind, row.speaker, row.addressee) for row in rows]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "砚秋问如眉：“几时走？”如眉道：“明日。”又道：“天亮便走。”",
            [("speech", "沈砚秋", "柳如眉"), ("speech", "柳如眉", "沈砚秋"), ("speech", "柳如眉", "沈砚秋")],
        ),
        (
            "砚秋问如眉道：“可去么？”答道：“去。”",
            [("speech", "沈砚秋", "柳如眉"), ("speech", "柳如眉", "沈砚秋")],
        ),
        (
            "砚秋道：“坐。”说着，便命小厮：“倒茶来。”",
            [("speech", "沈砚秋", ""), ("speech", "沈砚秋", "小厮")],
        ),
        ("“我不去。”砚秋说。", [("speech", "沈砚秋", "")]),
        (
            "砚秋唤如眉道：“你去。”如眉受计去了。又唤陆九来，低声言：“你也去。”",
            [("speech", "沈砚秋", "柳如眉"), ("speech", "沈砚秋", "陆九")],
        ),
        ("那妇人笑道：“请坐。”", [("speech", "柳如眉", "")]),
        ("忽见一个妇人走来，笑道：“请坐。”", [("speech", "妇人", "")]),
        ("太守道：“放了他。”", [("speech", "太守", "")]),
        ("周彦升厅。太守道：“放了他。”", [("speech", "周彦", "")]),
        ("忽报：“贼到了！”", [("speech", "", "")]),
        ("那汉道：“小人姓王，名五。”砚秋道：“好。”", [("speech", "王五", "沈砚秋"), ("speech", "沈砚秋", "王五")]),
        (
            "一人出道：“我去！”众视之，乃陆九也。砚秋道：“好。”",
            [("speech", "陆九", "沈砚秋"), ("speech", "沈砚秋", "陆九")],
        ),
        (
            "砚秋问如眉道：“可好？”如眉道：“好。”又问：“几时来的？”",
            [("speech", "沈砚秋", "柳如眉"), ("speech", "柳如眉", "沈砚秋"), ("speech", "沈砚秋", "柳如眉")],
        ),
        (
            "砚秋道：“谁来了？”教：“快请！”",
            [("speech", "沈砚秋", ""), ("speech", "沈砚秋", "")],
        ),
        (
            "砚秋道：“好。”话犹未了，叫道：“火起了！”",
            [("speech", "沈砚秋", ""), ("speech", "", "")],
        ),
        ("砚秋赶来，叫道：“砚秋休走！”", [("speech", "", "沈砚秋")]),
        ("一员大将大叫：“周彦在此！”", [("speech", "周彦", "")]),
        ("砚秋默然。冯紫英笑道：“喝酒。”", [("speech", "冯紫英", "")]),
    ],
)
def test_who_says_what(text: str, expected: list[tuple[str, str, str]]) -> None:
    assert said(text) == expected


def test_without_a_cast_people_are_found_from_the_text() -> None:
    text = "贾宝玉来了。" + "宝玉笑道：“坐。”黛玉道：“不坐。”" * 4 + "贾宝玉去了。贾宝玉又来。"
    rows = said(text, None)
    assert rows[:2] == [("speech", "贾宝玉", "黛玉"), ("speech", "黛玉", "贾宝玉")]


def test_abstaining_has_low_confidence() -> None:
    (row,) = extract_utterances(Document("d", "s", "novel", "试", "又报：“贼到了！”", "", "utf-8", ""), CAST)
    assert row.speaker == "" and row.confidence <= 0.2
