"""A training set's parquet file in, rows to tokenise, train on and be tested with out."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Literal, TypedDict

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.kit import BadInput

NEEDED = ("sample_id", "task", "messages", "answer")
REPEATED = ("task", "question_type", "novel", "character", "source_id")
AT_ONCE = 10_000  # rows on their way from columns to records, some 20 MB


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
    same = _Same()
    rows = [row for path in paths for row in _read(Path(path), same)]
    if not rows:
        raise BadInput(f"{', '.join(map(str, paths))}: no rows; build a training set that keeps some")
    return rows


class _Same(dict[str, str]):
    """A text in, the same text as it was first met out: rows name few people and have one character card in thousands."""

    def __missing__(self, text: str) -> str:
        self[text] = text
        return text


def _read(path: Path, same: _Same) -> Iterator[Row]:
    try:
        with pq.ParquetFile(path) as file:
            present = file.schema_arrow.names
            missing = [name for name in NEEDED if name not in present]
            if missing:
                raise BadInput(f"{path}: column {', '.join(missing)} is missing; give a parquet file of a training set")
            known = [name for name in Row.__dataclass_fields__ if name in present]
            batches = file.iter_batches(AT_ONCE, columns=known)
            rows = chain.from_iterable(batch.to_pylist() for batch in batches)
            for number, values in enumerate(rows, start=1):
                yield _row(values, f"{path}: row {number}", same)
    except FileNotFoundError:
        raise BadInput(f"{path}: no such file; give a parquet file of a training set") from None
    except (pa.ArrowException, OSError) as error:
        raise BadInput(f"{path}: not a parquet file ({_first_line(error)}); give one of a training set") from None


def _row(values: dict, where: str, same: _Same) -> Row:
    turns = values.pop("messages") or []
    if not turns or turns[-1].get("role") != "user":
        raise BadInput(f"{where}: the prompt does not end with the user's turn; rebuild the training set")
    if values["answer"] is None or values["sample_id"] is None:
        raise BadInput(f"{where}: sample_id or answer is null; rebuild the training set")
    messages: list[Turn] = [
        {"role": same[turn["role"]], "content": same[turn["content"]] if turn["role"] == "system" else turn["content"]}  # type: ignore[typeddict-item]
        for turn in turns
    ]
    texts = {name: "" if value is None else value for name, value in values.items()}
    texts |= {name: same[texts[name]] for name in REPEATED if name in texts}
    for name, of in (("reference", "answer"), ("cluster_id", "sample_id")):
        if texts.get(name) == texts[of]:
            texts[name] = texts[of]
    return Row(messages=tuple(messages), **texts)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:120] if str(error) else type(error).__name__
