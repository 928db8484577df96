"""The length table against numbers worked out by hand and against pandas.describe."""

from dataclasses import asdict, replace

import pandas as pd
import pytest
from tiny_model import hand_rows, row, tiny_tokenizer, turns

from train.lengths import LengthRow, length_table
from train.template import prompt_ids, text_ids
from train.tokenise import TokenConfig, encode_rows

ROWS = [  # prompt and answer characters
    row(1, "一", "一二三四五六七八九十"),  # 1, 10
    row(2, "一二", "一二"),  # 2, 2
    row(3, "一二三四", "一二"),  # 4, 2
    row(4, "一二三四五", "一"),  # 5, 1
    replace(row(5, "", "一二三", "roleplay"), messages=turns("一二", "一", "一二三", system="一二三四")),  # 10, 3
]


def test_characters_by_hand() -> None:
    table = length_table(ROWS, None, 10)
    assert [(line.task, line.part, line.unit) for line in table] == [
        (task, part, "characters") for task in ("quiz", "roleplay", "all") for part in ("prompt", "answer", "both")
    ]
    quiz, _, both = table[:3]
    assert asdict(quiz) == pytest.approx(
        {
            "task": "quiz", "part": "prompt", "unit": "characters", "count": 4, "mean": 3.0,
            "std": (10 / 3) ** 0.5,  # (4 + 1 + 1 + 4) / (4 - 1)
            "min": 1, "p25": 1.75, "p50": 3.0, "p75": 4.25, "p90": 4.7, "p99": 4.97, "max": 5, "over_limit": 0.0,
        }
    )  # fmt: skip
    assert (both.min, both.p50, both.max, both.over_limit) == (4, 6.0, 11, 0.25)  # 11, 4, 6, 6
    assert table[3] == LengthRow(
        "roleplay", "prompt", "characters", 1, 10.0, None, 10, 10.0, 10.0, 10.0, 10.0, 10.0, 10, 0.0
    )
    assert (table[8].count, table[8].over_limit) == (5, 0.4)  # 11 and 13 of 11, 4, 6, 6, 13


def test_tokens_are_those_of_training_and_as_pandas_describes_them() -> None:
    tokenizer, rows = tiny_tokenizer(), hand_rows()
    table = {(line.task, line.part): line for line in length_table(rows, tokenizer, 60) if line.unit == "tokens"}
    prompts = pd.Series([len(prompt_ids(tokenizer, found.messages, found.task)) for found in rows])
    answers = pd.Series([len(text_ids(tokenizer, [found.answer])[0]) + 1 for found in rows])
    tasks = pd.Series([found.task for found in rows])
    assert len(table) == 4 * 3
    for task in ("quiz", "roleplay", "instruct", "all"):
        chosen = tasks.notna() if task == "all" else tasks == task
        for part, lengths in (("prompt", prompts), ("answer", answers), ("both", prompts + answers)):
            line, told = table[task, part], lengths[chosen].describe(percentiles=[0.25, 0.5, 0.75, 0.9, 0.99])
            assert [
                line.count, line.mean, line.std, line.min, line.p25, line.p50, line.p75, line.p90, line.p99, line.max,
            ] == pytest.approx(told.tolist())  # fmt: skip
            assert line.over_limit == pytest.approx((lengths[chosen] > 60).mean())
    assert 0 < (table["all", "both"].over_limit or 0) < 1
    trained = [len(found.input_ids) for found in encode_rows(rows, tokenizer, TokenConfig())[0]]
    assert (table["all", "both"].min, table["all", "both"].max) == (min(trained), max(trained))


def test_the_limit_is_counted_in_one_unit() -> None:
    table = length_table(ROWS, tiny_tokenizer(None), 10)
    assert {line.unit: line.over_limit is None for line in table} == {"characters": True, "tokens": False}
