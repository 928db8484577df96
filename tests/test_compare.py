"""eval/evaluations.py and eval/compare.py: evaluations by name in, the page and the Markdown that tell what differs out."""

import json
import os
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from test_report import ATTACK, Page

from eval.compare import change_table, compare, comparison_markdown, type_table, verdict, write_comparison
from eval.evaluations import evaluations, models_of, newest_evaluation
from eval.predictions import Prediction, write_predictions
from eval.probed import ProbeAnswer, probe_questions
from train.weights import weights_sha256
from warehouse.kit import BadInput, sha256_file


def answers(right: int, count: int = 24) -> list[Prediction]:
    """The first `right` of them as they were to be; every second is a choice."""
    made = []
    for number in range(count):
        kind, wanted = (("single_choice", "A"), ("short_answer", "桃园结义"))[number % 2]
        wrote = wanted if number < right else ("B" if number % 2 == 0 else f"草船借箭 {ATTACK}")
        prompt = f"问{number}\nA. 曹操\nB. 刘备"
        made.append(Prediction(f"{number:04x}", "quiz", kind, "三国", "", prompt, wrote, wanted, wanted, True))
    return made


def write_evaluation(
    home: Path, name: str, adapter: str, base: list[Prediction], tuned: list[Prediction], loss: float = 0.0, at: int = 1
) -> Path:
    """As `huaben evaluate` leaves it, with a probe where a loss is given."""
    folder = home / "evaluations" / name
    weights = home / "adapters" / adapter / "adapter_model.safetensors"
    weights.parent.mkdir(parents=True, exist_ok=True)
    weights.write_bytes(adapter.encode())
    for model, own in (("base", base), ("adapter", tuned)):
        write_predictions(folder / f"{model}.jsonl", own)
    if loss:
        probed = {"base": 2.0, "adapter": loss}
        table = {
            model: [asdict(ProbeAnswer(one.id, value + at / 100, False)) for at, one in enumerate(probe_questions())]
            for model, value in probed.items()
        }
        (folder / "probe.json").write_text(json.dumps({"key": "k", **table}))
    inputs = {
        "set": "hand-00c0ffee", "split": "test", "split_sha256": "5", "base": "tiny", "adapter": adapter,
        "adapter_sha256": sha256_file(weights), "generate": {"max_new_tokens": 9, "limit": 24},
    }  # fmt: skip
    (folder / "scores.json").write_text(json.dumps({"run_id": name, "inputs": inputs, "scores": {}}))
    os.utime(folder / "scores.json", (at, at))
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    write_evaluation(tmp_path, "one", "first-lora", answers(0), answers(4), 2.5, at=1)
    write_evaluation(tmp_path, "two", "second-lora", answers(0), answers(20), 2.6, at=2)
    return tmp_path


def test_the_newest_evaluation_is_taken_where_none_is_named(home: Path) -> None:
    assert newest_evaluation(home).folder.name == "two"
    models = models_of([], home)
    assert [(one.name, one.chinese, one.detail) for one in models] == [
        ("base", "基座", "tiny"), ("adapter", "适配器", "second-lora"),
    ]  # fmt: skip


def test_base_earlier_and_adapter_stand_in_that_order(home: Path) -> None:
    models = models_of(["one", str(home / "evaluations" / "two")], home)
    assert [(one.name, one.chinese, one.detail) for one in models] == [
        ("base", "基座", "tiny"), ("earlier", "前版", "first-lora"), ("adapter", "本版", "second-lora"),
    ]  # fmt: skip
    file = home / "evaluations" / "one" / "base.jsonl"
    assert [one.name for one in models_of(["two", str(file.rename(home / "other.jsonl"))], home)][-1] == "other"


def test_an_adapters_evaluations_are_known_by_its_weights(home: Path) -> None:
    adapter = home / "adapters" / "first-lora"
    assert [one.folder.name for one in evaluations(home, weights_sha256(adapter))] == ["one"]
    assert [one.folder.name for one in evaluations(home)] == ["two", "one"]
    (adapter / "adapter_model.safetensors").write_bytes(b"trained again")
    assert list(evaluations(home, weights_sha256(adapter))) == []
    with pytest.raises(BadInput, match=r"no adapter_model\.safetensors in it; give a folder that huaben train wrote"):
        weights_sha256(home)


def test_what_cannot_be_compared_is_said(home: Path) -> None:
    for named, said in (
        ("three", "three: neither a folder of an evaluation, nor one under"),
        (str(home / "adapters"), "is no finished evaluation: it has no scores.json"),
        (str(home / "evaluations/one/base.jsonl"), "one model alone; name another"),
    ):
        with pytest.raises(BadInput, match=said):
            models_of([named], home)
    with pytest.raises(BadInput, match="two models of the same name"):
        models_of([str(home / "evaluations" / at / "adapter.jsonl") for at in ("one", "two")], home)
    (home / "evaluations" / "one" / "scores.json").write_text("{}")
    with pytest.raises(BadInput, match=r"scores\.json is broken; remove .*one and evaluate again"):
        models_of(["one"], home)
    with pytest.raises(BadInput, match="holds no evaluation yet"):
        models_of([], home / "elsewhere")


def test_a_sentence_tells_what_differs_beyond_chance(home: Path) -> None:
    found = compare(models_of(["one", "two"], home))
    assert verdict(found, 1).startswith("adapter against earlier, 24 rows: better: ")
    assert "Exact +66.7" in verdict(found, 1)
    assert "general questions: loss +0.10, something was forgotten." in verdict(found, 1)
    same = compare(models_of(["two", "two"], home))
    assert (
        verdict(same, 1)
        == "adapter against earlier, 24 rows: no metric differs beyond chance; general questions: loss +0.00."
    )


def test_the_tables_have_every_model_and_each_difference(home: Path) -> None:
    found = compare(models_of(["one", "two"], home))
    table = change_table(found)
    assert table.header == (
        "task", "type", "metric", "n", "base", "earlier", "adapter", "adapter − base", "adapter − earlier",
    )  # fmt: skip
    (line,) = [row for row in table.rows if row[0] == "all" and row[2] == "Exact %"]
    assert line[:7] == ("all", "all", "Exact %", "12", "0.0", "16.7", "83.3")
    assert line[7].startswith("+83.3 [")
    assert line[8].endswith("] ▲")
    short = type_table(found)
    assert short.rows[0][:4] == ("all", "all", "24", "83.3 (+66.7 ▲)")
    assert type_table(found, intervals=True).rows[0][3].startswith("83.3 (+66.7 [+")
    assert [row[1] for row in short.rows] == ["all", "single_choice", "short_answer"]


def test_page_markdown_and_chart_are_written_and_escaped(home: Path) -> None:
    into = home / "comparison"
    page = write_comparison(into, compare(models_of(["one", "two"], home)))
    assert {path.name for path in into.iterdir()} == {"report.html", "report.md", "changes.svg"}
    html = page.read_text(encoding="utf-8")
    assert Page(html).text.count("adapter against") == 2
    assert "<script>" not in html
    assert "由错变对" in html
    assert "本版对前版，24 条：变好：" in html
    assert "常识题损失 +0.10，有所遗忘。" in html
    text = (into / "report.md").read_text(encoding="utf-8")
    assert "<script>" not in text.replace("\\<", "")
    assert "![Changes](changes.svg)" in text
    for heading in ("## All rows", "## General questions, before and after", "## By task and type", "## Answers"):
        assert heading in text
    assert "~~草船借箭" in text or "~~B~~" in text
    chart = (into / "changes.svg").read_text(encoding="utf-8")
    assert chart.startswith("<svg")
    assert "var(" not in chart


def test_rows_that_not_all_were_asked_are_counted(home: Path) -> None:
    other = [replace(one, prompt="别的") for one in answers(3)[:5]] + answers(3)[5:]
    write_evaluation(home, "three", "third-lora", answers(0), other)
    found = compare(models_of(["one", "three"], home))
    assert (found.rows, found.left_out) == (19, 5)
    assert "5 rows are left out" in comparison_markdown(found)
    assert found.probes == [[], []]  # the last was not probed
