"""Answers as they are generated ↔ a partial file beside the target, so that a killed run goes on where it stood."""

import glob
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

from eval.decoding import Answer
from warehouse.kit import write_whole


def partial_path(out: Path, key: str) -> Path:
    """Where a run with this key keeps its answers until all are there; other keys' partial files are removed.

    The key names everything the answers depend on, so a partial file of another model, set or config is never
    gone on with.
    """
    mine = out.with_name(f".{out.name}.{key}.partial")
    mine.parent.mkdir(parents=True, exist_ok=True)
    for stale in mine.parent.glob(f".{glob.escape(out.name)}.*.partial"):
        if stale != mine:
            stale.unlink(missing_ok=True)
    return mine


def resume(partial: Path, batches: Sequence[Sequence[int]]) -> dict[int, Answer]:
    """The answers, by row number, of all batches that the partial file holds whole; the file is left with just those.

    A batch broken off in the middle is done again as a whole: the padding, and so the last bits of the arithmetic,
    depend on which rows are generated together.
    """
    found: dict[int, Answer] = {}
    if partial.exists():
        for line in partial.read_bytes().split(b"\n")[:-1]:  # what follows the last line end was torn off
            entry = json.loads(line)
            found[entry["row"]] = Answer(entry["text"], entry["finished"], tuple(entry["earlier"]))
    whole = {row: found[row] for batch in batches if all(row in found for row in batch) for row in batch}
    with write_whole(partial) as beside, open(beside, "w", encoding="utf-8", newline="\n") as stream:
        append(stream, whole)
    return whole


def append(stream: TextIO, answers: Mapping[int, Answer]) -> None:
    """Writes one line per answer and hands them to the system, so that killing this process loses none."""
    for row, answer in answers.items():
        entry = {"row": row, "text": answer.text, "finished": answer.finished, "earlier": answer.earlier}
        stream.write(json.dumps(entry, ensure_ascii=False) + "\n")
    stream.flush()
