"""Rows → the length of every prompt and answer, for histograms."""

from collections.abc import Sequence

from transformers import PreTrainedTokenizerBase

from train.rows import Row
from train.template import prompt_prefix, render, text_ids

LengthValues = dict[str, dict[str, list[int]]]


def length_values(rows: Sequence[Row], tokenizer: PreTrainedTokenizerBase) -> LengthValues:
    """One length per row, by measure and task; measures are prompt and answer characters, prompt and answer tokens.

    Counted as `train.lengths.length_table` does: a prompt's tokens with its template's own, an answer's with its end.
    """
    prefix = len(prompt_prefix(tokenizer))
    prompts = text_ids(tokenizer, [render(tokenizer, row.messages, row.task) for row in rows])
    answers = text_ids(tokenizer, [row.answer for row in rows])
    measured = {
        "prompt characters": [sum(len(turn["content"]) for turn in row.messages) for row in rows],
        "answer characters": [len(row.answer) for row in rows],
        "prompt tokens": [prefix + len(ids) for ids in prompts],
        "answer tokens": [len(ids) + 1 for ids in answers],
    }
    found: LengthValues = {}
    for measure, lengths in measured.items():
        by_task = found.setdefault(measure, {})
        for row, length in zip(rows, lengths, strict=True):
            by_task.setdefault(row.task, []).append(length)
    return found
