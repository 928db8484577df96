"""Words typed by a person, or a file of JSON lines, in; questions as `check` takes them out."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

from corpora.errors import BadInput
from extractors.records import QuestionType

_TRUE, _FALSE = {"true", "对", "正确", "√", "是"}, {"false", "错", "错误", "×", "否"}


def asked_question(question: str, answer: str, options: Sequence[str], novel: str = "") -> dict[str, Any]:
    """The question that somebody typed; its type follows from options, blanks and answer.

    Raises BadInput without question or answer, and when the answer is none of the options.
    """
    if not question.strip() or not answer.strip():
        raise BadInput("a question needs both: give its id, or --question TEXT and --answer TEXT")
    row: dict[str, Any] = {"stem": question, "options": {}, "novel": novel}
    answer = answer.strip()
    if options:
        row["options"] = {chr(ord("A") + at): text for at, text in enumerate(options)}
        letters = [letter for letter, text in row["options"].items() if text in answer.split("；")]
        if not letters:
            raise BadInput(f"--answer {answer!r} is none of the options; give the words of one")
        return {**row, "type": "single_choice" if len(letters) == 1 else "multiple_choice", "answer": "".join(letters)}
    if answer in _TRUE | _FALSE:
        return {**row, "type": "true_false", "answer": "true" if answer in _TRUE else "false"}
    if "____" in question:
        return {**row, "type": "fill_blank", "answer": answer.split("；")}
    return {**row, "type": "short_answer", "answer": answer}


def read_questions(path: Path) -> list[dict[str, Any]]:
    """The questions in a file of JSON lines with `type`, `stem`, `options`, `answer` and maybe `novel`, in order.

    Raises BadInput naming the line that is not one.
    """
    rows = []
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: cannot be read ({error}); give a UTF-8 file of JSON lines") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            raise BadInput(f"{path}: line {number} is not JSON; write one object a line") from None
        if not isinstance(row, dict) or row.get("type") not in get_args(QuestionType) or not row.get("stem"):
            raise BadInput(
                f"{path}: line {number} lacks a type ({', '.join(get_args(QuestionType))}) or a stem; add it"
            )
        rows.append({"options": {}, "answer": None, "novel": "", **row})
    return rows
