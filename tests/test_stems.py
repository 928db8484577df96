"""Stems, letters, truth marks and blanks as people write them."""

import pytest

from extractors.question_fields import split_blanks
from extractors.question_type import letters, truth
from extractors.stems import Stem, clean_stem


@pytest.mark.parametrize(
    ("printed", "flags", "expected"),
    [
        ("12．108位好汉中谁最大？", {}, Stem("12", "108位好汉中谁最大？", "")),
        ("11.2km/s在天文学中是？", {}, Stem("", "11.2km/s在天文学中是？", "")),
        ("第3题 谁？", {}, Stem("3", "谁？", "")),
        ("（4）谁？", {}, Stem("4", "谁？", "")),
        ("5、谁？（5分）", {}, Stem("5", "谁？", "")),
        ("3、5、7都是质数吗？", {}, Stem("", "3、5、7都是质数吗？", "")),
        ("1.谁？", {"numbered": False}, Stem("", "1.谁？", "")),
        ("诸葛亮限期（  ）天。", {"choice": True}, Stem("", "诸葛亮限期____天。", "")),
        ("谁最大？（ B ）", {"choice": True}, Stem("", "谁最大？", "B")),
        ("下列有（AC）", {"choice": True}, Stem("", "下列有____", "AC")),
        ("维生素（A）是什么？", {}, Stem("", "维生素（A）是什么？", "")),
        ("林冲绰号豹子头。（√）", {"true_false": True}, Stem("", "林冲绰号豹子头。", "√")),
        ("（  ）林冲绰号豹子头。", {"true_false": True}, Stem("", "林冲绰号豹子头。", "")),
        ("鲁智深____，林冲＿＿＿＿＿。", {}, Stem("", "鲁智深____，林冲____。", "")),
        ("鲁智深（____）。", {}, Stem("", "鲁智深____。", "")),
        ("  谁？\r\n  何处？ \n\n", {}, Stem("", "谁？\n何处？", "")),
        ("", {}, Stem("", "", "")),
    ],
)
def test_clean_stem(printed: str, flags: dict[str, bool], expected: Stem) -> None:
    assert clean_stem(printed, **flags) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("A", "A"), ("d,c，A", "ACD"), ("Ａ、Ｂ", "AB"), (" b ", "B"), ("ABX", ""), ("", ""), ("甲", ""), ("AA", "A")],
)
def test_letters(text: str, expected: str) -> None:
    assert letters(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("对", "true"), ("√", "true"), ("（×）", "false"), ("错误。", "false"), ("T", "true"), ("不详", ""), ("", "")],
)
def test_truth(text: str, expected: str) -> None:
    assert truth(text) == expected


@pytest.mark.parametrize(
    ("written", "blanks", "expected"),
    [
        ("杏旗；梨花", 2, ["杏旗", "梨花"]),
        ("一个愿打，一个愿挨", 1, ["一个愿打，一个愿挨"]),
        ("元春，迎春", 2, ["元春", "迎春"]),
        ("元春 迎春　探春", 3, ["元春", "迎春", "探春"]),
        ("①水 ②火", 2, ["水", "火"]),
        ("甲、乙", 3, ["甲、乙"]),
        ("甲；乙", 0, ["甲", "乙"]),
    ],
)
def test_split_blanks(written: str, blanks: int, expected: list[str]) -> None:
    assert split_blanks([written], blanks) == expected
