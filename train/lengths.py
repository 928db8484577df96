"""Rows in, a table of how long prompts and answers are, in characters and in tokens, out."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import pandas as pd
from transformers import PreTrainedTokenizerBase

from train.rows import Row
from train.spread import Spread, by_parts, here
from train.template import prompt_prefix, render, text_ids

QUANTILES = [0.25, 0.5, 0.75, 0.9, 0.99]


@dataclass(frozen=True, slots=True)
class LengthRow:
    """One line of the table. Percentiles interpolate linearly and std divides by n - 1, as pandas.describe does."""

    task: str  # "all" for every task together
    part: str  # prompt, answer, or both (what the limit is about)
    unit: str  # characters of the turns' contents, or tokens with the template's own and the end
    count: int
    mean: float
    std: float | None  # None for a single row
    min: int
    p25: float
    p50: float
    p75: float
    p90: float
    p99: float
    max: int
    over_limit: float | None  # share of rows over the limit, 0 to 1; None where the limit is in the other unit


def length_table(
    rows: Sequence[Row], tokenizer: PreTrainedTokenizerBase | None, limit: int, spread: Spread = here
) -> list[LengthRow]:
    """The lengths per task and for all, by part and unit. `limit` is in tokens; without a tokenizer, in characters.

    Tokens of a prompt are counted as the base is prompted (its template's tokens included), those of an answer
    with the id that ends it, so that "both" is the length of the row in training. `spread` tokenises.
    """
    measured = measure_lengths(rows, tokenizer, spread)
    frame = pd.DataFrame({"task": [row.task for row in rows], **measured})
    units = list(dict.fromkeys(measure.split()[1] for measure in measured))
    table = []
    for task in [*sorted(frame["task"].unique()), "all"]:
        part_of = frame if task == "all" else frame[frame["task"] == task]
        for unit in units:
            prompt, answer = part_of[f"prompt {unit}"], part_of[f"answer {unit}"]
            counted = limit if unit == units[-1] else None
            for part, lengths in (("prompt", prompt), ("answer", answer), ("both", prompt + answer)):
                table.append(_describe(task, part, unit, lengths, counted))
    return table


def measure_lengths(
    rows: Sequence[Row], tokenizer: PreTrainedTokenizerBase | None, spread: Spread = here
) -> dict[str, list[int]]:
    """One length a row by measure: "prompt characters", "answer characters" and, with a tokenizer, both in tokens."""
    measured = {
        "prompt characters": [sum(len(turn["content"]) for turn in row.messages) for row in rows],
        "answer characters": [len(row.answer) for row in rows],
    }
    if tokenizer is not None:
        counted = [*by_parts(partial(_tokens, tokenizer), rows, spread)]
        measured["prompt tokens"] = [prompt for prompt, _ in counted]
        measured["answer tokens"] = [answer for _, answer in counted]
    return measured


def _tokens(tokenizer: PreTrainedTokenizerBase, rows: Sequence[Row]) -> list[tuple[int, int]]:
    prefix = len(prompt_prefix(tokenizer))
    prompts = text_ids(tokenizer, [render(tokenizer, row.messages, row.task) for row in rows])
    answers = text_ids(tokenizer, [row.answer for row in rows])
    return [(prefix + len(prompt), len(answer) + 1) for prompt, answer in zip(prompts, answers, strict=True)]


def _describe(task: str, part: str, unit: str, lengths: pd.Series, limit: int | None) -> LengthRow:
    found = lengths.describe(percentiles=QUANTILES)
    return LengthRow(
        task=task,
        part=part,
        unit=unit,
        count=int(found["count"]),
        mean=float(found["mean"]),
        std=None if pd.isna(found["std"]) else float(found["std"]),
        min=int(found["min"]),
        p25=float(found["25%"]),
        p50=float(found["50%"]),
        p75=float(found["75%"]),
        p90=float(found["90%"]),
        p99=float(found["99%"]),
        max=int(found["max"]),
        over_limit=None if limit is None else float((lengths > limit).mean()),
    )
