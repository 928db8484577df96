"""Rows of several turns and a model in, the same rows with the model's own words in place of the earlier answers out."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from eval.decoding import Answer
from train.rows import Row


def own_turns(rows: Sequence[Row], answer: Callable[[Sequence[Row]], Sequence[Answer]]) -> list[Row]:
    """The rows as the model itself would have come to their last question.

    Round by round: every row's first earlier answer is asked for with what stands before it, then every second one, and
    so on, all rows of a round together. A turn that answers no question (an opening) stays as it is.
    """
    said = [list(row.messages) for row in rows]
    places = [_answers(row) for row in rows]
    for turn in range(max(map(len, places), default=0)):
        asked = [number for number, own in enumerate(places) if turn < len(own)]
        known = [replace(rows[number], messages=tuple(said[number][: places[number][turn]])) for number in asked]
        for number, written in zip(asked, answer(known), strict=True):
            said[number][places[number][turn]] = {"role": "assistant", "content": written.text}
    return [replace(row, messages=tuple(turns)) for row, turns in zip(rows, said, strict=True)]


def written_turns(row: Row) -> tuple[str, ...]:
    """What stands in the row's messages as earlier answers, in their order."""
    return tuple(row.messages[place]["content"] for place in _answers(row))


def _answers(row: Row) -> list[int]:
    """The places of turns that answer the one before them."""
    turns = [message["role"] for message in row.messages]
    return [at for at in range(1, len(turns)) if turns[at] == "assistant" and turns[at - 1] == "user"]
