"""eval/own_turns.py: a model that has to live with what it said itself."""

from collections.abc import Sequence

from eval.decoding import Answer
from eval.own_turns import own_turns, written_turns
from train.rows import Row, Turn


def turns(*said: str) -> tuple[Turn, ...]:
    """`U…` is the user's, `A…` the assistant's, anything else the system's."""
    roles = {"U": "user", "A": "assistant"}
    return tuple({"role": roles.get(one[0], "system"), "content": one} for one in said)  # type: ignore[typeddict-item]


def test_each_earlier_answer_is_written_after_those_before_it() -> None:
    rows = [
        Row("1", "roleplay", turns("card", "U1", "A1", "U2", "A2", "U3"), "A3"),
        Row("2", "quiz", turns("U1"), "A1"),
        Row("3", "roleplay", turns("A0", "U1", "A1", "U2"), "A2"),
    ]
    asked: list[list[tuple[str, ...]]] = []

    def answer(known: Sequence[Row]) -> list[Answer]:
        asked.append([tuple(turn["content"] for turn in row.messages) for row in known])
        return [Answer(f"A{row.sample_id}.{len(row.messages)}", True) for row in known]

    led = own_turns(rows, answer)
    assert asked == [[("card", "U1"), ("A0", "U1")], [("card", "U1", "A1.2", "U2")]]
    assert [row.messages for row in led] == [
        turns("card", "U1", "A1.2", "U2", "A1.4", "U3"),
        turns("U1"),
        turns("A0", "U1", "A3.2", "U2"),
    ]
    assert [written_turns(row) for row in led] == [("A1.2", "A1.4"), (), ("A3.2",)]
    assert own_turns([], answer) == []
