"""Chapters of a 章回 novel, in the layouts and with the faults that real files have."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.chapters import Chapter, split_chapters
from corpora.gutenberg import strip_gutenberg
from corpora.numerals import read_number


def summary(text: str) -> list[tuple[int, str, str]]:
    """Number, title, and the first characters of the body."""
    chapters = split_chapters(text)
    assert "".join(text[c.start : c.end] for c in chapters) == text
    assert all(c.start <= c.body_start <= c.end for c in chapters)
    return [(c.number, c.title, text[c.body_start : c.body_start + 4]) for c in chapters]


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("一", 1),
        ("十", 10),
        ("十二", 12),
        ("二十", 20),
        ("一百", 100),
        ("一百一", 101),  # so the novels print it
        ("一百零八", 108),
        ("一百十三", 113),
        ("一百二十", 120),
        ("一千二百", 1200),
        ("两千零一", 2001),
        ("一万二千", 12_000),
        ("八三", 83),
        ("一○○", 100),
        ("一二零", 120),
        ("廿三", 23),
        ("贰拾", 20),
        ("12", 12),
        ("１２０", 120),
        ("", None),
        ("回", None),
        ("一x", None),
    ],
)
def test_read_number(written: str, number: int | None) -> None:
    assert read_number(written) == number


def test_offsets() -> None:
    text = "第一回　甲乙丙　丁戊己\n\n话说\n\n第二回　庚辛壬　癸子丑\n却说。"
    assert split_chapters(text) == [
        Chapter(1, "甲乙丙　丁戊己", 0, 13, 17),
        Chapter(2, "庚辛壬　癸子丑", 17, 29, 32),
    ]


def test_heading_that_runs_into_its_chapter() -> None:
    text = (
        "第九十九回　诸葛亮大破魏兵　司马懿入寇西蜀\n\n蜀汉建兴七年。\n\n"
        "第一百回　汉兵劫寨破曹真　武侯斗阵辱仲达却说众将闻孔明不追魏兵，俱入帐告曰。\n"
        "第一百一回　困司马汉将奇谋　废曹芳魏家果报蜀汉延熙十六年秋，将军姜维起兵。\n"
        "第一百二回　丁奉定计斩孙 　姜维斗阵破邓艾却说姜维恐救兵到，先退。\n"  # a rare character is lost
        "第一百三回　径回东土　五圣成真且不言他四众脱身，随金刚去了。\n"
    )
    assert summary(text) == [
        (99, "诸葛亮大破魏兵　司马懿入寇西蜀", "蜀汉建兴"),
        (100, "汉兵劫寨破曹真　武侯斗阵辱仲达", "却说众将"),
        (101, "困司马汉将奇谋　废曹芳魏家果报", "蜀汉延熙"),
        (102, "丁奉定计斩孙 　姜维斗阵破邓艾", "却说姜维"),
        (103, "径回东土　五圣成真", "且不言他"),
    ]


def test_prose_that_mentions_a_chapter_is_no_heading() -> None:
    text = (
        "第四回　薄命女偏逢薄命郎　葫芦僧判断葫芦案\n\n却说黛玉。\n\n"
        "第五回　贾宝玉神游太虚境　警幻仙曲演红楼梦\n"
        "第四回中，既将薛家母子在荣府中寄居等事，略已表明。\n如今且说。\n\n"
        "第六回　贾宝玉初试云雨情　刘老老一进荣国府\n\n却说秦氏。\n"
        "第二回\n"  # a stray line out of sequence
        "第七回　送宫花贾琏戏熙凤　宴宁府宝玉会秦钟\n\n话说。\n"
    )
    assert [(number, title[:3]) for number, title, _ in summary(text)] == [
        (4, "薄命女"),
        (5, "贾宝玉"),
        (6, "贾宝玉"),
        (7, "送宫花"),
    ]


def test_contents_page_is_chapter_zero() -> None:
    contents = "目录\n第一回　甲乙丙丁　戊己庚辛\n第二回　子丑寅卯　辰巳午未\n\n"
    body = "第一回　甲乙丙丁　戊己庚辛\n话说甲。\n第二回　子丑寅卯　辰巳午未\n却说乙。\n"
    assert summary(contents + body) == [
        (0, "", "目录\n第"),
        (1, "甲乙丙丁　戊己庚辛", "话说甲。"),
        (2, "子丑寅卯　辰巳午未", "却说乙。"),
    ]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_gutenberg_layouts(line_end: str) -> None:
    text = (
        "楔子　張天師祈禳瘟疫　洪太尉誤走妖魔\n\n    話說宋朝。\n\n"
        "第一回：王教頭私走延安府，九紋龍大鬧史家村\n\n　　話說故宋。\n\n\n"
        "第二囘     靈根育孕源流出　心性修持大道生\n\n詩曰：\n"
        "第三回\n\n-----------------\n\n------\n\n　　　　 賈雨村夤緣复舊職　林黛玉拋父進京都\n\n\n　　卻說雨村。\n"
        " 第四回　　甲乙丙\n-----------------\n此開卷。\n"
    )
    assert summary(text.replace("\n", line_end)) == [
        (0, "楔子　張天師祈禳瘟疫　洪太尉誤走妖魔", "    "),
        (1, "王教頭私走延安府，九紋龍大鬧史家村", "　　話說"),
        (2, "靈根育孕源流出　心性修持大道生", f"詩曰：{line_end}"[:4]),
        (3, "賈雨村夤緣复舊職　林黛玉拋父進京都", "　　卻說"),
        (4, "甲乙丙", "此開卷。"),
    ]


def test_positional_numerals_and_a_missing_chapter() -> None:
    text = "".join(f"第{n}回　甲乙丙\n話說某事。\n" for n in ("八", "九", "一○", "一一", "十四", "一五", "一○○"))
    assert [number for number, _, _ in summary(text)] == [8, 9, 10, 11, 14, 15, 100]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("第1章 风起\n甲。\n第2章 云涌\n乙。", [(1, "风起", "甲。\n第"), (2, "云涌", "乙。")]),
        ("第１章　风起\n甲。\n第２章　云涌\n乙。", [(1, "风起", "甲。\n第"), (2, "云涌", "乙。")]),
        ("卷之一　初见\n甲。\n卷之二　再会\n乙。", [(1, "初见", "甲。\n卷"), (2, "再会", "乙。")]),
        ("第一节\n甲。\n第二节\n乙。", [(1, "", "甲。\n第"), (2, "", "乙。")]),
        ("## 第一章：风起\n甲。\n## 第二章：云涌\n乙。", [(1, "风起", "甲。\n#"), (2, "云涌", "乙。")]),
        ("第一章风起\n甲。\n第二章云涌\n乙。", [(1, "风起", "甲。\n第"), (2, "云涌", "乙。")]),
    ],
)
def test_other_units_and_numerals(lines: str, expected: list[tuple[int, str, str]]) -> None:
    assert summary(lines) == expected


def test_numbers_start_again_in_a_new_part_only() -> None:
    text = "第一卷　上\n第一章　甲\n一。\n第二章　乙\n二。\n第二卷　下\n第一章　丙\n三。\n第二章　丁\n四。\n"
    assert [(number, title) for number, title, _ in summary(text)] == [
        (0, ""),
        (1, "甲"),
        (2, "乙"),
        (1, "丙"),
        (2, "丁"),
    ]


def test_front_and_back_matter() -> None:
    text = "引首\n词曰。\n\n第一回　甲乙丙\n话说。\n第二回　丁戊己\n却说。\n尾声\n后来。\n"
    assert summary(text) == [
        (0, "引首", "词曰。\n"),
        (1, "甲乙丙", "话说。\n"),
        (2, "丁戊己", "却说。\n"),
        (3, "尾声", "后来。\n"),
    ]


def test_no_headings() -> None:
    assert split_chapters("") == []
    assert split_chapters("一篇短文。\n") == [Chapter(0, "", 0, 0, 6)]


@given(
    st.lists(
        st.sampled_from(
            [
                "第一回　甲乙　丙丁",
                "第二回",
                "第3章 x",
                "第三回中，既",
                "卷之二",
                "楔子",
                "尾声",
                "\n",
                "\r\n",
                "　",
                "话说。",
                "----",
                "却说",
            ]
        )
    )
)
def test_chapters_give_back_the_text(pieces: list[str]) -> None:
    text = "".join(pieces)
    chapters = split_chapters(text)
    assert "".join(text[c.start : c.end] for c in chapters) == text
    assert all(c.start <= c.body_start <= c.end for c in chapters)


@pytest.mark.corpora
@pytest.mark.parametrize(
    ("novel", "count", "last", "opening"),
    [
        ("sanguo", 120, "荐杜预老将献新谋　降孙皓三分归一统", "却说吴主孙休"),
        ("shuihu", 120, "宋公明神聚蓼儿洼　徽宗帝梦游梁山泊", "话说宋江衣锦"),
        ("xiyou", 100, "径回东土　五圣成真", "且不言他四众"),
        ("honglou", 120, "甄士隐详说太虚情　贾雨村归结红楼梦", "话说宝钗听秋"),
    ],
)
def test_the_real_novels(corpora_dir: Path, novel: str, count: int, last: str, opening: str) -> None:
    text = (corpora_dir / "novels" / f"{novel}.txt").read_text(encoding="utf-8")
    for layout in (text, text.replace("\n", "\r\n"), strip_gutenberg(text)):
        chapters = split_chapters(layout)
        assert [chapter.number for chapter in chapters] == list(range(1, count + 1))
        assert "".join(layout[c.start : c.end] for c in chapters) == layout
        assert chapters[-1].title == last
        assert layout[chapters[-1].body_start :].startswith(opening)
    halves = [chapter.title.split("　") for chapter in chapters]
    uneven = [h for h in halves if len(h) != 2 or len(h[0]) != len(h[1])]
    assert uneven == ([["憨湘云醉眠芍药 呆香菱情解石榴裙"]] if novel == "honglou" else [])  # 茵 is lost in the print


def test_a_line_that_cites_a_chapter_is_no_heading() -> None:
    text = "第五回　灵泉洗心　古寺听钟\n第四回中，已将来历表明。如今且说山中。\n正文。\n"
    assert [(c.number, c.title) for c in split_chapters(text)] == [(5, "灵泉洗心　古寺听钟")]
