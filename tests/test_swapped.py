"""Texts of any length that differ in names of the same people alone are the same text; and only those."""

from pathlib import Path

import pytest
from tiny import asked, document, new_lake, put, said, told

from warehouse.curate import CurateConfig, curate
from warehouse.lake import writing
from warehouse.splits import SplitConfig
from warehouse.swapped import HeldNames

WORDING = "你现在是一个很厉害的阅读理解器，严格按照人类指令进行回答。下面句子中描述的是什么？"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("是", "是！", True),
        ("是", "然", False),
        ("玄德！", "刘备", True),
        ("玄德！", "孟德", False),
        ("玄德問雲長", "刘备问关羽", True),
        ("玄德问云长", "关羽问刘备", False),
        ("莫非凤雏先生否？", "莫非士元先生否？", True),  # an alias with a title, and the title after another alias
        ("司马望公何以知之？", "子初公何以知之？", True),  # 子初 is several people's, and may be 司马望's
        ("丞相大怒", "曹操大怒", False),  # a title is nobody's name
        ("", "。", False),
        (f"{WORDING}衣服质量不好，虚假销售，别买。", f"{WORDING}虚假销售，别买。衣服质量不好，", True),
        (f"{WORDING}衣服质量不好，虚假销售，别买。", f"{WORDING}衣服质量很好，虚假销售，别买。", False),
    ],
)
def test_pairs(one: str, other: str, same: bool) -> None:
    assert list(HeldNames([one], ["三国演义"]).same([other], ["三国演义"])) == [(0, 0)] * same


def test_positions_and_whose_cast_reads_a_name() -> None:
    held, others = ["何人？", "美髯公到"], ["关羽到", "何人", "朱仝到", "何人……"]
    found = HeldNames(held, ["", "水浒传"]).same(others, ["三国演义", "", "水浒传", ""])
    assert list(found) == [(0, 1), (1, 2), (0, 3)]


HELD = (
    [said(10, "曹操", "玄德！"), said(30, "张飞", "是", scene=2), said(50, "鲁肃", "莫非凤雏先生否？", scene=3)],
    [asked(1, "子初？", {}, "将"), asked(2, "玄德何人？", {}, "皇叔")],
    [told(1, "玄德？", "汉"), told(2, "孔明何在？", "隆中")],
)
COPIES = (
    [said(10, "曹操", "劉備……"), said(30, "张飞", "是！", scene=2), said(50, "鲁肃", "莫非士元先生否！", scene=3)],
    [asked(1, "刘巴？", {}, "将"), asked(2, "刘备何人？", {}, "皇叔")],
    [told(1, "刘备", "汉。"), told(2, "诸葛亮何在", "隆中")],
)
OTHERS = (
    [said(70, "曹操", "云长！", scene=4), said(90, "关羽", "是", scene=5)],
    [asked(3, "玄德何人？", {}, "豫州")],
    [told(3, "刘备？", "蜀")],
)


def test_no_short_copy_of_a_held_out_row_is_trained_on_and_other_answers_are(tmp_path: Path) -> None:
    with writing(new_lake(tmp_path / "lake")) as lake:
        kinds = ("novel", "quiz", "instruct")
        put(lake, *((document(f"{k}/a", k, text="话说"), rows) for k, rows in zip(kinds, HELD, strict=True)))
        assert curate(lake, CurateConfig(split=SplitConfig(valid=0.0, test=0.99))).fates == {"kept": 7}
        assert lake.connection.execute("SELECT DISTINCT split FROM samples").fetchall() == [("test",)]
        later = [[*copies, *others] for copies, others in zip(COPIES, OTHERS, strict=True)]
        put(lake, *((document(f"{k}/b", k, text="却说"), rows) for k, rows in zip(kinds, later, strict=True)))
        curate(lake, CurateConfig(split=SplitConfig(valid=0.0, test=0.0)))
        found = lake.connection.execute(
            "SELECT answer, split, fate FROM samples WHERE source_id LIKE '%/b' ORDER BY task, record_id"
        ).fetchall()
        assert {(answer, split) for answer, split, fate in found if fate == "kept"} == {
            ("云长！", "train"), ("是", "train"), ("豫州", "train"), ("蜀", "train"),
        }  # fmt: skip
        assert sorted(fate for _, _, fate in found if fate != "kept") == ["merged"] + ["rejected"] * 6
        why = lake.connection.execute("SELECT DISTINCT why FROM fates WHERE fate = 'rejected'").fetchall()
        assert why == [("overlaps held-out text",)]
