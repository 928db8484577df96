"""A row of a training set in, its parts out, and the two rules by which every format that lacks a place for one goes.

A format without a system turn has its words before the first question, a line break between (the row is *folded*).
A format without a history leaves rows of several questions out. Both are counted and said, never done silently.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Record = dict[str, Any]

FOLDED = "system turn put before the first question"
SEVERAL = "more than one question: the format has no history"
BROKEN = "turns that are not question and answer by turns"


@dataclass(frozen=True, slots=True)
class SetRow:
    """One training example. `messages` is the prompt as it stands; the answer is not in it."""

    sample_id: str
    task: str
    question_type: str
    novel: str
    character: str
    source_id: str
    messages: tuple[dict[str, str], ...]
    answer: str
    reference: str
    cluster_id: str


@dataclass(frozen=True, slots=True)
class Talk:
    """A prompt taken apart: the system turn or empty, the questions answered before, the question to answer."""

    system: str
    history: tuple[tuple[str, str], ...]
    question: str


@dataclass(frozen=True, slots=True)
class Fitted:
    """What a format makes of a row: a record, with the rule it was folded by if it was; or none, and why."""

    record: Record | None
    note: str = ""


def conversation(row: SetRow) -> list[dict[str, str]]:
    """All turns, the answer as the last."""
    return [*row.messages, {"role": "assistant", "content": row.answer}]


def talk(row: SetRow) -> Talk | None:
    """The prompt's parts; None where questions and answers do not take turns."""
    turns = row.messages
    system = turns[0]["content"] if turns and turns[0]["role"] == "system" else ""
    said = turns[1:] if turns and turns[0]["role"] == "system" else turns
    if [turn["role"] for turn in said] != (["user", "assistant"] * len(said))[: len(said)] or len(said) % 2 == 0:
        return None
    words = [turn["content"] for turn in said]
    return Talk(system, tuple(zip(words[:-1:2], words[1:-1:2], strict=True)), words[-1])


def with_system(system: str, question: str) -> str:
    """The first question as a format without a system turn has it."""
    return f"{system}\n{question}" if system else question


def one_question(row: SetRow, make: Callable[[str, str], Record]) -> Fitted:
    """What `make` gives of question and answer, for the formats that hold no more than these."""
    parts = talk(row)
    if parts is None:
        return Fitted(None, BROKEN)
    if parts.history:
        return Fitted(None, SEVERAL)
    return Fitted(make(with_system(parts.system, parts.question), row.answer), FOLDED if parts.system else "")


def set_row(columns: Mapping[str, Any]) -> SetRow:
    """A row of the Parquet file."""
    turns: Sequence[Mapping[str, str]] = columns["messages"]
    messages = tuple({"role": turn["role"], "content": turn["content"]} for turn in turns)
    return SetRow(**{name: columns[name] for name in SetRow.__slots__ if name != "messages"}, messages=messages)
