"""What one person says in one go is one run; whatever else stands between ends it."""

from typing import Any

import pytest

from warehouse.rows.runs import scenes_of


def line(at: int, speaker: str, text: str, context: str, **fields: Any) -> dict[str, Any]:
    plain = {
        "kind": "speech", "speaker": speaker, "confidence": 0.99, "text": text, "context": context, "char_start": at,
        "char_end": at + len(text) + 2, "chapter": 1, "scene": 1, "addressee": "",
    }  # fmt: skip
    return plain | fields


def after(row: dict[str, Any], speaker: str, text: str, context: str, **fields: Any) -> dict[str, Any]:
    """A line led in by `context`, right behind another."""
    return line(row["char_end"] + len(context), speaker, text, context, **fields)


def runs(*rows: dict[str, Any], within: int = 20) -> list[list[tuple[str, str]]]:
    return [[(run.speaker, run.text) for run in scene] for scene in scenes_of(rows, ("speech",), 0.5, within)]


FIRST = line(10, "刘备", "公且坐。", "玄德曰：")


@pytest.mark.parametrize("between", ["又曰：", "因又笑道：", "说着，又问：", "，又说：", "叫：", ""])
def test_a_speaker_who_speaks_on_is_one_run(between: str) -> None:
    assert runs(FIRST, after(FIRST, "刘备", "吾有一言。", between)) == [[("刘备", "公且坐。吾有一言。")]]
    assert runs(FIRST, after(FIRST, "刘备", "吾有一言。", between), within=0) == (
        [[("刘备", "公且坐。吾有一言。")]] if not between else [[("刘备", "公且坐。"), ("刘备", "吾有一言。")]]
    )


@pytest.mark.parametrize(
    ("text", "between"),
    [("你且坐下，", "他说，"), ("第二宗——", "说到这里，又笑了一笑，才说道："), ("你且坐下。", "王强说。")],
)
def test_interrupted_words_are_one_run(text: str, between: str) -> None:
    first = line(10, "王强", text, "")
    assert runs(first, after(first, "王强", "我有话问你。", between)) == [[("王强", f"{text}我有话问你。")]]


@pytest.mark.parametrize(
    "second",
    [
        after(FIRST, "关羽", "好。", "又曰："),  # another speaker
        after(FIRST, "刘备", "好。", "玄德曰："),  # named anew: likely another who was taken for him
        after(FIRST, "刘备", "好。", "众皆失色。又曰："),  # something happens
        after(FIRST, "刘备", "好。", "便教左右："),  # said to somebody else, whom the narration names
        after(FIRST, "刘备", "好。", "又曰：", chapter=2),
        after(FIRST, "刘备", "好。", "又曰：", scene=2),
        after(FIRST, "刘备", "", "又曰："),
        after(FIRST, "刘备", "好。", "又曰：", confidence=0.4),
        line(FIRST["char_end"] + 5, "刘备", "好。", "又曰："),  # two characters more than the lead-in: a new paragraph
        after(FIRST, "刘备", "好。", "说着，" * 6 + "又曰："),  # longer than allowed
    ],
)
def test_what_is_not_joined(second: dict[str, Any]) -> None:
    assert sum(len(scene) for scene in runs(FIRST, second)) == 2


def test_two_addressees_are_two_runs() -> None:
    first = FIRST | {"addressee": "关羽"}
    assert len(runs(first, after(first, "刘备", "好。", "又曰：", addressee="张飞"))[0]) == 2
    assert len(runs(first, after(first, "刘备", "好。", "又曰：", addressee="关羽"))[0]) == 1


def test_quoted_terms_are_narration_and_thoughts_are_not() -> None:
    term = line(17, "", "汉", "", kind="name")
    last = line(22, "刘备", "好。", "又曰：")
    assert (
        len(runs(FIRST, term, last, within=20)[0]) == 2
    )  # the term stands in the clause between, which is no longer plain
    apart = line(19, "刘备", "好。", "又曰：")
    assert len(runs(FIRST, apart)[0]) == 1
    assert len(runs(FIRST, term | {"kind": "thought"}, apart)[0]) == 2
    assert len(runs(FIRST, term, apart)[0]) == 1


def test_nobody_is_joined_to_nobody() -> None:
    first = line(10, "", "谁？", "曰：")
    assert runs(first, after(first, "", "谁？", "又曰：")) == [[("", "谁？"), ("", "谁？")]]
    doubted = FIRST | {"confidence": 0.3}
    assert runs(doubted) == [[("", "公且坐。")]]
