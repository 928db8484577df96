"""The records that leave this room. Field order is the key order of the command-line output."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["speech", "thought", "writing", "verse", "quotation", "name"]
QuestionType = Literal["single_choice", "multiple_choice", "true_false", "fill_blank", "short_answer"]
Answer = str | list[str] | None


@dataclass(frozen=True, slots=True)
class Utterance:
    """One quotation in a novel. Offsets count characters of the document's text, quotation marks included."""

    char_start: int
    char_end: int
    chapter: int  # 1-based; 0 before the first heading
    chapter_title: str
    kind: Kind
    text: str  # inside the marks, verbatim
    speaker: str  # canonical name; empty where the extractor abstains
    speaker_mention: str
    mention_start: int | None
    rule: str
    confidence: float  # 0 to 1
    addressee: str
    cue: str
    context: str
    scene: int  # within the chapter
    turn: int  # within the scene


@dataclass(frozen=True, slots=True)
class Question:
    """One quiz item. `answer`: letters, `true`/`false`, a list of blanks, text, or None where none is given.

    `material` is the passage that it and its neighbours are about, empty for most.
    """

    number: str
    section: str
    type: QuestionType
    stem: str
    options: dict[str, str]
    answer: Answer
    explanation: str
    novel: str
    locator: str
    material: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Instruction:
    """One conversation that ends with the assistant's turn. `shape` names the file layout it came in."""

    messages: tuple[Message, ...]
    shape: str
    locator: str


@dataclass(frozen=True, slots=True)
class Reject:
    """A record that was read and not taken: where it stood, what it held, and why it was left out."""

    locator: str
    raw: str
    reason: str
