"""eval/metrics.py, eval/scores.py, eval/table.py, eval/predictions.py, eval/spread.py: files of predictions to tables of scores."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.metrics import HEADLINES, METRICS, measure
from eval.predictions import Prediction, read_predictions, write_predictions
from eval.scores import ScoreRow, score_predictions
from eval.spread import spread_evenly
from eval.table import compare_table, interval_table, markdown, metric_table, score_table
from warehouse.kit import BadInput


def one(kind: str, prediction: str, reference: str, task: str = "quiz", **more: object) -> Prediction:
    given = {"novel": "", "character": "", "prompt": "", "answer": "", "finished": True, **more}
    return Prediction(f"{kind}-{prediction}", task, kind, prediction=prediction, reference=reference, **given)  # type: ignore[arg-type]


CHOICE = one("single_choice", "A. 曹操", "A", answer="A. 曹操")
WRONG = one("single_choice", "B", "A", answer="A. 曹操", finished=False)
TRUE = one("true_false", "", "true", answer="正确")
LINE = one("single_turn", "曹操大喜", "曹操大怒", task="roleplay", finished=None)


def test_measure_by_hand() -> None:
    assert measure(LINE) == {
        "rouge_1": pytest.approx(50, abs=1e-5),
        "rouge_2": 0.0,
        "rouge_l": pytest.approx(50, abs=1e-5),
        "bleu_4": pytest.approx(100 * (3 / 4 * 2 / 3 * 1 / 2 * 1 / 2) ** 0.25),
        "char_f1": 75.0,
        "exact": None,
        "letters": None,
        "true_false": None,
        "blanks": None,
        "length_ratio": 1.0,
        "repetition": 0.0,
        "loop": 0.0,
        "finished": None,
        "empty": 0.0,
        "leaks": 0.0,
        "narrator": 0.0,
        "third_person": None,
        "assistant": 0.0,
    }
    assert measure(TRUE) == {
        "rouge_1": 0.0, "rouge_2": 0.0, "rouge_l": 0.0, "bleu_4": 0.0, "char_f1": 0.0, "exact": 0.0, "letters": None,
        "true_false": 0.0, "blanks": None, "length_ratio": 0.0, "repetition": None, "loop": 0.0, "finished": 100.0,
        "empty": 100.0, "leaks": None, "narrator": None, "third_person": None, "assistant": None,
    }  # fmt: skip
    blanks = measure(one("fill_blank", "诸葛亮；鲁肃", "诸葛亮；周瑜"))
    assert (blanks["exact"], blanks["blanks"]) == (0.0, 50.0)
    several = measure(one("multiple_choice", "AB", "ABC"))
    assert (several["exact"], several["letters"]) == (0.0, pytest.approx(200 / 3))
    leaked = measure(one("multi_turn", "曹操大喜曰：“好！”", "好！", task="roleplay", character="曹操"))
    assert [leaked[name] for name in ("leaks", "narrator", "third_person", "assistant")] == [100.0, 100.0, 100.0, 0.0]


@given(st.text("你还说，。曹操曰：“”AB√1\n", max_size=30), st.text(min_size=1, max_size=10).filter(str.strip), st.sampled_from(
    [("quiz", "single_choice"), ("quiz", "true_false"), ("quiz", "fill_blank"), ("roleplay", "single_turn"), ("", "x")]
))  # fmt: skip
def test_every_share_lies_between_nothing_and_all(prediction: str, reference: str, kind: tuple[str, str]) -> None:
    values = measure(one(kind[1], prediction, reference, task=kind[0], character="曹操"))
    assert list(values) == [metric.name for metric in METRICS]
    for metric in METRICS:
        value = values[metric.name]
        assert value is None or 0 <= value <= (100.0000001 if metric.unit == "%" else len(prediction))


def test_headlines_are_metrics_of_the_main_table() -> None:
    assert set(HEADLINES) <= {metric.name for metric in METRICS if not metric.detail}
    assert len({metric.name for metric in METRICS}) == len({metric.title for metric in METRICS}) == len(METRICS)


def test_wording_is_held_against_the_answer_and_exactness_against_the_reference() -> None:
    values = measure(CHOICE)
    assert (values["exact"], values["length_ratio"]) == (100.0, 1.0)
    assert values["bleu_4"] == pytest.approx(100.0)


def test_groups_are_all_then_task_then_type() -> None:
    rows = score_predictions([CHOICE, LINE, WRONG, TRUE])
    assert [(row.task, row.question_type, row.n) for row in rows] == [
        ("all", "all", 4),
        ("quiz", "all", 3),
        ("quiz", "single_choice", 2),
        ("quiz", "true_false", 1),
        ("roleplay", "single_turn", 1),
    ]
    assert [row.scores["exact"] for row in rows] == [pytest.approx(100 / 3), pytest.approx(100 / 3), 50.0, 0.0, None]
    assert [row.scores["finished"] for row in rows] == [pytest.approx(200 / 3), pytest.approx(200 / 3), 50, 100, None]
    assert [row.scores["empty"] for row in rows] == [25.0, pytest.approx(100 / 3), 0.0, 100.0, 0.0]
    assert [metric.name for metric in METRICS] == list(rows[0].scores)


def test_a_file_of_one_task_has_no_second_total() -> None:
    assert [(r.task, r.question_type) for r in score_predictions([CHOICE, TRUE])] == [
        ("all", "all"),
        ("quiz", "single_choice"),
        ("quiz", "true_false"),
    ]
    assert score_predictions([]) == []


NAMED = [
    one("single_turn", "好", "好", task="roleplay", novel="三国演义", character="曹操"),
    one("single_turn", "不", "好", task="roleplay", novel="水浒传", character="曹操"),
    one("single_turn", "好酒", "好", task="roleplay", novel="水浒传", character="武松"),
    one("single_turn", "好汉", "好", task="roleplay", novel="水浒传", character="武松"),
    one("true_false", "对", "true", novel="三国演义"),
    one("true_false", "错", "true"),
]


def test_groups_by_novel_and_by_character() -> None:
    """The largest first, what has no name last; one name in two novels is two people."""
    by_novel = score_predictions(NAMED, "novel")
    assert [(row.task, row.question_type, row.novel, row.character, row.n) for row in by_novel] == [
        ("all", "all", "all", "all", 6),
        ("all", "all", "水浒传", "all", 3),
        ("all", "all", "三国演义", "all", 2),
        ("all", "all", "", "all", 1),
    ]
    assert [row.scores["exact"] for row in by_novel] == [50.0, None, 100.0, 0.0]
    by_character = score_predictions(NAMED, "character")
    assert [(row.novel, row.character, row.n) for row in by_character] == [
        ("all", "all", 6),
        ("水浒传", "武松", 2),
        ("三国演义", "曹操", 1),
        ("水浒传", "曹操", 1),
        ("", "", 2),
    ]
    assert sum(row.n for row in by_character[1:]) == by_character[0].n


def test_intervals_hold_the_mean_and_need_two_values() -> None:
    total = score_predictions([CHOICE, LINE, WRONG, TRUE])[0]
    for metric in METRICS:
        mean, low, high = (ends[metric.name] for ends in (total.scores, total.low, total.high))
        if mean is not None and low is not None and high is not None:
            assert low <= mean <= high
    assert (total.low["exact"], total.high["exact"]) == (0.0, 100.0)
    assert total.margin("exact") == 50.0
    assert total.margin("leaks") is None  # one row is role-play
    assert score_predictions([CHOICE, LINE, WRONG, TRUE])[0] == total


def test_tables_with_intervals() -> None:
    scores = {"exact": 50.0, "rouge_l": 32.25, "length_ratio": 1.5, "loop": 7.0}
    low, high = {"exact": 40.0, "rouge_l": None, "length_ratio": 1.25, "loop": 5.0}, {
        "exact": 61.0, "rouge_l": None, "length_ratio": 1.75, "loop": 9.0,
    }  # fmt: skip
    rows = [
        ScoreRow("all", "all", 9, scores, low, high, "三国演义", "曹操"),
        ScoreRow("all", "all", 1, {}, novel="", character=""),
    ]
    table = interval_table(rows, "character")
    assert table.header == ("novel", "character", "n", "Exact %", "ROUGE-L %")
    assert table.rows == (("三国演义", "曹操", "9", "50.0 ±10.5", "32.2"), ("–", "–", "1", "–", "–"))
    assert interval_table(rows[:1], "novel").header == ("novel", "n", "Exact %", "ROUGE-L %")
    every = metric_table(rows[:1], "type")
    assert every.header == ("task", "type", "metric", "what it is", "n", "mean")
    assert [(row[0], row[2], *row[4:]) for row in every.rows] == [
        ("all", "ROUGE-L %", "9", "32.2"),
        ("", "Exact %", "", "50.0 ±10.5"),
        ("", "Length ×", "", "1.50 ±0.25"),
        ("", "Loop chars", "", "7.0 ±2.0"),
    ]
    assert score_table(rows[:1]).header == ("task", "type", "n", "ROUGE-L %", "Exact %", "Length ×")


def test_tables() -> None:
    base = [ScoreRow("all", "all", 2, {"rouge_1": 10.0, "length_ratio": 1.5, "exact": None})]
    adapter = [ScoreRow("all", "all", 2, {"rouge_1": 32.25, "length_ratio": 1.0, "exact": None})]
    assert score_table(base).rows == (("all", "all", "2", "10.0", "1.50"),)
    table = compare_table({"base": base, "adapter": adapter})
    assert table.header == ("task", "type", "n", "model", "ROUGE-1 %", "Length ×")
    assert table.rows == (
        ("all", "all", "2", "base", "10.0", "1.50"),
        ("", "", "", "adapter", "32.2", "1.00"),
        ("", "", "", "change", "+22.2", "-0.50"),
    )
    assert markdown(table).splitlines()[:3] == [
        "| task | type | n | model | ROUGE-1 % | Length × |",
        "| --- | --- | ---: | --- | ---: | ---: |",
        "| all | all | 2 | base | 10.0 | 1.50 |",
    ]


def test_a_file_comes_back_as_it_was_written(tmp_path: Path) -> None:
    rows = [CHOICE, LINE, one("short_answer", "行\u2028断\n了", "“引号”", prompt="问：\t？")]
    write_predictions(tmp_path / "p.jsonl", rows)
    assert read_predictions(tmp_path / "p.jsonl") == rows
    first = json.loads((tmp_path / "p.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert list(first) == [
        "sample_id", "task", "question_type", "novel", "character", "prompt", "prediction", "reference", "answer",
        "finished",
    ]  # fmt: skip


def test_other_peoples_files_are_read(tmp_path: Path) -> None:
    lines = [
        '\ufeff{"prediction": "选A", "reference": "A", "type": "单选题", "model": "x"}',
        "",
        '{"prediction": "对", "reference": true, "question_type": "判断"}',
        '{"prediction": "甲；乙", "reference": ["甲", "乙"], "type": "fill_blank"}',
        '{"prediction": "好", "reference": "好", "type": "poem", "answer": null, "finished": null}',
    ]
    (tmp_path / "p.jsonl").write_text("\r\n".join(lines), encoding="utf-8")
    rows = read_predictions(tmp_path / "p.jsonl")
    assert [(r.question_type, r.reference) for r in rows] == [
        ("single_choice", "A"),
        ("true_false", "true"),
        ("fill_blank", "甲；乙"),
        ("poem", "好"),
    ]
    assert [row.scores["exact"] for row in score_predictions(rows)] == [100.0, 100.0, 100.0, 100.0, None]
    assert {row.finished for row in rows} == {None}


GOOD = '{"prediction": "A", "reference": "A", "type": "single_choice"}'


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"prediction": "A", "reference"', r"line 17: broken JSON at column \d+ \(.+\); mend the line"),
        ("[1, 2]", "line 17: a JSON list; each line must be one object"),
        ('{"reference": "A", "type": "x"}', "line 17: key 'prediction' missing"),
        ('{"prediction": "A"}', "line 17: key 'reference' and 'type' missing"),
        ('{"prediction": 3, "reference": "A", "type": "x"}', "line 17: 'prediction' is 3; it must be a string"),
        ('{"prediction": null, "reference": "A", "type": "x"}', "line 17: 'prediction' is null"),
        ('{"prediction": "A", "reference": "  ", "type": "x"}', "line 17: 'reference' is \"  \""),
        ('{"prediction": "A", "reference": "A", "type": 5}', "line 17: 'type' is 5; it must be a string"),
        ('{"prediction": "A", "reference": "A", "type": "x", "finished": "yes"}', "line 17: 'finished' is 'yes'"),
        ('{"prediction": "A", "reference": "A", "type": "x", "prompt": []}', r"line 17: 'prompt' is \[\]"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text("\n".join([GOOD] * 16 + [line, GOOD]), encoding="utf-8")
    with pytest.raises(BadInput, match=said) as raised:
        read_predictions(path)
    assert str(raised.value).startswith(f"{path}: ")


def test_a_bad_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such file"):
        read_predictions(tmp_path / "absent.jsonl")
    with pytest.raises(BadInput, match="is a folder"):
        read_predictions(tmp_path)
    (tmp_path / "empty.jsonl").write_text("\n \n")
    with pytest.raises(BadInput, match="the file is empty"):
        read_predictions(tmp_path / "empty.jsonl")
    (tmp_path / "gbk.jsonl").write_bytes(GOOD.replace("A", "曹").encode("gb18030"))
    with pytest.raises(BadInput, match=r"byte \d+ is not UTF-8"):
        read_predictions(tmp_path / "gbk.jsonl")


@given(st.lists(st.sampled_from(["roleplay", "quiz", "instruct"]), max_size=30), st.integers(1, 40))
def test_groups_share_evenly(groups: list[str], limit: int) -> None:
    ids = [f"row {number}" for number in range(len(groups))]
    kept = spread_evenly(ids, groups, limit)
    assert kept == sorted(set(kept))
    assert len(kept) == min(limit, len(groups))
    taken = {group: sum(groups[position] == group for position in kept) for group in set(groups)}
    # A group may have fewer than another only when it has no more to give.
    for group, count in taken.items():
        assert count == groups.count(group) or count >= max(taken.values()) - 1


def test_a_sample_hardly_changes_when_rows_are_added() -> None:
    ids = [f"row {number}" for number in range(100)]
    before = {ids[position] for position in spread_evenly(ids[:90], ["quiz"] * 90, 20)}
    after = {ids[position] for position in spread_evenly(ids, ["quiz"] * 100, 20)}
    assert len(before & after) >= 15
