"""eval/report.py, eval/charts.py, eval/examples.py, eval/losses.py: a page that is whole, escaped and needs nothing else."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from eval.charts import length_chart, loss_chart
from eval.examples import pick_examples
from eval.length_values import length_values
from eval.losses import LossCurve, read_losses
from eval.metrics import METRICS
from eval.predictions import Prediction
from eval.probed import ProbeAnswer, probe_questions
from eval.report import LABELS, ModelResult, ReportData, seconds, write_report
from eval.scores import score_predictions
from train.lengths import LengthRow
from train.rows import Row
from warehouse.kit import BadInput

ATTACK = "<script>alert('话本')</script><img src=x onerror=y>&amp;"
VOID = {"meta", "br", "img", "link", "input", "hr"}


class Page(HTMLParser):
    """The tags and texts of a page; every tag that opens must close in its place."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def predictions(right: bool) -> list[Prediction]:
    rows = []
    for number in range(30):
        kind, reference = [("single_choice", "A"), ("short_answer", "桃园结义"), ("single_turn", "吾誓报国")][
            number % 3
        ]
        task = "roleplay" if kind == "single_turn" else "quiz"
        wrote = reference if right else ("" if number == 0 else ATTACK)
        prompt = f"谁？{ATTACK}\nA. 曹操\nB. 刘备" if number % 3 == 0 else ATTACK
        rows.append(Prediction(f"{number:016x}", task, kind, "三国", "", prompt, wrote, reference, reference, right))
    return rows


def report_data() -> ReportData:
    base, adapter = predictions(False), predictions(True)
    lengths = LengthRow("all", "prompt", "tokens", 1234, 80.5, 9.25, 3, 20, 60, 100, 150, 300.4, 999, 0.0125)
    return ReportData(
        title=f"三国 {ATTACK}",
        models=(
            ModelResult("base", "基座", ATTACK, score_predictions(base), base),
            ModelResult("adapter", "适配器", "LoRA", score_predictions(adapter), adapter),
        ),
        notes=(f"只用来验证流程 {ATTACK}",),
        facts={"快照 snapshot": "14", ATTACK: ATTACK},
        seconds={"ingest": 12.13, "finetune": 95.0},
        table_rows={"utterances": 41230, "questions": 1844},
        split_rows={"train": {"roleplay": 12000, "quiz": 1304}, "test": {"quiz": 70}},
        length_rows=(lengths, replace(lengths, unit="characters", std=None, over_limit=None)),
        length_values={"prompt tokens": {"quiz": [3, 4, 5], "roleplay": [6, 7, 90]}},
        length_limit=512,
        losses=LossCurve(((1, 5.0), (2, 3.5)), ((2, 3.75),)),
        config=f'[train]\nbase = "{ATTACK}"\n',
    )


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("report") / "deep" / "report.html"
    write_report(path, report_data())
    return path.read_text(encoding="utf-8")


def test_nothing_from_the_data_becomes_markup(html: str) -> None:
    page = Page(html)
    assert {"script", "img"} & {tag for tag, _ in page.tags} == set()
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
    assert page.text.count(ATTACK) >= 12
    assert "&lt;script&gt;alert(&#39;话本&#39;)&lt;/script&gt;" in html


def test_nothing_is_fetched_when_it_is_opened(html: str) -> None:
    page = Page(html)
    for tag, attributes in page.tags:
        assert tag not in {"link", "iframe", "object", "image"}
        for name in ("src", "href", "xlink:href", "srcset"):
            assert (attributes.get(name) or "#").startswith("#")
    css = html[html.index("<style>") : html.index("</style>")]
    assert "@import" not in css
    assert set(re.findall(r"url\(([^)]*)\)", html)) <= {f"#{found}" for found in re.findall(r'id="([^"]+)"', html)}


def test_every_part_is_there(html: str) -> None:
    page = Page(html)
    text = re.sub(r"\s+", " ", page.text)
    headings = re.findall(r"<h2>(\S+) <small", html)
    assert headings == ["得分", "例子", "数据", "长度", "损失", "运行"]
    targets = {attributes.get("href") for tag, attributes in page.tags if tag == "a"}
    assert targets == {f"#{attributes['id']}" for tag, attributes in page.tags if tag == "section"}
    without = {"true_false", "blanks", "third_person"}  # there are no such questions, and nobody has a name
    for metric in METRICS:
        assert (metric.title in text) == (metric.name not in without)
    assert re.findall(r"<summary>(\S+)", html) == [
        "各题型差别的区间",
        "全部指标",
        "由错变对",
        "配置",
    ]  # one novel, nobody named: nothing to part
    for expected in (
        "41,230",
        "12,000",
        "13,304",
        "1,234",
        "80.5",
        "1.2 %",
        "3.750 @ 2",
        "1 min 35 s",
        "12.1 s",
        "over 512",
    ):
        assert expected in text
    drawn, turned = html.split("由错变对")
    assert (drawn.count("<article>"), turned.count("<article>")) == (12, 4)
    assert (drawn.count("✓ 答对"), drawn.count("✗ 答错")) == (4, 4)  # four of the dozen are choice questions
    assert drawn.count("未收尾 cut off") == 12
    assert (turned.count("✓ 答对"), turned.count("✗ 答错")) == (4, 4)
    figures = [attributes for tag, attributes in page.tags if tag == "svg"]
    assert [figure["aria-label"] for figure in figures] == [
        "Changes against base", "Histogram of prompt tokens", "Loss by step",
    ]  # fmt: skip
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_the_difference_is_of_the_last_model_and_coloured_by_what_is_better(html: str) -> None:
    cells = dict(
        re.findall(
            r'data-label="([^"]+)"><span class="now">[\d.]+</span><span class="was">.*?class="change (\w+)"', html
        )
    )
    assert cells["Exact"] == "better"
    assert cells["Finished"] == "better"
    assert re.search(r'data-label="Exact"><span class="now">100.0</span><span class="was">0.0 .*?>\+100.0<', html)
    # One row in thirty may be chance: neither green nor red.
    assert re.search(
        r'data-label="Empty"><span class="now">0.0</span><span class="was">3.3 .*?same" title=".*?">-3.3<', html
    )
    assert 'title="95 % [-10.0, +0.0]">-3.3' in html


def test_details_by_novel_and_character_are_folded_away(tmp_path: Path) -> None:
    """The dozen with most rows are shown, and how many are not."""
    models = []
    for model in report_data().models:
        rows = [
            replace(one, novel=f"第{number % 2}部", character=f"{number % 15}号{ATTACK}")
            for number, one in enumerate(model.predictions)
        ]
        models.append(replace(model, predictions=rows))
    write_report(tmp_path / "r.html", ReportData("分书", models))
    html = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert re.findall(r'<details class="more"><summary>(\S+)', html) == [
        "各题型差别的区间", "分书", "分人物", "全部指标", "由错变对",
    ]  # fmt: skip
    assert "<details open" not in html
    page = Page(html)
    assert "12 with most rows; 18 more" in page.text  # fifteen names in each of two novels
    assert re.search(r'<th scope="row">第0部</th>\s*<td class="n" data-label="条数 n">15</td>', html)
    assert re.search(r'<span class="margin">±\d+\.\d</span>', re.sub(r"100.0", "", html)) is not None


def test_the_same_data_give_the_same_bytes(html: str, tmp_path: Path) -> None:
    write_report(tmp_path / "again.html", report_data())
    assert (tmp_path / "again.html").read_text(encoding="utf-8") == html


def test_three_models_stand_side_by_side_with_what_changed_marked(tmp_path: Path) -> None:
    """Against each of the others the last has a badge of its own; in the answers words are struck out and shaded."""
    base, adapter = report_data().models
    answers = [replace(one, prediction="吾誓杀贼") for one in adapter.predictions]
    earlier = ModelResult("earlier", "前版", "一", score_predictions(answers), answers)
    answers = [replace(one, prediction="吾誓报国") for one in adapter.predictions]
    last = ModelResult("adapter", "本版", "二", score_predictions(answers), answers)
    probe = {
        name: [ProbeAnswer(one.id, loss, loss < 3) for one in probe_questions()]
        for name, loss in (("earlier", 2.0), ("adapter", 3.0))
    }
    write_report(tmp_path / "r.html", ReportData("三者", (base, earlier, last), probe=probe))
    html = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "<del>杀贼</del>" in html
    assert "吾誓<ins>报国</ins>" in html
    tile = re.search(r'BLEU-4</span> 四字组精度</h3>\s*<p class="big">.*?</p>', html)
    assert tile is not None
    assert tile.group().count('class="change') == 2
    figures = re.findall(r'<svg role="img" aria-label="([^"]+)"', html)
    assert figures == ["Changes against base", "Changes against earlier"]
    assert re.search(r"<h2>遗忘 <small", html)
    by_type = html[html.index("各题型差别的区间") : html.index("全部指标")]
    assert (
        by_type.count("前版 <span") == by_type.count("基座 <span") == 5
    )  # all, the quiz, its two types, the part played
    assert re.search(r'>\+\d+\.\d</span> <span class="none">\[\+\d+\.\d, \+\d+\.\d\]<', by_type)
    assert re.search(
        r'<td class="n">2.00</td><td class="n">3.00</td><td class="n"><span class="change worse">\+1.00<', html
    )
    assert Page(html).text.count("nats a character") == 3  # all, Chinese, English; the base was not probed


def test_one_model_and_no_extras_make_a_page_too(tmp_path: Path) -> None:
    data = report_data()
    write_report(tmp_path / "r.html", ReportData("只有基座", data.models[:1]))
    html = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert re.findall(r"<h2>(\S+) <small", html) == ["得分", "例子", "运行"]
    assert 'class="change' not in html
    assert Page(html).text.count(ATTACK) > 0


def test_a_page_that_cannot_be_made_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "r.html"
    path.write_text("old")
    with pytest.raises(IndexError):
        write_report(path, ReportData("no models", ()))
    assert path.read_text() == "old"


def test_charts_name_themselves_and_take_the_pages_colours() -> None:
    curve = loss_chart(LossCurve(((1, 5.0), (2, 3.0)), ((2, 4.0),)), 'Loss "by" step')
    assert curve.startswith('<svg role="img" aria-label="Loss &quot;by&quot; step"')
    assert "<title>Loss &quot;by&quot; step</title>" in curve
    assert "训练 train" in curve  # text stays text
    assert "验证 valid" in curve
    assert "var(--series-1)" in curve
    assert "var(--series-2)" in curve
    assert not re.search(r"#0[1-4]0[1-4]0[1-6]", curve)


def test_a_histogram_holds_every_row_and_its_limit() -> None:
    lengths = {"quiz": [1] * 50 + [2] * 30, "roleplay": [5] * 20 + [4000]}
    drawn = length_chart(lengths, "Histogram", limit=3)
    assert "stroke-dasharray" in drawn
    assert "stroke-dasharray" not in length_chart(lengths, "Histogram", limit=600)
    assert "var(--series-2)" in drawn
    assert length_chart({}, "Histogram").startswith("<svg")  # an empty split is drawn empty
    assert length_chart({"quiz": [0, 0]}, "Histogram").startswith("<svg")


def test_examples_are_shared_rows_evenly_over_types() -> None:
    base, adapter = predictions(False), predictions(True)
    picked = pick_examples({"base": base, "adapter": adapter[:-3]}, 9)
    assert sorted(example.row.question_type for example in picked) == sorted(
        ["single_choice", "short_answer", "single_turn"] * 3
    )
    known = {row.sample_id for row in adapter[:-3]}
    for example in picked:
        assert example.row.sample_id in known
        assert [answer.sample_id for answer, _ in example.answers.values()] == [example.row.sample_id] * 2
        assert example.answers["adapter"][1]["rouge_l"] == pytest.approx(100, abs=1e-5)


def test_losses_are_read_from_the_log(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_text(
        '{"step": 1, "epoch": 0.1, "loss": 5.5, "learning_rate": 0.001}\n{"step": 2, "eval_loss": 4}\n\n'
        '{"step": 2, "loss": 5}\n{"step": 2, "runtime": 3}\n'
    )
    assert read_losses(path) == LossCurve(((1, 5.5), (2, 5.0)), ((2, 4.0),))
    with pytest.raises(BadInput, match=r"absent\.jsonl: no such file"):
        read_losses(tmp_path / "absent.jsonl")
    for line, said in (("{", "line 1 is no logged step"), ('{"loss": 3}', "line 1 is no"), ("[1]", "line 1 is no")):
        path.write_text(line)
        with pytest.raises(BadInput, match=said):
            read_losses(path)
    path.write_text('{"step": 1, "loss": NaN}')
    with pytest.raises(BadInput, match="line 1: loss is nan"):
        read_losses(path)


def test_lengths_count_the_template_and_the_end() -> None:
    class OneTokenPerCharacter:
        """What `train.template` asks of a tokenizer without a chat template."""

        chat_template = None
        bos_token_id = None

        def __call__(self, texts: list[str], **options: bool) -> dict[str, list[list[int]]]:
            return {"input_ids": [[1] * len(text) for text in texts]}

    rows = [Row("1", "quiz", ({"role": "user", "content": "谁？"},), "曹操")]
    assert length_values(rows, OneTokenPerCharacter()) == {  # type: ignore[arg-type]
        "prompt characters": {"quiz": [2]},
        "answer characters": {"quiz": [2]},
        "prompt tokens": {"quiz": [len("问：谁？\n答：")]},
        "answer tokens": {"quiz": [3]},
    }


def test_durations_and_labels() -> None:
    assert (seconds(4.25), seconds(59.94), seconds(125.0)) == ("4.2 s", "59.9 s", "2 min 05 s")
    assert LABELS["single_choice"] == "单选"
