"""Rows → the length of every prompt and answer, for histograms."""

from collections.abc import Sequence

from transformers import PreTrainedTokenizerBase

from train.lengths import measure_lengths
from train.rows import Row

LengthValues = dict[str, dict[str, list[int]]]


def length_values(rows: Sequence[Row], tokenizer: PreTrainedTokenizerBase) -> LengthValues:
    """One length per row, by measure and task; measures are prompt and answer characters, prompt and answer tokens.

    Counted by `train.lengths.measure_lengths`: a prompt's tokens with its template's own, an answer's with its end.
    """
    found: LengthValues = {}
    for measure, lengths in measure_lengths(rows, tokenizer).items():
        by_task = found.setdefault(measure, {})
        for row, length in zip(rows, lengths, strict=True):
            by_task.setdefault(row.task, []).append(length)
    return found
