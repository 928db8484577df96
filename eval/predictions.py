"""JSON lines ↔ predictions: what a model wrote to each held-out prompt, beside what it was to write.

Written by `huaben evaluate`; `huaben score FILE` also reads other people's files: any JSON lines with `prediction`,
`reference` and `type` (or `question_type`). All other keys are optional and unknown ones are passed over.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from warehouse.kit import BadInput, write_whole

# Other people's names for the five question types.
_TYPES = {
    "单选": "single_choice", "单选题": "single_choice", "单项选择题": "single_choice", "选择题": "single_choice",
    "多选": "multiple_choice", "多选题": "multiple_choice", "多项选择题": "multiple_choice",
    "判断": "true_false", "判断题": "true_false", "填空": "fill_blank", "填空题": "fill_blank",
    "简答": "short_answer", "简答题": "short_answer", "问答题": "short_answer",
}  # fmt: skip
_TEXTS = ("sample_id", "task", "novel", "character", "prompt")


@dataclass(frozen=True, slots=True)
class Prediction:
    """What one model wrote to one prompt. Field order is the key order of the file."""

    sample_id: str
    task: str  # roleplay, quiz, instruct; empty in files from elsewhere
    question_type: str
    novel: str
    character: str
    prompt: str  # the turns' contents, for a reader; a choice question's options are read from it
    prediction: str
    reference: str  # canonical: sorted letters, true/false, else the text
    answer: str  # what the model was to write, word for word; empty where only the reference is known
    finished: bool | None  # whether the model ended its turn itself; None where that was not recorded
    earlier: tuple[str, ...] = ()  # what the model wrote in place of the prompt's earlier answers; not in every file

    @property
    def target(self) -> str:
        """The text to hold the prediction's wording against: the answer, else the reference."""
        return self.answer or self.reference


def write_predictions(path: Path, predictions: Iterable[Prediction]) -> None:
    """Writes the file whole, one JSON object a line, UTF-8."""
    with write_whole(path) as beside, open(beside, "w", encoding="utf-8", newline="\n") as stream:
        for prediction in predictions:
            entry = asdict(prediction)
            if not prediction.earlier:
                del entry["earlier"]
            stream.write(json.dumps(entry, ensure_ascii=False) + "\n")


def read_predictions(path: Path) -> list[Prediction]:
    """All predictions of the file, in order.

    Raises BadInput, naming file and line, on a missing or empty file, one that is not UTF-8, broken JSON, a line that
    is no object, a missing key, an empty reference or a value of another type.
    """
    try:
        lines = Path(path).read_bytes().decode("utf-8-sig").split("\n")
    except FileNotFoundError:
        raise BadInput(f"{path}: no such file; give a JSON lines file of predictions") from None
    except IsADirectoryError:
        raise BadInput(f"{path} is a folder; give a JSON lines file of predictions") from None
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: byte {error.start} is not UTF-8; save the file as UTF-8") from None
    found = [_parsed(line, f"{path}: line {number}") for number, line in enumerate(lines, 1) if line.strip()]
    if not found:
        raise BadInput(f"{path}: the file is empty; give at least one line with prediction, reference and type")
    return found


def _parsed(line: str, where: str) -> Prediction:
    try:
        value = json.loads(line)
    except json.JSONDecodeError as error:
        raise BadInput(f"{where}: broken JSON at column {error.colno} ({error.msg}); mend the line") from None
    except RecursionError:
        raise BadInput(f"{where}: JSON nested too deep to be a prediction; mend the line") from None
    if not isinstance(value, dict):
        raise BadInput(f"{where}: a JSON {type(value).__name__}; each line must be one object")
    kind = value.get("question_type", value.get("type"))
    absent = [key for key in ("prediction", "reference") if key not in value] + (["type"] if kind is None else [])
    if absent:
        raise BadInput(f"{where}: key {' and '.join(map(repr, absent))} missing; add prediction, reference and type")
    finished = value.get("finished")
    if finished is not None and not isinstance(finished, bool):
        raise BadInput(f"{where}: 'finished' is {finished!r}; it must be true, false or null")
    earlier = value.get("earlier") or []
    if not isinstance(earlier, list) or not all(isinstance(turn, str) for turn in earlier):
        raise BadInput(
            f"{where}: 'earlier' is not a list of strings; give what the model answered before, or leave it out"
        )
    reference = _canonical(value["reference"], where)
    kind = _text({"type": kind}, "type", where).strip()
    return Prediction(
        **{key: _text(value, key, where) for key in _TEXTS},
        question_type=_TYPES.get(kind, kind),
        prediction=_text(value, "prediction", where),
        reference=reference,
        answer=_text(value, "answer", where) if isinstance(value.get("answer"), str) else "",
        finished=finished,
        earlier=tuple(earlier),
    )


def _text(value: dict[str, Any], key: str, where: str) -> str:
    found = value.get(key)
    if found is None and key != "prediction":
        return ""
    if not isinstance(found, str):
        raise BadInput(f"{where}: {key!r} is {json.dumps(found, ensure_ascii=False)[:60]}; it must be a string")
    return found


def _canonical(reference: object, where: str) -> str:
    """The reference as text; true/false and a list of blanks are taken as `huaben extract quiz` writes them."""
    if isinstance(reference, bool):
        return "true" if reference else "false"
    if isinstance(reference, list) and reference and all(isinstance(blank, str) for blank in reference):
        reference = "；".join(reference)
    if not isinstance(reference, str) or not reference.strip():
        shown = json.dumps(reference, ensure_ascii=False)[:60]
        raise BadInput(f"{where}: 'reference' is {shown}; it must be a text to score against")
    return reference
