"""`huaben stats`: a page that is whole, escaped and adds up, drawn from what the lake holds; the same as tables."""

import re
from pathlib import Path
from typing import Any

import pytest
from main_job import Job
from test_report import ATTACK, Page
from tiny import document, new_lake, put, said
from typer.testing import CliRunner

from eval.flow_chart import NARROW, Link, Node, flow_chart
from eval.overview import Reason, reasons_of, write_overview
from flows.cli import app
from warehouse.holdings import Holdings, holdings
from warehouse.lake import reading, writing


def fate(task: str, kind: str, became: str, why: str, split: str, samples: int) -> dict[str, Any]:
    return {"task": task, "question_type": kind, "fate": became, "why": why, "split": split, "samples": samples}


FATES = [
    fate("roleplay", "single_turn", "kept", "", "train", 60),
    fate("roleplay", "multi_turn", "kept", "", "test", 10),
    fate("quiz", "true_false", "kept", "", "seed", 5),
    fate("quiz", "true_false", "merged", "same text", "", 2),
    fate("roleplay", "single_turn", "rejected", f"no speaker {ATTACK}", "", 20),
    fate("instruct", "instruction", "rejected", "no answer", "", 3),
]


def held() -> Holdings:
    intake = {"source_id": "novels/sanguo", "kind": "novel", "title": ATTACK, "licence": "", "documents": 1, "characters": 1234,
              "records": 95, "rejected": 3, "kept": 75}  # fmt: skip
    splits = {
        "task": "roleplay",
        "question_type": "single_turn",
        "seed": 0,
        "train": 60,
        "valid": 0,
        "test": 0,
        "kept": 60,
    }
    lengths = {"task": "quiz", "question_type": "true_false", "part": "answer", "samples": 5, "mean": 2.5, "shortest": 1,
               "p25": 1, "p50": 2, "p75": 3, "p90": 4, "p99": 4, "longest": 4}  # fmt: skip
    people = [
        {"novel": ATTACK, "speaker": who, "lines": n, "characters": 9, "chapters": 1}
        for who, n in (("曹操", 8), ("刘备", 2))
    ]
    talk = {"novel": "三国", "speaker": ATTACK, "addressee": "刘备", "lines": 2}
    return Holdings(
        7, {"samples": 100}, [intake], FATES, [splits], [lengths], people, [talk], {"quiz": [3, 9]}, {"quiz": [1, 4]}
    )


def test_the_page_is_whole_escaped_and_fetches_nothing(tmp_path: Path) -> None:
    write_overview(tmp_path / "a.html", held())
    html = (tmp_path / "a.html").read_text(encoding="utf-8")
    page = Page(html)
    assert {tag for tag, _ in page.tags} & {"script", "img", "link", "iframe"} == set()
    assert not any(name.startswith("on") or name in {"src", "srcset"} for _, given in page.tags for name in given)
    assert page.text.count(ATTACK) >= 4
    assert re.findall(r"<h2>(\S+) <small", html) == ["来源", "去向", "题型", "长度", "人物"]
    links = {given["href"] for tag, given in page.tags if tag == "a"}
    assert links == {f"#{given['id']}" for tag, given in page.tags if tag == "section"}
    ids = [given["id"] for _, given in page.tags if "id" in given]
    assert len(ids) == len(set(ids))
    write_overview(tmp_path / "b.html", held())
    assert (tmp_path / "b.html").read_text(encoding="utf-8") == html


def test_the_diagram_names_every_amount_once(tmp_path: Path) -> None:
    write_overview(tmp_path / "a.html", held())
    wide = re.findall(r'<div class="wide">(.*?)</div>', (tmp_path / "a.html").read_text(encoding="utf-8"), re.S)[0]
    texts = re.findall(r"<text[^>]*>(.*?)</text>", wide)
    assert [text for text in texts if "no speaker" not in text] == [
        "话语 utterances 80", "对话 conversations 10", "题目 questions 7", "指令 instructions 3",
        "保留 kept 75", "合并 merged 2", "拒绝 rejected 23", "种子 seed 5", "训练 train 60", "测试 test 10",
        "c 2 same text", "b 3 no answer",
    ]  # fmt: skip
    narrow = re.findall(r'<div class="narrow">(.*?)</div>', (tmp_path / "a.html").read_text(encoding="utf-8"), re.S)[0]
    assert re.findall(r"<text[^>]*>([a-z] .*?)</text>", narrow) == ["c 2", "a 20", "b 3"]


def test_bands_keep_their_width_and_fill_their_nodes() -> None:
    nodes = [Node(key, column, key, "red") for key, column in (("a", 0), ("b", 0), ("c", 1), ("d", 1), ("none", 1))]
    links = [
        Link("a", "c", 30, "red"),
        Link("a", "d", 10, "red"),
        Link("b", "d", 20, "blue"),
        Link("b", "none", 0, "red"),
    ]
    drawn = flow_chart(nodes, links, "<b>", NARROW)
    assert "<title>&lt;b&gt;</title>" in drawn
    assert "none</text>" not in drawn
    boxes = [
        tuple(map(float, box)) for box in re.findall(r'<rect x="(.*?)" y="(.*?)" width="\d+" height="(.*?)"', drawn)
    ]
    scale = boxes[0][2] / 40
    assert [height for *_, height in boxes] == pytest.approx([40 * scale, 20 * scale, 30 * scale, 30 * scale], abs=0.1)
    assert max(top + height for _, top, height in boxes) <= NARROW.height
    bands = [
        tuple(map(float, band)) for band in re.findall(r'd="M[\d.]+,([\d.]+) .*? [\d.]+,([\d.]+) v([\d.]+)', drawn)
    ]
    (_, a, _), (_, b, _), (_, c, _), (_, d, _) = boxes
    expected = [(a, c, 30 * scale), (a + 30 * scale, d, 10 * scale), (b, d + 10 * scale, 20 * scale)]
    assert bands == [pytest.approx(band, abs=0.11) for band in expected]
    assert flow_chart(nodes, [], "nothing") == ""


def test_few_reasons_are_all_told_and_of_many_the_rest_together() -> None:
    many = [fate("quiz", "true_false", "rejected", f"reason {n}", "", 100 - n) for n in range(12)]
    told = reasons_of(many)
    assert (len(told), told[0], told[-1]) == (
        9, Reason("a", "rejected", "reason 0", 100), Reason("i", "rejected", "4 other reasons", 92 + 91 + 90 + 89),
    )  # fmt: skip
    assert sum(reason.samples for reason in told) == sum(row["samples"] for row in many)
    assert [reason.why for reason in reasons_of(many[:9])] == [f"reason {n}" for n in range(9)]


def test_a_lake_that_was_never_curated_has_a_page_too(tmp_path: Path) -> None:
    with writing(new_lake(tmp_path / "lake")) as lake:
        put(lake, (document("novels/sanguo"), [said(10, "曹操", "是。")]))
        write_overview(tmp_path / "a.html", holdings(lake))
    html = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert re.findall(r"<h2>(\S+) <small", html) == ["来源", "人物"]
    assert Page(html).text.count("曹操") == 1


def test_holdings_add_up_and_both_forms_are_made(job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with reading(job.home) as lake:
        found = holdings(lake)
    kept = sum(row["kept"] for row in found.splits)
    assert kept == sum(row["kept"] for row in found.intake) == sum(map(len, found.answer_lengths.values()))
    assert sum(row["samples"] for row in found.fates) == found.tables["samples"]
    assert sum(map(sum, found.prompt_lengths.values())) > kept
    monkeypatch.setenv("HUABEN_HOME", str(job.home))
    shown = CliRunner().invoke(app, ["stats"])
    assert shown.exit_code == 0
    for words in ("What came in", "What became of it", "Kept samples by type and split", "Who speaks most", "沈渡"):
        assert words in shown.output
    assert CliRunner().invoke(app, ["stats", "--html", str(tmp_path / "s.html"), "--at", "2"]).exit_code == 0
    assert "快照 2" in (tmp_path / "s.html").read_text(encoding="utf-8")
