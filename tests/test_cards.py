"""Role cards: who it is, and what they say elsewhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.cast import Cast, Person
from warehouse.rows.cards import Line, SampleLines, is_somebody, role_card, with_lines

CAST = Cast(
    "三国演义",
    (
        Person("刘备", ("玄德", "刘玄德"), ("刘皇叔", "皇叔", "公"), gender="male"),
        Person("刘备", titles=("陛下", "先主"), chapters=(80, 85)),
        Person("貂蝉", gender="female"),
    ),
)
ASKS = "以刘备的身份和口吻接着说，只写刘备说的话。"


@pytest.mark.parametrize(
    ("chapter", "names", "card"),
    [
        (1, 4, f"你是《三国演义》中的刘备，男，又名玄德、刘玄德，人称刘皇叔、皇叔。{ASKS}"),
        (81, 4, f"你是《三国演义》中的刘备，男，又名玄德、刘玄德，人称刘皇叔、皇叔、陛下、先主。{ASKS}"),
        (1, 1, f"你是《三国演义》中的刘备，男，又名玄德，人称刘皇叔。{ASKS}"),
        (1, 0, f"你是《三国演义》中的刘备，男。{ASKS}"),
    ],
)
def test_a_card_tells_what_the_cast_tells(chapter: int, names: int, card: str) -> None:
    assert role_card("刘备", "三国演义", chapter, CAST, names) == card


def test_a_card_without_other_names() -> None:
    assert role_card("貂蝉", "三国演义", 8, CAST, 4).startswith("你是《三国演义》中的貂蝉，女。以貂蝉的")
    assert role_card("王强", "新村", 1, None, 4) == "你是《新村》中的王强。以王强的身份和口吻接着说，只写王强说的话。"


def test_lines_stand_under_the_card() -> None:
    assert with_lines("你是刘备。", "刘备", ["吾得孔明，犹鱼得水也。", "善。"]) == (
        "你是刘备。\n刘备说过：\n“吾得孔明，犹鱼得水也。”\n“善。”"
    )
    assert with_lines("你是刘备。", "刘备", []) == "你是刘备。"


@pytest.mark.parametrize(
    ("name", "somebody", "by_cast"),
    [("刘备", True, True), ("王强", True, False), ("众将", False, False), ("军士", False, False), ("二人", False, False),
     ("关羽、张飞", False, False), ("那汉", False, False)],
)  # fmt: skip
def test_who_is_somebody(name: str, somebody: bool, by_cast: bool) -> None:
    assert (is_somebody(name, None), is_somebody(name, CAST)) == (somebody, by_cast)


@given(
    st.lists(st.tuples(st.sampled_from("甲乙"), st.sampled_from("一二三"), st.text("天地玄黄", min_size=1, max_size=3)), max_size=30),
    st.integers(0, 4),
    st.text("天地玄黄", max_size=6),
)  # fmt: skip
def test_lines_are_of_the_character_of_another_scene_and_new_to_the_reader(
    drawn: list[tuple[str, str, str]], count: int, shown: str
) -> None:
    lines = [Line("d", *one) for one in drawn]
    near = Line("d", "甲", "一", shown)
    got = SampleLines(lines, 7).draw(near, count)
    assert len(set(got)) == len(got) <= count
    for text in got:
        assert text not in shown
        assert any(line.text == text and line.character == "甲" and line.scene_id != "一" for line in lines)
    assert SampleLines(lines, 7).draw(Line("e", "甲", "一", shown), count) == []


def test_cards_differ_and_one_line_more_changes_few_of_them() -> None:
    lines = [Line("d", "甲", "", f"第{k}句") for k in range(100)]
    near = [Line("d", "甲", "s", f"对话{k}") for k in range(100)]
    before, after = SampleLines(lines, 7), SampleLines([*lines, Line("d", "甲", "", "新的一句")], 7)
    drawn = [tuple(before.draw(one, 3)) for one in near]
    assert len(set(drawn)) > 50
    assert sum(tuple(after.draw(one, 3)) != old for one, old in zip(near, drawn, strict=True)) < 20
    assert [SampleLines(lines, 8).draw(one, 3) for one in near] != [list(one) for one in drawn]
