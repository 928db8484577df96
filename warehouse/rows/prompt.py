"""The words of one training example, and the shape in which a table's row comes here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]  # column to value
Turn = dict[str, str]  # {"role": system, user or assistant, "content": …}


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the model reads, what it is to write, what it is scored against, and the words that make it itself."""

    messages: tuple[Turn, ...]
    answer: str
    reference: str
    core: str


def user(content: str) -> Turn:
    """A turn of the user's."""
    return {"role": "user", "content": content}
