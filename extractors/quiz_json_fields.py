"""One JSON object in, the fields of the question it holds out: the stem, options and answer under whatever keys.

{"title": "谁？", "opts": {"a": "甲"}, "key": "a"}                     the stem by its place beside options and answer
{"question": "谁？", "options": [{"text": "甲", "isCorrect": true}]}   the answer marked on its option
{"question": "谁？", "choices": ["甲", "乙"], "answer": 1}             the answer as the place of its option
"""

import re
from typing import Any

from extractors.paper_marks import declared_kind
from extractors.paper_options import split_options
from extractors.question_fields import read_options
from extractors.question_headings import field_of

# The quiz game behind {name, value} numbers its two buttons: 1 right, 2 wrong.
BUTTONS = {1: "true", 2: "false", "1": "true", "2": "false"}
RIGHT = re.compile(r"(?:is_?)?(?:correct|right|answer|true)|是否.{0,2}(?:正确|答案)|正确", re.I)
TITLES = ("title", "name", "text", "topic", "subject", "body", "prompt", "desc", "题", "标题")


def asking_key(record: dict[str, Any]) -> str:
    """The key of what the record asks: by its name, or beside options or an answer by its likely name or its length."""
    fields = _named(record)
    for key, field in fields.items():
        if field == "stem" and isinstance(record[key], str):
            return key
    if not {"answer", "options"} & set(fields.values()):
        return ""
    texts = {key: value for key, value in record.items() if isinstance(value, str) and not fields[key]}
    likely = next((key for key in texts if key.lower() in TITLES), "")
    return likely or max(texts, key=lambda key: len(texts[key]), default="")


def record_fields(record: Any) -> dict[str, Any] | None:
    """The record's values by field, or None when it has no question."""
    if not isinstance(record, dict):
        return None
    if "name" in record and "value" in record:
        value = record["value"]
        answer = BUTTONS.get(value, value) if isinstance(value, int | str) and not isinstance(value, bool) else value
        return {
            "stem": record["name"],
            "answer": answer,
            "type": "判断" if answer in ("true", "false", True, False) else "",
        }
    fields: dict[str, Any] = {}
    for key, field in _named(record).items():
        if field:
            fields.setdefault(field, record[key])
    if "stem" not in fields and (asked := asking_key(record)):
        fields["stem"] = record[asked]
    if not fields.get("type") and declared_kind(str(fields.get("section", ""))):
        fields["type"] = fields["section"]
    if not read_options(fields) and isinstance(fields.get("stem"), str):  # they may stand in the question itself
        choice = split_options(fields["stem"])
        if len(choice.options) > 2 or (choice.options and "\n" in fields["stem"]):
            fields |= {"stem": choice.stem, "options": choice.options}
    options = fields.get("options")
    if isinstance(options, list) and fields.get("answer") in (None, "", []):
        right = [any(_is_right(*entry) for entry in item.items()) for item in options if isinstance(item, dict)]
        fields["answer"] = "".join(letter for letter, mark in zip("ABCDEFGH", right, strict=False) if mark)
    return fields if "stem" in fields else None


def _named(record: dict[str, Any]) -> dict[str, str]:
    """The field that each key stands for; q and a are question and answer where no b makes a an option."""
    keys = {str(key).lower() for key in record}
    short = {"q": "stem", "a": "answer"} if "q" in keys and "b" not in keys else {}
    named = {key: short.get(str(key).lower()) or field_of(str(key)) for key in record}
    if "options" not in named.values():
        named |= {key: "options" for key in record if not named[key] and _lists_options(record[key])}
    return named


def _lists_options(value: Any) -> bool:
    """Whether a value is a list of objects each of which says whether it is right: [{"txt": "甲", "isTrue": 1}, …]"""
    return (
        isinstance(value, list)
        and 2 <= len(value) <= 8
        and all(isinstance(item, dict) and any(RIGHT.fullmatch(str(key)) for key in item) for item in value)
    )


def _is_right(key: str, value: Any) -> bool:
    """Whether an entry of an option's object says that it is the right one."""
    return bool(RIGHT.fullmatch(key)) and (value is True or str(value).lower() in ("true", "1", "是", "正确", "对"))


def letters_by_place(found: list[tuple[str, dict[str, Any]]]) -> None:
    """Answers that are the place of an option, as letters, where the file shows whether places begin with 0 or 1."""
    places = [(fields, _places(fields.get("answer"))) for _, fields in found if isinstance(fields.get("options"), list)]
    every = [(place, len(fields["options"])) for fields, of_one in places for place in of_one]
    if any(place == 0 for place, _ in every):
        base = 0
    elif any(place == count for place, count in every):
        base = 1
    else:
        return
    for fields, of_one in places:
        if of_one and all(0 <= place - base < len(fields["options"]) for place in of_one):
            fields["answer"] = "".join("ABCDEFGH"[place - base] for place in of_one if place - base < 8)


def _places(value: Any) -> list[int]:
    """The numbers that an answer holds, when it holds nothing else."""
    values = value if isinstance(value, list) else [value]
    plain = [int(item) if isinstance(item, str) and item.isdigit() else item for item in values]
    return plain if all(isinstance(item, int) and not isinstance(item, bool) for item in plain) else []
