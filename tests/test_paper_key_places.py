"""Keys at the end, after a section, before the questions or in another file, and those that disagree."""

from typing import Any

import pytest
from question_files import read, short

from corpora.errors import BadInput
from extractors.records import Question

ASKED = """一、选择题
1.谁？（ ）
A.甲 B.乙 C.丙
2.有谁？（ ）
A.甲 B.乙 C.丙
二、判断题
1.甲是乙。（ ）
2.乙是丙。（ ）
三、填空题
1.甲在____，乙在____。
四、简答题
1.为什么？
"""
ANSWERS: list[Any] = ["B", "AC", "true", "false", ["山", "水"], "因为。"]
KEYS = {
    "grids": "一、1-2 B AC\n二、1~2：√×\n三、1、山；水\n四、1、因为。",
    "lists": "一、1.B 2.AC\n二、1.√ 2.×\n三、1.山 水\n四、1.因为。",
    "a section's letters alone": "一、选择题：B AC\n二、判断题：√×\n三、填空题：1.山/水\n四、简答题：1.因为。",
    "headings on their own lines": "选择题\n1B 2AC\n判断题\n1对 2错\n填空题\n1. 山，水\n简答题\n1. 因为。",
    "no headings": "1.B\n2.A、C\n1.T\n2.F\n1.山、水\n1.因为。",
    "explained": "一、1.【答案】B【解析】见前。\n2.AC（丙也是）\n二、1.对 2.错（是丁）\n三、1.山 水\n四、1.因为。",
    "tables": "一、题号\t1\t2\n答案\tB\tAC\n二、题号 1 2\n答案 √ ×\n三、1.山 水\n四、1.因为。",
}


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_a_key_at_the_end_and_in_another_file(key: str) -> None:
    assert [row[4] for row in short(f"{ASKED}\n参考答案\n{key}\n")] == ANSWERS
    assert [row[4] for row in short(ASKED, f"《甲》答案\n{key}\n")] == ANSWERS


def test_a_key_after_every_section_and_an_empty_answer_box() -> None:
    text = """一、选择题
题号 1 2
答案
1.谁？（ ）
A.甲 B.乙
2.何人？（ ）
A.甲 B.乙
【第一题答案】BA
二、填空题
1.甲在____。
2.乙在____。
答案：1.山 2.水
"""
    assert [row[4] for row in short(text)] == ["B", "A", ["山"], ["水"]]


def test_a_filled_answer_box_before_the_questions_and_two_papers_in_one_file() -> None:
    text = """甲卷
题号 1 2
答案 B A
1．谁？
A．甲 B．乙
2．何人？
A．甲 B．乙
3．甲在____。

答案
单选：1.B；填空：3.山

乙卷

1．
甲是乙。（ ）
2．乙在____。

答案
判断：1.×；填空：2.水
"""
    assert [(row[0], row[4]) for row in short(text)] == [
        ("1", "B"),
        ("2", "A"),
        ("3", ["山"]),
        ("1", "false"),
        ("2", ["水"]),
    ]


def test_a_key_that_prints_the_questions_again() -> None:
    text = """一．选择题
1．下列人物排行第一的是（ ）
A．甲 B．乙
2．下列人物排行第二的是（ ）
A．甲 B．乙
参考答案与试题解析
一．选择题
1．下列人物排行第一的是（ ）
A．甲 B．乙
【解答】故选：A。
2．下列人物排行第二的是（ ）
A．甲 B．乙
【解答】故选：B。
"""
    assert [row[4] for row in short(text)] == ["A", "B"]


def test_keys_that_disagree_or_belong_elsewhere() -> None:
    paper = "1.谁？（A）\nA.甲 B.乙\n2.何人？（ ）\nA.甲 B.乙\n"
    items = [item for item in read(paper, "1.B 2.B") if isinstance(item, Question)]
    assert [(item.answer, item.explanation) for item in items] == [(None, "两套答案不一致。其一：A其二：B"), ("B", "")]
    with pytest.raises(BadInput, match=r"key\.txt: answers no question of a\.txt; give the key that belongs to it"):
        read(paper, "一篇短文。")
    with pytest.raises(BadInput, match="holds its own answers; leave the key out"):
        read("question,answer\n谁？,某\n", "1.B")
