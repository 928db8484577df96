"""A training set's parquet file in, rows to tokenise, train on and be tested with out."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypedDict

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.kit import BadInput

NEEDED = ("sample_id", "task", "messages", "answer")


class Turn(TypedDict):
    """One turn of a conversation, in the shape that chat templates take."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Row:
    """One training example: the prompt's turns, which end with the user's, and the answer to write."""

    sample_id: str
    task: str  # roleplay, quiz or instruct
    messages: tuple[Turn, ...]
    answer: str
    reference: str = ""  # the canonical answer to score against
    question_type: str = ""
    novel: str = ""
    character: str = ""
    source_id: str = ""
    cluster_id: str = ""


def read_rows(*paths: Path) -> list[Row]:
    """All rows of the parquet files, in order. Raises BadInput naming the file, the row and the remedy."""
    rows = [row for path in paths for row in _read(Path(path))]
    if not rows:
        raise BadInput(f"{', '.join(map(str, paths))}: no rows; build a training set that keeps some")
    return rows


def _read(path: Path) -> list[Row]:
    try:
        table = pq.read_table(path)
    except FileNotFoundError:
        raise BadInput(f"{path}: no such file; give a parquet file of a training set") from None
    except (pa.ArrowException, OSError) as error:
        raise BadInput(f"{path}: not a parquet file ({_first_line(error)}); give one of a training set") from None
    missing = [name for name in NEEDED if name not in table.column_names]
    if missing:
        raise BadInput(f"{path}: column {', '.join(missing)} is missing; give a parquet file of a training set")
    known = [name for name in Row.__dataclass_fields__ if name in table.column_names]
    return [_row(values, f"{path}: row {n}") for n, values in enumerate(table.select(known).to_pylist(), start=1)]


def _row(values: dict, where: str) -> Row:
    turns = values.pop("messages") or []
    if not turns or turns[-1].get("role") != "user":
        raise BadInput(f"{where}: the prompt does not end with the user's turn; rebuild the training set")
    if values["answer"] is None or values["sample_id"] is None:
        raise BadInput(f"{where}: sample_id or answer is null; rebuild the training set")
    messages: Sequence[Turn] = tuple({"role": turn["role"], "content": turn["content"]} for turn in turns)
    return Row(messages=tuple(messages), **{name: "" if value is None else value for name, value in values.items()})


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:120] if str(error) else type(error).__name__
