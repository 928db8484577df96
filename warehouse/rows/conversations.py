"""The runs of a scene in, conversations out: the scene as one of its characters lives through it.

user       曹操执酒问刘备曰：“使君知龙之变化否？”\n刘备曰：      what others say and do, up to the character's cue
assistant  未知其详。                                         what the character says
user       曹操曰：“龙能大能小，能升能隐。”\n刘备曰：
assistant  备肉眼，安识英雄？                                  the last one is the answer
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from warehouse.rows.lines import lead_in, quoted
from warehouse.rows.prompt import Turn, user
from warehouse.rows.runs import Run


@dataclass(frozen=True)
class ConversationConfig:
    """What becomes a multi-turn example."""

    make: bool = True
    min_lines: int = 20  # utterances a character must have in the novel: fewer make no character
    max_turns: int = 6  # times the character speaks in one example; a longer scene makes several
    max_characters: int = (
        360  # of all turns together: with the role card 512 tokens in all but few, as `max_length` allows
    )
    card_lines: int = 3  # sample lines on the role card
    card_names: int = 4  # other names and titles on it, of each so many
    line_from: int = 8  # characters of a sample line: shorter ones show nothing of who speaks
    line_to: int = 40
    seed: int = 20251121  # of the sample lines

    def __post_init__(self) -> None:
        if self.max_turns < 2:
            raise ValueError(f"max_turns is {self.max_turns}; a conversation has at least 2")
        if not 0 < self.line_from <= self.line_to:
            raise ValueError(f"line_from {self.line_from} and line_to {self.line_to} must be a range above 0")


@dataclass(frozen=True, slots=True)
class Conversation:
    """A stretch of a scene in which the character speaks at least twice. `turns` are the user's and, between them, the
    assistant's; `answer` is the last thing the character says. `runs` are all that it shows, in order."""

    character: str
    turns: tuple[Turn, ...]
    answer: str
    runs: tuple[Run, ...]

    @property
    def spoken(self) -> int:
        """How many times the character speaks."""
        return (len(self.turns) + 1) // 2

    @property
    def partners(self) -> bool:
        """Whether anybody else speaks."""
        return any(run.speaker != self.character for run in self.runs)


@dataclass(frozen=True, slots=True)
class _Exchange:
    asked: str
    answered: str
    runs: tuple[Run, ...]

    @property
    def size(self) -> int:
        return len(self.asked) + len(self.answered)


def conversations(runs: Sequence[Run], config: ConversationConfig) -> Iterator[Conversation]:
    """The conversations of one scene, character by character in the order in which they first speak.

    No two of a character overlap. One ends after `max_turns`, or where the next exchange would make it longer than
    `max_characters`; what is left over with a single exchange makes none, as it is a single-turn example already.
    """
    told = [quoted(run) for run in runs]
    for character, spoken in Counter(run.speaker for run in runs if run.speaker).items():
        stretch: list[_Exchange] = []
        exchanges = _exchanges(runs, told, character, config.max_characters // 2) if spoken > 1 else ()
        for exchange in [*exchanges, None]:
            size = sum(e.size for e in stretch) + (exchange.size if exchange else 0)
            if exchange is None or len(stretch) == config.max_turns or size > config.max_characters:
                if len(stretch) > 1:
                    yield _conversation(character, stretch)
                stretch = []
            if exchange:
                stretch.append(exchange)


def _exchanges(runs: Sequence[Run], told: Sequence[str], character: str, room: int) -> Iterator[_Exchange]:
    """What stands before each of the character's runs, with it. Of more than `room` characters only the nearest runs
    are shown, one at least. `told` is what others hear of each run."""
    heard = 0  # the first run since the character's last
    for at, run in enumerate(runs):
        if run.speaker != character:
            continue
        cue = lead_in(run)
        while heard < at - 1 and sum(map(len, told[heard:at])) + len(cue) > room:
            heard += 1
        yield _Exchange("\n".join([*told[heard:at], cue]), run.text, tuple(runs[heard : at + 1]))
        heard = at + 1


def _conversation(character: str, exchanges: Sequence[_Exchange]) -> Conversation:
    turns = [
        turn for e in exchanges for turn in (user(e.asked), {"role": "assistant", "content": e.answered})
    ]  # the last is the answer
    return Conversation(
        character, tuple(turns[:-1]), turns[-1]["content"], tuple(run for e in exchanges for run in e.runs)
    )
