"""A model and what it was asked in, what it answered before out: kept line by line, so that nothing is asked twice.

$HUABEN_HOME/assist/answers.jsonl   {"key": hash of model and prompt, "model", "utterance_id", "answer"}
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TextIO

from corpora.files import stable_id

LONGEST = 400  # characters of an answer that are kept: those that are refused are kept to be looked at


class Answers:
    """What was answered so far. Written to as answers come; a line that a crash cut is as if never written."""

    def __init__(self, home: Path) -> None:
        path = Path(home) / "assist" / "answers.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        self._known: dict[str, str] = {}
        whole = True
        if path.is_file():
            text = path.read_text(encoding="utf-8", errors="replace")
            whole = text.endswith("\n") or not text
            for line in text.split("\n"):  # splitlines would also cut at line ends of Unicode, which answers may hold
                self._read(line)
        self._file: TextIO = open(path, "a", encoding="utf-8")  # noqa: SIM115 (closed by __exit__)
        if not whole:
            self._file.write("\n")

    def __enter__(self) -> "Answers":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def get(self, model: str, messages: Sequence[Mapping[str, str]]) -> str | None:
        """What the model said to that prompt; None when it was not asked."""
        return self._known.get(key(model, messages))

    def put(self, model: str, messages: Sequence[Mapping[str, str]], utterance_id: str, answer: str) -> None:
        """Keep an answer, at once."""
        made = key(model, messages)
        row = {"key": made, "model": model, "utterance_id": utterance_id, "answer": answer[:LONGEST]}
        self._known[made] = row["answer"]
        self._file.write(json.dumps(row, ensure_ascii=False) + "\n")
        self._file.flush()

    def _read(self, line: str) -> None:
        try:
            row = json.loads(line)
            self._known[row["key"]] = row["answer"]
        except (ValueError, TypeError, KeyError):
            return  # cut by a crash


def key(model: str, messages: Sequence[Mapping[str, str]]) -> str:
    """What a model and a prompt are known by."""
    return stable_id("assist", model, json.dumps([dict(turn) for turn in messages], ensure_ascii=False, sort_keys=True))
