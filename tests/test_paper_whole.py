"""Papers as people set them, against the labels that a reader gave them."""

import json
from pathlib import Path

import pytest
from question_files import read, short

from corpora.load import load_document, source_for_path
from extractors.questions import extract_questions
from extractors.records import Question, Reject

PAPERS = Path(__file__).parent / "data" / "papers"


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("gold", sorted(PAPERS.glob("*.gold.jsonl")), ids=lambda path: path.name.split(".")[0])
def test_papers_as_people_set_them(gold: Path) -> None:
    stem = gold.name.split(".")[0]
    (paper,) = (path for path in PAPERS.glob(f"{stem}.*") if path != gold)
    keys = list(PAPERS.glob(f"{stem}_key.*"))
    key = load_document(source_for_path(keys[0], "quiz")) if keys else None
    items = list(extract_questions(load_document(source_for_path(paper, "quiz")), key))
    labels = [json.loads(line) for line in gold.read_text(encoding="utf-8").splitlines()]
    found = [item for item in items if isinstance(item, Question)]
    assert [squeezed(item.stem) for item in found] == [squeezed(label["stem"]) for label in labels]
    assert [(item.type, item.options) for item in found] == [(label["type"], label["options"]) for label in labels]
    assert [item.answer for item in found] == [label["answer"] for label in labels]
    assert [squeezed(item.material) for item in found] == [squeezed(label.get("material", "")) for label in labels]


def test_a_heading_whose_lines_hold_no_question_is_a_reject() -> None:
    text = "一、填空题\n1.甲在____。\n二、趣味题（5分）\n今日天气晴。\n三、判断题\n2.甲是乙。（ ）\n"
    rejects = [item for item in read(text) if isinstance(item, Reject)]
    assert rejects == [Reject("line 3", "二、趣味题（5分）\n今日天气晴。", "no question under the heading")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ⅰ、甲的字是____。\nⅡ、乙的字是____。\nⅢ、丙的字是____。\n答案：Ⅰ、子甲 Ⅱ、子乙 Ⅲ、子丙\n", [["子甲"], ["子乙"], ["子丙"]]),
        ("I. 谁来？\nA.甲 B.乙\nII. 谁去？\nA.甲 B.乙\nIII. 谁留？\nA.甲 B.乙\n参考答案\nI. B  II. A  III. B\n", ["B", "A", "B"]),
        ("1.谁来？\nA.甲 B.乙 C.丙\n2.谁去？\nA.甲 B.乙 C.丙\n3.谁在？\nA.甲 B.乙 C.丙\n答案：B/AC/A\n", ["B", "AC", "A"]),
        ("一、选择题（每题2分，答案：BAB）\n1.谁来？\nA.甲 B.乙\n2.谁去？\nA.甲 B.乙\n3.谁在？\nA.甲 B.乙\n", ["B", "A", "B"]),
        ("一、选择题\n1.谁来？\nA.甲 B.乙\n2.谁去？\nA.甲 B.乙\n二、填空\n3.丙是____。\n答案及评分说明：\n一、BA（每题3分）\n二、3.丁（每空2分）\n",
         ["B", "A", ["丁"]]),
        ("谁最大？（B）\nA.甲 B.乙 C.丙\n一、填空题\n1.甲是____。答案：乙\n2.丙是____。答案：丁\n", ["B", ["乙"], ["丁"]]),
        ("1.谁来？\n2.谁去？\n3.谁在？（2分）\n4.谁走？（打一人名）\n", [None] * 4),  # brackets that are no answers
        ("一、判断题\n1.甲是乙。对还是错？\n2.丙是丁。对不对？\n答案：1.对 2.错\n", ["true", "false"]),
        ("1.甲是____。\n2.丙是____。\n————以下为答案区————\n参考答案\n1.乙\n2.丁\n", [["乙"], ["丁"]]),
    ],
)  # fmt: skip
def test_answers_where_few_papers_have_them(text: str, expected: list[object]) -> None:
    assert [item.answer for item in read(text) if isinstance(item, Question)] == expected


def test_other_brackets_before_a_question_stay() -> None:
    kept = ["（1987年版电视剧）谁演甲？", "（甲）谁来？", "（2019年中考）谁来？", "谁来？（2017年某市中考）"]
    assert [row[2] for row in short("".join(f"{n}.{text}\n" for n, text in enumerate(kept, 1)))] == kept


def test_matching_and_essays_are_one_question_with_their_lines() -> None:
    text = "一、填空题\n1.甲在____。\n二、连线题（把人物和绰号连起来）\n吴用    行者\n武松    智多星\n三、作文（30分）\n以“读书”为题，写一篇短文。\n"
    assert [row[:3] for row in short(text)] == [
        ("1", "fill_blank", "甲在____。"),
        ("", "short_answer", "把人物和绰号连起来\n吴用 行者\n武松 智多星"),
        ("", "short_answer", "以“读书”为题，写一篇短文。"),
    ]
