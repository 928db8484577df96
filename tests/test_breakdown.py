"""eval/breakdown.py: cells with change and verdict; the novels and characters with most rows."""

from dataclasses import replace

from eval.breakdown import Cell, all_metrics, break_down, pair_all, score_groups
from eval.metrics import METRICS
from eval.predictions import Prediction
from eval.scores import ScoreRow, score_predictions

BY_NAME = {metric.name: metric for metric in METRICS}


def line(number: int, novel: str, character: str, wrote: str) -> Prediction:
    return Prediction(str(number), "roleplay", "single_turn", novel, character, "", wrote, "吾誓报国", "吾誓报国", True)


def test_a_cell_says_what_is_better() -> None:
    base = ScoreRow(
        "all",
        "all",
        4,
        {"exact": 40.0, "loop": 30.0, "length_ratio": 0.5, "empty": 2.0},
        {"exact": 20.0},
        {"exact": 50.0},
    )
    tuned = ScoreRow(
        "all",
        "all",
        4,
        {"exact": 30.0, "loop": 4.5, "length_ratio": 1.25, "empty": 2.04},
        {"exact": 28.0},
        {"exact": 33.0},
    )
    metrics = [BY_NAME[name] for name in ("exact", "loop", "length_ratio", "empty", "bleu_4")]
    ((row, cells),) = score_groups([[base], [tuned]], metrics)
    assert row == base
    assert cells == [
        Cell(metrics[0], ("40.0", "30.0"), ("±15.0", "±2.5"), (40.0, 30.0), "-10.0", "worse"),
        Cell(metrics[1], ("30.0", "4.5"), ("", ""), (30.0, 4.5), "-25.5", "better"),
        Cell(metrics[2], ("0.50", "1.25"), ("", ""), (50.0, 100.0), "+0.75", "better"),
        Cell(metrics[3], ("2.0", "2.0"), ("", ""), (2.0, 2.04), "+0.0", "same"),
        Cell(metrics[4], ("–", "–"), ("", ""), (0.0, 0.0), "", ""),
    ]  # fmt: skip
    assert [cell.metric.name for cell in all_metrics([[base], [tuned]])] == ["exact", "length_ratio", "loop", "empty"]
    ((_, (alone,)),) = score_groups([[base]], metrics[:1])
    assert (alone.values, alone.change, alone.verdict) == (("40.0",), "", "")


def test_the_largest_groups_are_shown_and_the_rest_counted() -> None:
    base = [
        line(1, "三国演义", "曹操", "却说"),
        line(2, "三国演义", "刘备", "吾誓报国"),
        line(3, "三国演义", "刘备", "吾誓报国"),
        line(4, "水浒传", "曹操", "吾"),
        line(5, "水浒传", "", "吾"),
        line(6, "", "", "吾"),
    ]
    tuned = [replace(one, prediction="吾誓报国") for one in base]
    novels, characters = break_down([base, tuned], most=2)
    assert (novels.by, novels.left_out, characters.by, characters.left_out) == ("novel", 0, "character", 1)
    assert [(row.novel, row.n) for row, _ in novels.groups] == [("三国演义", 3), ("水浒传", 2)]
    assert [(row.novel, row.character, row.n) for row, _ in characters.groups] == [
        ("三国演义", "刘备", 2),
        ("三国演义", "曹操", 1),
    ]
    assert [metric.name for metric in novels.metrics] == ["rouge_l", "bleu_4", "repetition", "finished"]
    (_, (rouge_l, *_)) = characters.groups[1]
    assert (rouge_l.values, rouge_l.change, rouge_l.verdict) == (
        ("0.0", "100.0"),
        "+100.0",
        "same",
    )  # one row proves nothing


def test_a_change_is_better_where_its_interval_says_so() -> None:
    base = [line(number, "三国演义", "", "却说" if number else "吾誓报国") for number in range(9)]
    middle = [replace(one, prediction="吾誓报国" if number < 2 else "却说") for number, one in enumerate(base)]
    last = [replace(one, prediction="吾誓报国") for one in base]
    models = [base, middle, last]
    scores = [score_predictions(own) for own in models]
    ((_, (cell,)), *_) = score_groups(scores, [BY_NAME["rouge_l"]], pair_all(models))
    assert (cell.values, cell.change) == (("11.1", "22.2", "100.0"), "+88.9")
    assert [shift.change for shift in cell.shifts] == ["+88.9", "+77.8"]
    assert [shift.verdict for shift in cell.shifts] == ["better", "better"]
    assert cell.shifts[0].interval.endswith(", +100.0]")
    ((_, (small,)), *_) = score_groups(scores[:2], [BY_NAME["rouge_l"]], pair_all(models[:2]))
    assert (small.change, small.verdict) == ("+11.1", "same")


def test_one_novel_is_not_broken_down() -> None:
    rows = [line(number, "三国演义", "", "吾") for number in range(3)]
    assert break_down([rows]) == []
    assert score_predictions(rows)[0].n == 3
