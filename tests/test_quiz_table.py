"""Tables of questions with headings of every kind, over one row or two, and with answers in a table of their own."""

from typing import Any

import pytest

from corpora.document import Document
from extractors.question_headings import field_of
from extractors.questions import extract_questions
from extractors.quiz_table_bare import bare_columns
from extractors.records import Question, Reject


def read(text: str, encoding: str = "xlsx") -> list[tuple[str, str, dict[str, str], Any] | Reject]:
    items = extract_questions(Document("d", "s", "quiz", "T", text, "a", encoding, "0"))
    return [(i.type, i.stem, i.options, i.answer) if isinstance(i, Question) else i for i in items]


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("试题类型(单选/多选)", "type"),
        ("题干（必填）", "stem"),
        ("*题目", "stem"),
        ("说法", "stem"),
        ("你的判断", "answer"),
        ("标准答案(选择题填字母)", "answer"),
        ("备选项1", "A"),
        ("选项C", "C"),
        ("Option B", "B"),
        ("答案选项", "options"),
        ("正确选项", "answer"),
        ("答案2", "answers"),
        ("答题解析", "explanation"),
        ("难度系数", ""),
        ("是否正确答案", "right"),
        ("rightKey", "answer"),
        ("qtype", "type"),
        ("questionTitle", "stem"),
        ("optionList", "options"),
        ("1", ""),
        ("宋江杀了谁？", ""),
    ],
)
def test_field_of(heading: str, field: str) -> None:
    assert field_of(heading) == field


def test_headings_over_two_rows() -> None:
    text = "题库\n题型\t试题\t备选答案\t\t正确答案\n\t\tA\tB\n一、甲篇\n单选\t谁？\t甲\t乙\tB\n判断\t甲是乙。\t正确\t错误\tA\n"
    assert read(text) == [
        ("single_choice", "谁？", {"A": "甲", "B": "乙"}, "B"),
        ("true_false", "甲是乙。", {}, "true"),
    ]


def test_a_row_for_each_option() -> None:
    text = "No\t题目\t类型\t选项内容\t是否正确答案\n1\t谁？\t单选\t甲\t否\n1\t谁？\t单选\t乙\t是\n2\t甲是乙。\t判断\t正确\t是\n\t\t\t错误\t否\n"
    assert read(text) == [
        ("single_choice", "谁？", {"A": "甲", "B": "乙"}, "B"),
        ("true_false", "甲是乙。", {}, "true"),
    ]


def test_a_column_for_each_blank_and_other_separators() -> None:
    text = "题目\t答案1\t答案2\n甲字____，乙字____。\t云长\t翼德\n丙字____。\t子龙\t\n"
    assert [row[3] for row in read(text) if not isinstance(row, Reject)] == [["云长", "翼德"], ["子龙"]]
    for said in ("云长##翼德", "云长|翼德", "云长｜翼德", "云长$$翼德"):
        ((kind, _, _, answer),) = read(f"题目,答案\n甲字____，乙字____。,{said}\n", "utf-8")  # type: ignore[misc]
        assert (kind, answer) == ("fill_blank", ["云长", "翼德"])


def test_answers_in_a_table_of_their_own() -> None:
    text = "题目\n编号\t题型\t题干\tA\tB\n1\t单选\t谁？\t甲\t乙\n2\t简答\t为什么？\n\n答案\n编号\t答案\n2\t因为。\n1\tB\n7\t丙\n"
    assert read(text) == [
        ("single_choice", "谁？", {"A": "甲", "B": "乙"}, "B"),
        ("short_answer", "为什么？", {}, "因为。"),
        Reject("row 10", "number=7；answer=丙", "an answer to no question of the table"),
    ]


def test_a_markdown_table_among_questions() -> None:
    text = "## 判断\n\n| # | 说法 | 判断 |\n|---|---|:-:|\n| 1 | 甲是乙。 | Y |\n| 2 | **乙**是丙。 | N |\n\n## 问答\n\n3. 为什么？\n   答：因为。\n"
    assert read(text, "utf-8") == [
        ("true_false", "甲是乙。", {}, "true"),
        ("true_false", "乙是丙。", {}, "false"),
        ("short_answer", "为什么？", {}, "因为。"),
    ]


def test_a_tag_in_the_question_names_its_type() -> None:
    assert read("题目,选项,答案\n有谁？（多选）,A.甲|B.乙|C.丙,A\n", "utf-8") == [
        ("multiple_choice", "有谁？", {"A": "甲", "B": "乙", "C": "丙"}, "A")
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "1,谁来？,甲,乙,丙,B\n2,谁去到了城里？,甲,乙,丙,AC\n3,谁最后留在家里？,甲,乙,丙,A\n",
            [("single_choice", "谁来？", "B"), ("multiple_choice", "谁去到了城里？", "AC"), ("single_choice", "谁最后留在家里？", "A")],
        ),
        (
            "判断,甲是乙的同乡好友。,对\n判断,丙谁也不认识。,错\n判断,丁在城里卖过酒。,对\n",
            [("true_false", "甲是乙的同乡好友。", "true"), ("true_false", "丙谁也不认识。", "false"), ("true_false", "丁在城里卖过酒。", "true")],
        ),
    ],
)  # fmt: skip
def test_a_table_without_headings_is_told_by_its_columns(text: str, expected: list[tuple[str, str, str]]) -> None:
    items = list(extract_questions(Document("d", "s", "quiz", "T", text, "a.csv", "utf-8", "0")))
    assert [(i.type, i.stem, i.answer) for i in items if isinstance(i, Question)] == expected
    assert [item.locator for item in items] == [f"row {n}" for n in range(1, len(items) + 1)]


@pytest.mark.parametrize("text", ["甲,乙\n丙,丁\n戊,己\n", "1,甲,乙\n2,丙,丁\n3,戊,己\n", "谁？\n", ""])
def test_other_tables_without_headings_are_no_questions(text: str) -> None:
    assert bare_columns(text) == ("", [])
