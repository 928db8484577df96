"""What the warehouse tells in English, as the studio's Chinese pages say it."""

import re
from typing import Any

import pytest
from main_job import Job

from eval.studio import reasons, words
from eval.studio.marked import entry, framed, marked
from eval.studio.page_search import readable
from warehouse.browse.schema import tables
from warehouse.reader import Reader

EVIL = '"><script>alert(1)</script>'
_IDS = re.compile(r"[0-9a-f]{16}")


@pytest.fixture(autouse=True)
def language(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the reader chose, without a browser."""
    state: dict[str, Any] = {}
    monkeypatch.setattr(words.st, "session_state", state)
    return state


def test_all_that_the_sample_tells_is_told_in_chinese_and_english(job: Job, language: dict[str, Any]) -> None:
    reader = Reader(job.home)
    for column, table, said in (
        ("reason", "samples", reasons.reason), ("why", "fates", reasons.reason), ("reason", "support", reasons.reason),
        ("rule", "utterances", reasons.rule), ("locator", "questions", reasons.place),
    ):  # fmt: skip
        told = [row["told"] for row in reader.rows(f"SELECT DISTINCT {column} AS told FROM {table} ORDER BY 1")]
        left = [said(one) for one in told]
        assert [one for one in left if re.search("[A-Za-z]{2}", _IDS.sub("", one))] == []
        language["lang"] = "English"
        assert [said(one) for one in told] == told
        del language["lang"]
    reader.close()
    assert [name for name, about, _ in tables() if reasons.table(name, about) == about] == []


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("speaker not sure enough: 0.45 below 0.50", "说话人不够确定：0.45，低于 0.50"),
        ("speaker not sure enough", "说话人不够确定"),
        ("too few lines: 金满斗 has 4, fewer than 20", "话语太少：金满斗只有 4 句，少于 20 句"),
        ("same text as 0123456789abcdef", "与另一条文字相同：0123456789abcdef"),
        ("near-duplicate of 0123456789abcdef, similarity 0.83", "与另一条几乎相同：0123456789abcdef，相似度 0.83"),
        ("would straddle train and valid (same scene)", "会横跨训练和验证（同一场）"),
        ("overlaps held-out text of 0123456789abcdef (test): 85% of it, 40% of this row",
         "与留出的文字重叠：0123456789abcdef（测试），占它的 85%，占本条的 40%"),
        ("rejected: quality rule length: 21670 characters of prompt, more than 20000",
         "拒绝：质量规则·长度：提示有 21670 字，多于 20000 字"),
        ("its answer is unsupported by the novel, and supported is asked for", "答案在小说里是“无据”，要求“有据”"),
        ("眼睛 is nearer: 腮帮 -6.1、眼睛 -5.8", "“眼睛”更贴近：腮帮 -6.1、眼睛 -5.8"),
        ("the novel has it so: 曹操 -0.5 against others, 88% of its words together", "小说里是这样：曹操 比旁人 -0.5；词语同现 88%"),
        ("rejected by a person: 不宜训练", "人工拒绝：不宜训练"),
        ("a reason of tomorrow", "a reason of tomorrow"),
    ],
)  # fmt: skip
def test_reasons(told: str, said: str) -> None:
    assert reasons.reason(told) == said


def test_places_commits_and_disagreements() -> None:
    assert reasons.place("chapter 3, character 120") == "第3回　第120字"
    assert reasons.commit("curate: 726 kept, 3 merged, 74 rejected") == "整理：保留 726，合并 3，拒绝 74"
    assert reasons.left("甲: speaker 曹操, kind speech；乙: rejected by a person (残缺)") == (
        "甲：说话人 曹操, 类别 说话；乙：拒绝 (残缺)"
    )
    assert readable('石碑于____月初八立\n["四", "三"]\n第三尺') == "石碑于____月初八立\n四；三\n第三尺"


def test_a_frame_and_an_entry_hold_text_as_text() -> None:
    assert "<script" not in framed(f"<p>{EVIL}</p>")
    assert "<iframe sandbox srcdoc=" in framed("")
    assert "<script" not in entry(EVIL, marked(EVIL, []))
