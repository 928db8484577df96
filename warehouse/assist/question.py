"""An utterance with its scene and the novel's text in, what a model is asked out; its answer in, who was chosen out.

Nobody is offered who is not in the scene, and whatever is not one of the numbers, or a name that is offered, is refused.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Row = Mapping[str, Any]
Outcome = Literal["chosen", "same", "none", "refused"]
MOST_NAMES = 12  # offered; in the longest scenes those who are nearest
_LONGEST = 300  # characters of the words themselves that are shown; the middle of longer ones is left out
_NOBODY = ("都不是", "无", "none")
_THOUGHT = re.compile(r"^\s*<think>.*?</think>", re.S)  # Qwen3 and DeepSeek-R1 write down what they think
_NUMBERED = re.compile(r"(?:答案?\s*[:：是]?\s*)?[\[【（(]?(\d{1,3})[\]】）)]?\s*[.．、,，:：。]?\s*(\S*?)[。.]?", re.S)


@dataclass(frozen=True)
class Question:
    """Who says the words? `names` are offered, the first as number 1."""

    row: Row
    names: Sequence[str]
    messages: Sequence[Mapping[str, str]]


@dataclass(frozen=True)
class Choice:
    """What an answer comes to. `name` is the one who was chosen, empty for nobody."""

    outcome: Outcome
    name: str = ""


def names_of(row: Row, scene: Sequence[Row]) -> tuple[str, ...]:
    """Everybody who speaks or is spoken to in the scene, in the order in which they come up; of many, the nearest."""
    first: dict[str, int] = {}  # who comes up first, and
    away: dict[str, int] = {}  # how many characters from the words
    for other in scene:
        far = abs(other["char_start"] - row["char_start"])
        whole = [row["speaker"]] if not far else []  # several who speak at once are offered as extraction has them
        for name in (*whole, *other["speaker"].split("、"), *other["addressee"].split("、")):
            if name:
                first.setdefault(name, len(first))
                away[name] = min(far, away.get(name, far))
    nearest = sorted(away, key=lambda name: (away[name], first[name]))[:MOST_NAMES]
    return tuple(sorted(nearest, key=first.__getitem__))


def question(row: Row, scene: Sequence[Row], text: str, before: int, after: int) -> Question | None:
    """What to ask about the utterance; None where the scene has nobody to offer but whom extraction named."""
    names = names_of(row, scene)
    if not set(names) - {row["speaker"]}:
        return None
    listed = "\n".join(f"{number}. {name}" for number, name in enumerate(names, 1))
    asked = (
        f"下面是《{row['novel']}》中的一段，【】里的话是谁说的？只能从编号的人里选，只写编号，不要解释；都不是就写0。\n\n"
        f"{_passage(row, text, before, after)}\n\n{listed}\n0. 都不是"
    )
    return Question(row, names, ({"role": "user", "content": asked},))


def read_answer(answer: str, asked: Question) -> Choice:
    """Who was chosen: a number that was offered, with its name or without, or a name that was offered."""
    said = spoken(answer)
    if said.rstrip("。.") in _NOBODY:
        return Choice("none")
    name = said.rstrip("。.") if said.rstrip("。.") in asked.names else _by_number(said, asked.names)
    if name is None:
        return Choice("refused")
    if not name:
        return Choice("none")
    return Choice("same" if name == asked.row["speaker"] else "chosen", name)


def spoken(answer: str) -> str:
    """The answer without what the model wrote down while it thought."""
    return _THOUGHT.sub("", answer).strip()


def _by_number(said: str, names: Sequence[str]) -> str | None:
    """The name that is numbered so, empty for nobody; None for what was not offered."""
    found = _NUMBERED.fullmatch(said)
    if not found or int(found[1]) > len(names):
        return None
    name = names[int(found[1]) - 1] if int(found[1]) else ""
    return name if found[2] in ("", name) or (not name and found[2] in _NOBODY) else None


def _passage(row: Row, text: str, before: int, after: int) -> str:
    start, end = row["char_start"], row["char_end"]
    words = text[start:end]
    if len(words) > _LONGEST:
        words = f"{words[: _LONGEST * 2 // 3]}……{words[-_LONGEST // 3 :]}"
    around = f"{text[max(0, start - before) : start]}【{words}】{text[end : end + after]}"
    return "\n".join(filter(None, (line.strip() for line in around.splitlines())))
