"""eval/scores.py, eval/table.py, eval/predictions.py, eval/spread.py: files of predictions to tables of scores."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.predictions import Prediction, read_predictions, write_predictions
from eval.scores import METRICS, ScoreRow, measure, score_predictions
from eval.spread import spread_evenly
from eval.table import compare_table, markdown, score_table
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
        "exact": None,
        "length_ratio": 1.0,
        "finished": None,
        "empty": 0.0,
    }
    assert measure(TRUE) == {
        "rouge_1": 0.0, "rouge_2": 0.0, "rouge_l": 0.0, "bleu_4": 0.0, "exact": 0.0, "length_ratio": 0.0,
        "finished": 100.0, "empty": 100.0,
    }  # fmt: skip


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
