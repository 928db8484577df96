"""Questions as blocks of labelled lines."""

from question_files import FOUR, question
from question_files import read_file as read

from extractors.records import Question, Reject


def test_blocks() -> None:
    text = """1.zl“醉里”出自谁？
丙
['甲', '乙', '丙', '丁']

wlrwyj为了让望远镜观测天体，屋顶是？
['甲', '乙', '丙', '丁']
2乙

11.2km/s是什么？
['甲', '乙', '丙', '丁']
4

yhf宇航服是什么颜色？3丙
['甲', '乙', '丙', '丁']

哪一年？
['1988年', '1990年', '1981年', '1983年']
41983年 <67>']

最低的海是？
['甲', '乙', '丙', '丁']
['1甲 <30>', '2乙 <47>']

区别是？
['甲', '乙', '丙', '丁']
['1甲 <0>', '2乙

说的是？
['甲', '乙', '丙', '丁']
['1!甲 <0>', '2!乙 <0>', '3!丙 <0>', '4!丁 <0>']

哪个不是别称？
['甲', '乙', '丙', '丁']
['1!甲 <6>']

C:\\tools>python answer.py
哪个不是活动？
['甲', '乙', '丙', '丁']
 '3丙 <9>']

难是？
['甲', '乙', '丙', '丁']
['1甲 <4>
住在哪里？
['昆仑', '南海', '沼泽', '北海']
['3沼泽 <1>']

DNA是什么版的？

['1加长版 [3]']

sy商鞅是哪国人
卫国

sjws世界卫生组织
3WHO

科举考试是？
['会试', '县试', '院试', '乡
试']
4乡试

甲是乙？
['对', '错']
2错

谁？
['甲', '乙', '丙', '丁']
戊

？
['甲', '乙', '丙', '丁']
"""
    items = read(text)
    assert [
        (q.stem, q.answer, q.explanation, q.locator, len(q.options)) if isinstance(q, Question) else q for q in items
    ] == [
        ("“醉里”出自谁？", "C", "", "line 1", 4),
        ("为了让望远镜观测天体，屋顶是？", "B", "", "line 5", 4),
        ("11.2km/s是什么？", "D", "", "line 9", 4),
        ("宇航服是什么颜色？", "C", "", "line 13", 4),
        ("哪一年？", "D", "检索票数：1983年 67", "line 16", 4),
        ("最低的海是？", "B", "检索票数：甲 30，乙 47", "line 20", 4),
        ("区别是？", "B", "检索票数：甲 0，乙 0", "line 24", 4),  # cut off behind the right one
        ("说的是？", None, "检索票数：甲 0，乙 0，丙 0，丁 0", "line 28", 4),
        ("哪个不是别称？", None, "检索票数：甲 6", "line 32", 4),  # nobody cut it, and hits do not count for a not
        ("哪个不是活动？", "C", "检索票数：丙 9", "line 37", 4),
        ("难是？", "A", "检索票数：甲 4", "line 41", 4),
        ("住在哪里？", "C", "检索票数：沼泽 1", "line 44", 4),
        ("DNA是什么版的？", "加长版", "检索票数：加长版 3", "line 48", 0),
        ("商鞅是哪国人", "卫国", "", "line 52", 0),
        ("世界卫生组织", "WHO", "", "line 55", 0),
        ("科举考试是？", "D", "", "line 58", 4),
        ("甲是乙？", "false", "", "line 63", 0),
        ("谁？", None, "（原答案不在选项中：戊）", "line 67", 4),
        Reject("line 71", "？\n['甲', '乙', '丙', '丁']", "no question text"),
    ]
    assert [q.number for q in items if isinstance(q, Question) and q.number] == ["1"]
    assert items[0] == question(
        number="1", type="single_choice", stem="“醉里”出自谁？", options=FOUR, answer="C", locator="line 1"
    )
