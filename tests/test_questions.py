"""Files of questions in every layout: riddles, whatever else comes, and the real files."""

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from question_files import question
from question_files import read_file as read

from corpora.errors import BadInput
from corpora.load import load_document, source_for_path
from extractors.questions import extract_questions
from extractors.records import Question

# --- Markdown riddles --------------------------------------------------------------------------------------------

RIDDLES = """# 《水浒》谜语 (Water Margin riddles)

1. **满头白霜（名一）**
   - 解析：满头白霜，白得胜过雪，指“白胜”。
2. **久旱之盼（号一）**
   - 解析：久旱盼雨，指“及时雨”宋江。
3. **须长一尺（名一）**
   - **解析**：须长而美，指“美髯公”朱仝（因朱仝须长）。
4. **武松（号、名各一）**
   - 解析：指“行者”武松（号）和“打虎将”李忠（名，因武松打虎）。
5. **金字家书（名一）**
   - 解析：指“黄信”（金字色黄，家书为信）。

# second

   1. 满头白霜 (名一): 石秀 (White as "Stone")
   2. 久旱之盼 (号一): 及时雨 (Timely Rain)
   3. 须长一尺 (名一): 朱仝 (Fine Beard)
   4. 武松 (号、名各一): 行者、武松
"""


def test_riddles_keep_both_answers_and_teach_only_what_they_agree_on() -> None:
    items = read(RIDDLES, "水浒传")
    assert items[0] == question(
        number="1",
        section="《水浒》谜语",
        stem="满头白霜（名一）",
        explanation='两套答案不一致。其一：白胜（满头白霜，白得胜过雪，指“白胜”。）其二：石秀 (White as "Stone")',
        novel="水浒传",
        locator="line 3",
    )
    assert [item.answer for item in items if isinstance(item, Question)] == [None, "及时雨", "朱仝", None, "黄信"]
    assert isinstance(items[3], Question)
    assert items[3].explanation.startswith("两套答案不一致。其一：行者、李忠（")


# --- whatever comes ----------------------------------------------------------------------------------------------

PIECES = [
    "题目,答案\n",
    "question\t",
    '"',
    ",",
    "\n",
    "\r",
    "['甲', '乙']\n",
    "1.",
    "**",
    "- 解析：",
    "[",
    "]",
    "{",
    "<3>",
]
PIECES += ['{"question": "谁"}', "谁？", "（ ）", "____", "A", "1甲"]


@given(st.lists(st.sampled_from(PIECES), max_size=30))
def test_any_text_raises_nothing_but_bad_input(pieces: list[str]) -> None:
    try:
        items = read("".join(pieces))
    except BadInput as error:
        assert str(error).startswith("a.csv: ")
        return
    for item in items:
        assert item.locator
        if isinstance(item, Question):
            assert item.stem.strip()
            assert not item.options or len(item.options) > 1
            if item.type.endswith("choice") and item.answer:
                assert set(item.answer) <= set(item.options)
            if item.type == "true_false":
                assert item.answer in ("true", "false", None)


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), min_size=1, max_size=5))
def test_json_pairs_are_all_accounted_for(pairs: list[tuple[str, str]]) -> None:
    records = [{"question": stem, "answer": answer} for stem, answer in pairs]
    assert [item.locator for item in read(json.dumps(records))] == [f"item {i + 1}" for i in range(len(pairs))]


@pytest.mark.corpora
@pytest.mark.parametrize(
    ("name", "types", "unanswered", "rejected"),
    [
        ("sanguo_data_seed.csv", {"short_answer": 368}, 2, 0),
        ("xyzw_answer_truefalse.json", {"true_false": 582}, 0, 1),
        ("wechat_tiku.txt", {"single_choice": 1237, "short_answer": 12}, 24, 0),
        ("shuihu_riddles_answers.md", {"short_answer": 80}, 42, 0),
        ("xiezhi_inter_fournovels.jsonl", {"single_choice": 77}, 0, 0),
        ("cmmlu_elementary_chinese.csv", {"single_choice": 252}, 0, 0),
    ],
)
def test_the_real_files(corpora_dir: Path, name: str, types: dict[str, int], unanswered: int, rejected: int) -> None:
    items = list(extract_questions(load_document(source_for_path(corpora_dir / "quiz" / name))))
    questions = [item for item in items if isinstance(item, Question)]
    assert Counter(q.type for q in questions) == types
    assert sum(q.answer is None for q in questions) == unanswered
    assert len(items) - len(questions) == rejected
    assert not any("原答案不在选项中" in q.explanation for q in questions)


@pytest.mark.corpora
def test_the_spreadsheet_paper_is_read_as_labelled(corpora_dir: Path) -> None:
    paper = corpora_dir / "quiz" / "papers" / "dev5_jingsai_tiku.csv"
    labels = paper.with_name("dev5_jingsai_tiku.gold.jsonl").read_text(encoding="utf-8").splitlines()
    gold = [json.loads(line) for line in labels]
    items = list(extract_questions(load_document(source_for_path(paper))))
    found = [(q.number, q.type, q.stem, q.options, q.novel) for q in items if isinstance(q, Question)]
    assert found == [(str(g["n"]), g["type"], g["stem"], g["options"], g["novel"]) for g in gold]
    assert [q.answer for q in items if isinstance(q, Question)] == [g["answer"] for g in gold]
