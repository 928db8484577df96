"""eval/exact.py, eval/choice.py, eval/truth.py, eval/plain.py: what a free prediction is taken to answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.choice import choice_letters, listed_options
from eval.exact import EXACT_TYPES, blanks_right, exact_match, letters_right, plain_equal
from eval.plain import plain
from eval.truth import truth_value

OPTIONS = {"A": "曹操", "B": "刘备", "C": "孙权", "D": "曹操和刘备"}
ASKED = "单项选择题，选出唯一正确的一项，写出字母和内容。（三国演义）\n字孟德的是谁？\nA. 曹操\nB. 刘备\nC. 孙权\nD. 曹操和刘备"

ONE_LETTER = {
    "B": "B", "b": "B", "Ｂ": "B", "B。": "B", "(B)": "B", "（Ｂ）": "B", "【B】": "B", "**B**": "B", "b.": "B",
    "答案：B": "B", "答案是B": "B", "答案：B、刘备": "B", "正确答案为 B": "B", "答：C": "C", "答案选C": "C", "选B": "B",
    "选项B": "B", "B选项": "B", "应该选择C选项": "C", "我认为是B。": "B", "The answer is B.": "B", "故选B。": "B",
    "A错误，B正确，故选B": "B", "不选A，选B": "B", "A不对，应选C": "C", "答案：B。解析：A错在年代": "B",
    "B. 刘备\n解析：A. 曹操不对": "B", "曹操": "A", "曹操。": "A", "答案是刘备": "B", "孙权是答案": "C",
    "曹操。玄德大惊，问其故": "A", "应该是“刘备”。": "B", "这个人是孙权": "C", "《刘备》": "B", "曹操和刘备": "D", "D. 曹操和刘备": "D",
}  # fmt: skip
SEVERAL_LETTERS = {
    "AC": "AC", "CA": "AC", "A、C": "AC", "A，C": "AC", "A, C, D": "ACD", "A和C": "AC", "选A和C": "AC", "选Ａ，Ｃ": "AC",
    "(A)(C)": "AC", "A. 曹操\nC. 孙权": "AC", "A、曹操；C、孙权": "AC", "A. 曹操；C. 孙权": "AC", "曹操、孙权": "AC",
    "曹操和孙权": "AC", "正确的有曹操、孙权": "AC", "正确的是A、C": "AC", "正确的选项有A和C": "AC", "我选A、C两项": "AC", "A和C都对": "AC",
    "答案：AC。B项错在年代": "AC", "A。C项错了": "A", "ACBD": "ABCD",
}  # fmt: skip
NO_LETTERS = [
    "曹操大喜曰",
    "玄德问于孙权，孙权不答",
    "曹操、刘备",
    "",
    " ",
    "不知道",
    "不是曹操，是刘备",
    "Because",
    "Cao Cao",
    "曹孟德",
    "……",
]


@pytest.mark.parametrize(("text", "letters"), ONE_LETTER.items())
def test_one_letter(text: str, letters: str) -> None:
    assert choice_letters(text, OPTIONS, several=False) == letters


@pytest.mark.parametrize(("text", "letters"), SEVERAL_LETTERS.items())
def test_several_letters(text: str, letters: str) -> None:
    assert choice_letters(text, OPTIONS, several=True) == letters


@pytest.mark.parametrize("text", NO_LETTERS)
def test_no_letters(text: str) -> None:
    assert choice_letters(text, OPTIONS, several=False) == ""


def test_repeating_all_options_is_not_choosing_the_first() -> None:
    assert choice_letters("A. 曹操 B. 刘备 C. 孙权 D. 曹操和刘备", OPTIONS, several=False) == "ABCD"


@given(st.sets(st.sampled_from("ABCD"), min_size=1), st.sampled_from(["", "、", ",", "，", "和", " ", "；"]))
def test_any_way_of_listing_letters_is_read(letters: set[str], between: str) -> None:
    listed = sorted(letters)
    for form in ("{}", "答案：{}", "选{}", "正确答案是{}。", "（{}）"):
        assert choice_letters(form.format(between.join(listed)), OPTIONS, several=True) == "".join(listed)


@given(st.text())
def test_any_text_gives_sorted_letters_or_none(text: str) -> None:
    for several in (False, True):
        letters = choice_letters(text, OPTIONS, several)
        assert list(letters) == sorted(set(letters))
        assert set(letters) <= set("ABCDEFGH")


def test_listed_options() -> None:
    assert listed_options(ASKED) == OPTIONS
    assert listed_options("谁？ A、曹操 B：刘备  C)孙权") == {"A": "曹操", "B": "刘备", "C": "孙权"}
    assert listed_options("谁？(A)曹操(B)刘备") == {"A": "曹操", "B": "刘备"}
    assert listed_options("Ａ．曹操\nＢ．刘备") == {"A": "曹操", "B": "刘备"}
    assert listed_options("A. 只有一个") == {}
    assert listed_options("没有选项的问题") == {}


TRUE = [
    "对", "正确", "是", "是的", "没错", "对的", "属实", "真", "true", "True.", "yes", "√", "✔️", "T", "无误", "正确。",
    "答案：正确", "答案是对", "判断题：对", "这个说法是对的", "没有错误", "并非错误", "不错", "对，曹操字孟德", "是的，他是", "（√）",
    "没有不对",
]  # fmt: skip
FALSE = [
    "错", "错误", "不对", "不正确", "否", "不是", "假", "有误", "false", "False", "no", "×", "✗", "X", "F", "×。", "（×）",
    "不完全正确", "并不正确", "这个说法不太对", "这种说法是错误的", "错误。正确的是刘备", "错，应为刘备", "答案：错", "判断：错误",
    "正确答案是错误", "incorrect", "is wrong", "该说法不属实", "并非正确", "未必正确", "是错误的", "不是真的", "不，应为刘备",
    "是否正确：错误",
]  # fmt: skip
NEITHER = [
    "将错就错之计",
    "错愕不已",
    "两军对阵",
    "对曰",
    "",
    "曹操",
    "对于这个问题",
    "是否正确",
    "曹操是奸雄",
    "错过了",
    "。",
]


@pytest.mark.parametrize(
    ("text", "said"), [*((t, True) for t in TRUE), *((t, False) for t in FALSE), *((t, None) for t in NEITHER)]
)
def test_truth_value(text: str, said: bool | None) -> None:
    assert truth_value(text) is said


@given(st.text())
def test_any_text_is_true_false_or_neither(text: str) -> None:
    assert truth_value(text) in (True, False, None)


@pytest.mark.parametrize(
    ("prediction", "reference", "right"),
    [
        ("诸葛亮", "诸葛亮", [True]),
        ("答案：诸葛亮。", "诸葛亮", [True]),
        ("", "诸葛亮", [False]),
        ("诸葛亮；周瑜", "诸葛亮；周瑜", [True, True]),
        ("诸葛亮;周瑜", "诸葛亮；周瑜", [True, True]),
        ("诸葛亮、周瑜", "诸葛亮；周瑜", [True, True]),
        ("诸葛亮 周瑜", "诸葛亮；周瑜", [True, True]),
        ("1. 诸葛亮 2. 周瑜", "诸葛亮；周瑜", [True, True]),
        ("①诸葛亮②周瑜", "诸葛亮；周瑜", [True, True]),
        ("第一空：诸葛亮；第二空：周瑜", "诸葛亮；周瑜", [True, True]),
        ("诸葛亮；鲁肃", "诸葛亮；周瑜", [True, False]),
        ("周瑜；诸葛亮", "诸葛亮；周瑜", [False, False]),
        ("诸葛亮", "诸葛亮；周瑜", [True, False]),
        ("诸葛亮；周瑜；鲁肃", "诸葛亮；周瑜", [False, False]),
        ("滚滚长江东逝水，浪花淘尽英雄", "滚滚长江东逝水，浪花淘尽英雄", [True]),
        ("108；36", "108；36", [True, True]),
        ("3.14", "3.14", [True]),
        ("1905年", "1905", [False]),
    ],
)
def test_blanks(prediction: str, reference: str, right: list[bool]) -> None:
    assert blanks_right(prediction, reference) == right


@given(st.lists(st.text("曹操刘备孙权诸葛亮", min_size=1, max_size=4), min_size=1, max_size=4))
def test_the_reference_itself_fills_every_blank(blanks: list[str]) -> None:
    assert blanks_right("；".join(blanks), "；".join(blanks)) == [True] * len(blanks)


def test_plain() -> None:
    assert plain(" 《Ａ计划》。 ") == "a计划"
    assert plain("……") == "......"
    assert plain("") == ""
    assert plain_equal("“桃园结义”", "桃园 结义。")
    assert not plain_equal("。", "，")


@pytest.mark.parametrize(
    ("prediction", "reference", "kind", "prompt", "right"),
    [
        ("B", "B", "single_choice", "", True),
        ("刘备", "B", "single_choice", ASKED, True),
        ("刘备", "B", "single_choice", "", False),  # without the options a text cannot be told from another
        ("B和C", "B", "single_choice", ASKED, False),
        ("刘备", "刘备", "single_choice", "", True),  # a reference that is no letter is compared as text
        ("A、B", "AB", "multiple_choice", ASKED, True),
        ("A", "AB", "multiple_choice", ASKED, False),
        ("", "A", "single_choice", ASKED, False),
        ("对", "true", "true_false", "", True),
        ("√", "正确", "true_false", "", True),
        ("曹操", "false", "true_false", "", False),
        ("诸葛亮;周瑜", "诸葛亮；周瑜", "fill_blank", "", True),
        ("诸葛亮", "诸葛亮；周瑜", "fill_blank", "", False),
        ("任何话", "任何话", "short_answer", "", None),
        ("任何话", "任何话", "single_turn", "", None),
    ],
)
def test_exact_match(prediction: str, reference: str, kind: str, prompt: str, right: bool | None) -> None:
    assert exact_match(prediction, reference, kind, prompt) is right


@given(st.text(), st.text(min_size=1), st.sampled_from(EXACT_TYPES))
def test_types_with_one_answer_are_always_right_or_wrong(prediction: str, reference: str, kind: str) -> None:
    assert exact_match(prediction, reference, kind, ASKED) in (True, False)


@pytest.mark.parametrize(
    ("prediction", "reference", "kind", "share"),
    [
        ("A", "A", "single_choice", 1.0),
        ("B", "A", "single_choice", 0.0),
        ("", "A", "single_choice", 0.0),
        ("曹操", "A", "single_choice", 1.0),
        ("A、C", "AC", "multiple_choice", 1.0),
        ("AB", "ABC", "multiple_choice", 2 / 3),
        ("ABCD", "AB", "multiple_choice", 0.5),  # picking everything is no way to full marks
        ("A", "曹操字孟德", "single_choice", None),
        ("对", "true", "true_false", None),
    ],
)
def test_letters(prediction: str, reference: str, kind: str, share: float | None) -> None:
    assert letters_right(prediction, reference, kind, ASKED) == share
