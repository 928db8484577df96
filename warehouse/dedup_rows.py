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

BLOCK = 4 << 20  # bytes of the file that are read and signed at a time, at most


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
    lines, size = 0, _size(source.file)
    block = min(BLOCK, max(size // 16, BLOCK // 4))  # small enough for all workers to end at about the same time
    signed = engine.map(_sign, _tasks(source, part.absolute(), base, config, block))
    for count in track(signed, "read and sign", -(-size // block) or 1, "blocks"):
        lines += count
    return lines


def _tasks(source: RowSource, part: Path, base: int, config: NearConfig, block: int) -> Iterator[_Task]:
    line, rest, number = 1, b"", 0
    try:
        with open(source.file, "rb") as file:
            while data := file.read(block):
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
    source, rows, ids, texts = task.source, [], [], []
    lines = _lines(task)
    decode = json.JSONDecoder().raw_decode  # json.loads calls it and looks at what is around, which is stripped here
    for number, line in enumerate(lines, task.line):
        line = line.strip()
        if not line:
            continue
        try:
            row, end = decode(line)
            words = row[source.text]
            name = str(row[source.id_column]) if source.id_column else str(number)
        except (ValueError, TypeError, KeyError):
            raise _fault(source, number, line) from None
        if end != len(line) or not isinstance(row, dict):
            raise _fault(source, number, line)
        words = "" if words is None else str(words)
        if "\\u" in line:  # JSON can write half a surrogate pair as an escape, which is in no text
            name, words = _whole(name), _whole(words)
        rows.append(task.base + number)
        ids.append(name)
        texts.append(words)
    write_block(task.part, task.number, Block(rows, ids, normalise_all(texts)), task.config)
    return len(lines)


def _lines(task: _Task) -> list[str]:
    try:
        lines = task.data.decode("utf-8").split("\n")
    except UnicodeDecodeError as error:
        number = task.line + task.data.count(b"\n", 0, error.start)
        raise BadInput(
            f"{task.source.file}: line {number}: not UTF-8 ({error.reason}); convert the file to UTF-8"
        ) from None
    if task.line == 1:
        lines[0] = lines[0].removeprefix("\ufeff")
    return lines


def _fault(source: RowSource, number: int, line: str) -> BadInput:
    """What is wrong with a line."""
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        wrong = f"not valid JSON ({error.msg}, column {error.colno}); mend it"
        return BadInput(f"{source.file}: line {number}: {wrong}")
    if not isinstance(row, dict):
        return BadInput(f"{source.file}: line {number} is no JSON object; give one object a line")
    column = next(column for column in (source.text, source.id_column) if column not in row)
    return BadInput(f"{source.file}: line {number} has no column {column!r}; it has {', '.join(row)}")


def _whole(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
