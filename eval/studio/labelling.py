"""A row of the queue in, what is shown of it out; what a person did to it in, the mark to save out. No page in here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eval.studio.scene import options_of
from warehouse.annotations import Mark, annotations_of, newest, saves
from warehouse.annotations_apply import corrected
from warehouse.browse.find import instruction
from warehouse.browse.novels import Stretch, stretch, utterance
from warehouse.browse.questions import passages, question
from warehouse.kit import BadInput
from warehouse.lake import Lake

BEFORE, AFTER = 200, 150  # characters of the novel round an utterance: what fits a screen with the form beside it
KINDS = ("speech", "thought", "writing", "verse", "quotation", "name")
_NAMES = 6  # as many as one hand reaches on the row of digits
Row = dict[str, Any]


@dataclass(frozen=True)
class Shown:
    """One row as it is laid before a person. `fields` are those that can be corrected, as they stand now.

    `head` is the row's newest annotation; `place` finds the row again if its text moves; `names` are who may have spoken,
    the nearest first.
    """

    table: str
    row: Row
    fields: dict[str, Any]
    head: str
    place: dict[str, Any]
    around: Stretch | None = None
    names: tuple[str, ...] = ()
    evidence: tuple[Row, ...] = ()


def shown(lake: Lake, table: str, record_id: str, second: bool = False) -> Shown | None:
    """The row as it stands, or with `second` as extraction left it, so that a second look is one; None when it is gone."""
    known = annotations_of(lake.home, lake.connection, table, record_id)
    head = known[-1]["annotation_id"] if known else ""
    last = newest(saves(known)).get((table, record_id))
    values: Mapping[str, Any] = last.values if last and not second and not last.assisted else {}
    if table == "utterances":
        row = utterance(lake, record_id)
        if row is None:
            return None
        if last and last.assisted and not second:
            (row,) = corrected(table, [row], {(table, record_id): last})
        around = stretch(lake, row["document_id"], row["char_start"] - BEFORE, row["char_end"] + AFTER)
        fields = {name: values.get(name, row[name]) for name in ("speaker", "kind", "addressee")}
        place = {name: row[name] for name in ("novel", "chapter", "text", "context")}
        return Shown(table, row, fields, head, place, around, names_near(row, around.rows))
    if table == "questions":
        row = question(lake, record_id)
        if row is None:
            return None
        fields = {name: values.get(name, row[name]) for name in ("type", "options", "answer")}
        place = {"stem": row["stem"], "locator": row["locator"]}
        return Shown(table, row, fields, head, place, evidence=tuple(passages(lake, record_id)))
    row = instruction(lake, record_id)
    return Shown(table, row, {}, head, {"locator": row["locator"]}) if row else None


def names_near(row: Row, others: Sequence[Row]) -> tuple[str, ...]:
    """Whoever speaks or is spoken to near the utterance, the nearest first."""
    near = sorted(others, key=lambda other: abs(other["char_start"] - row["char_start"]))
    found = [name for other in near for name in (other["speaker"], other["addressee"]) if name]
    return tuple(dict.fromkeys(found))[:_NAMES]


def mark_of(row: Shown, annotator: str, verdict: str, fields: Mapping[str, Any], comment: str = "") -> Mark:
    """The mark for a row that a person left with `fields`: a row that was accepted and changed all the same is a fix."""
    fixed = {name: value for name, value in fields.items() if value != row.fields.get(name)}
    if verdict == "reject":
        fixed = {}
    elif fixed:
        verdict = "fix"
    elif verdict == "fix":
        verdict = "accept"
    return Mark(row.table, _id(row), annotator, verdict, fixed, comment.strip(), row.fields, row.head, row.place)


def question_fields(kind: str, options: str, answer: str) -> dict[str, Any]:
    """A question's fields from what was typed. Raises BadInput when they do not go together.

    Options are lines like “A. 关羽”; blanks are parted by ；.
    """
    found = options_of(options)
    if kind in ("single_choice", "multiple_choice"):
        letters = "".join(sorted(set(answer.upper().replace(" ", ""))))
        wrong = [letter for letter in letters if letter not in found]
        if not letters or wrong or (kind == "single_choice" and len(letters) != 1):
            raise BadInput(f"the answer {answer!r} does not fit the options {''.join(found)}; give letters of theirs")
        return {"type": kind, "options": found, "answer": letters}
    if kind == "true_false":
        said = {"正确": "true", "对": "true", "true": "true", "错误": "false", "错": "false", "false": "false"}
        if answer.strip().lower() not in said:
            raise BadInput(f"the answer {answer!r} is neither 正确 nor 错误; write one of them")
        return {"type": kind, "options": {}, "answer": said[answer.strip().lower()]}
    if not answer.strip():
        raise BadInput("the answer is empty; write one, or reject the question")
    blanks = [blank.strip() for blank in answer.replace(";", "；").split("；")]
    return {"type": kind, "options": {}, "answer": blanks if kind == "fill_blank" else answer.strip()}


def typed(value: Any) -> str:
    """An answer as a person would type it: what `question_fields` reads back."""
    if isinstance(value, list):
        return "；".join(map(str, value))
    return {"true": "正确", "false": "错误"}.get(value, str(value or ""))


def typed_options(options: Mapping[str, str]) -> str:
    """Options as lines."""
    return "\n".join(f"{letter}. {text}" for letter, text in sorted(options.items()))


def _id(row: Shown) -> str:
    key = {"utterances": "utterance_id", "questions": "question_id", "instructions": "instruction_id"}[row.table]
    return str(row.row[key])
