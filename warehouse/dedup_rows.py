"""A JSON lines file in, its rows as parts of a signature store out: read, normalised and signed block by block."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from corpora.errors import BadInput
from corpora.progress import track
from warehouse.engine import Engine
from warehouse.normalise import normalise_all
from warehouse.signatures.config import NearConfig
from warehouse.signatures.parts import Block, write_block

BLOCK = 4 << 20  # bytes of the file that are read and signed at a time


@dataclass(frozen=True, slots=True)
class RowSource:
    """A JSON lines file, and the columns that hold the text and the id; without an id column the line number is the id."""

    file: Path
    text: str
    id_column: str


@dataclass(frozen=True, slots=True)
class _Task:
    source: RowSource
    part: Path
    number: int  # of the block
    line: int  # of its first line, from 1
    base: int  # what is added to a line's number to make the row's
    data: bytes
    config: NearConfig


def sign_file(source: RowSource, part: Path, base: int, config: NearConfig, engine: Engine) -> int:
    """Write the file's rows and keys into the folder `part`; the number of lines. Row numbers are `base` plus the line's.

    Raises BadInput on a missing or broken file, naming the line, and on a column that a row does not have.
    """
    lines = 0
    blocks = -(-_size(source.file) // BLOCK)
    signed = engine.map(_sign, _tasks(source, part.absolute(), base, config))
    for count in track(signed, "read and sign", max(blocks, 1), "blocks"):
        lines += count
    return lines


def _tasks(source: RowSource, part: Path, base: int, config: NearConfig) -> Iterator[_Task]:
    line, rest, number = 1, b"", 0
    try:
        with open(source.file, "rb") as file:
            while data := file.read(BLOCK):
                whole, newline, after = (rest + data).rpartition(b"\n")
                rest = after
                if newline:
                    yield _Task(source, part, number, line, base, whole, config)
                    number, line = number + 1, line + whole.count(b"\n") + 1
    except OSError as error:
        raise BadInput(f"{source.file}: cannot be read: {error.strerror}; check the path") from None
    if rest or not number:
        yield _Task(source, part, number, line, base, rest, config)


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError as error:
        raise BadInput(f"{file}: cannot be read: {error.strerror}; check the path") from None


def _sign(task: _Task) -> int:
    lines = task.data.split(b"\n")
    rows, ids, texts = [], [], []
    for number, line in enumerate(lines, task.line):
        if parsed := _parse(task.source, number, line):
            rows.append(task.base + number)
            ids.append(parsed[0])
            texts.append(parsed[1])
    write_block(task.part, task.number, Block(rows, ids, normalise_all(texts)), task.config)
    return len(lines)


def _parse(source: RowSource, number: int, line: bytes) -> tuple[str, str] | None:
    """(id, text) of a line; None of an empty one."""
    file = source.file
    try:
        text = line.decode("utf-8-sig" if number == 1 else "utf-8").strip()
        row = json.loads(text) if text else None
    except json.JSONDecodeError as error:
        raise BadInput(f"{file}: line {number}: not valid JSON ({error.msg}, column {error.colno}); mend it") from None
    except UnicodeDecodeError as error:
        raise BadInput(f"{file}: line {number}: not UTF-8 ({error.reason}); convert the file to UTF-8") from None
    if not text:
        return None
    if not isinstance(row, dict):
        raise BadInput(f"{file}: line {number} is no JSON object; give one object a line")
    for column in (source.text, source.id_column or source.text):
        if column not in row:
            raise BadInput(f"{file}: line {number} has no column {column!r}; it has {', '.join(row)}")
    words = row[source.text]
    values = str(row[source.id_column]) if source.id_column else str(number), "" if words is None else str(words)
    if b"\\u" in line:  # JSON can write half a surrogate pair as an escape, which is in no text
        values = _whole(values[0]), _whole(values[1])
    return values


def _whole(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
