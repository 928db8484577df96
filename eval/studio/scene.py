"""What has been said in a scene in, the prompt for the one who speaks next out: laid out as training rows are.

    user       曹操曰：“使君知龙之变化否？”\\n刘备曰：     what the others said since, then the cue
    assistant  未知其详。                            what the character said itself

Every character has a view of the scene of its own, so that 曹操 and 贾宝玉 can meet.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from train.rows import Turn
from warehouse.rows.quiz import QuizConfig, quiz_prompt

TYPES = ("single_choice", "multiple_choice", "true_false", "fill_blank", "short_answer")


@dataclass
class Said:
    """One turn: who spoke, what, and what the models answered that were asked for it, where it is a model's.

    `speaker` is empty for what the person tells. The `text` of a model's turn is the answer that was chosen.
    """

    speaker: str
    text: str
    by_model: bool = False
    turn_id: str = ""
    prompt: list[Turn] = field(default_factory=list)
    raw: str = ""  # the prompt as the model got it
    answers: list[dict[str, object]] = field(default_factory=list)  # model, text and whether it ended by itself
    vote: str = ""


def as_character(character: str, card: str, said: Sequence[Said], history: int) -> list[Turn]:
    """The prompt for the character's next words, with at most `history` earlier exchanges of its own."""
    heard: list[str] = []
    exchanges: list[tuple[str, str]] = []
    for turn in said:
        if turn.speaker == character:
            exchanges.append((_cued(heard, character), turn.text))
            heard = []
        else:
            heard.append(f"{turn.speaker}曰：“{turn.text}”" if turn.speaker else turn.text)
    return _prompt(card, exchanges, _cued(heard, character), history)


def as_assistant(system: str, said: Sequence[Said], history: int) -> list[Turn]:
    """The prompt for a plain answer to the person's last words, with at most `history` earlier exchanges."""
    asked: list[str] = []
    exchanges: list[tuple[str, str]] = []
    for turn in said:
        if turn.by_model:
            exchanges.append(("\n".join(asked), turn.text))
            asked = []
        else:
            asked.append(turn.text)
    return _prompt(system, exchanges, "\n".join(asked), history)


def as_quiz(kind: str, stem: str, options: dict[str, str], novel: str = "", answer: object = "") -> list[Turn]:
    """The prompt for a question, in the words of training rows. Options stay under the letters they have here."""
    row = {
        "type": kind, "stem": stem, "options": options, "answer": answer, "novel": novel, "explanation": "", "material": "",
    }  # fmt: skip
    made = quiz_prompt(row, QuizConfig(shuffle=False, corrections=False))
    return [_turn(turn["role"], turn["content"]) for turn in made.messages]


def options_of(text: str) -> dict[str, str]:
    """The options in lines like “A. 关羽”; lines without a letter get the next one.

    >>> options_of("A. 关羽\\n张飞")
    {'A': '关羽', 'B': '张飞'}
    """
    found: dict[str, str] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        letter, rest = line[0].upper(), line[1:].lstrip()
        if "A" <= letter <= "H" and rest[:1] in tuple(".．、:：)）"):
            found[letter] = rest[1:].strip()
        else:
            found[chr(ord("A") + len(found))] = line
    return found


def _cued(heard: Sequence[str], character: str) -> str:
    return "\n".join([*heard, f"{character}曰："])


def _prompt(system: str, exchanges: Sequence[tuple[str, str]], asked: str, history: int) -> list[Turn]:
    turns: list[Turn] = [_turn("system", system)] if system.strip() else []
    for question, answer in exchanges[-history:] if history else ():
        turns += [_turn("user", question), _turn("assistant", answer)]
    return [*turns, _turn("user", asked)]


def _turn(role: str, content: str) -> Turn:
    return {"role": role, "content": content}  # type: ignore[typeddict-item]
