"""What a person types in, a model's answers as they are written out: a talk in the terminal.

huaben chat --character 刘备
"""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from secrets import randbelow
from threading import Event

from eval.generate import GenerateConfig
from eval.studio.scene import Said, as_assistant, as_character
from eval.studio.talker import GREEDY, Talker, answer


@dataclass(frozen=True)
class TalkConfig:
    """Whom the model speaks as, and how."""

    character: str = ""  # none: it answers as an assistant
    card: str = ""  # the role card, or the words of a system turn
    me: str = ""  # the character whose words the person types; none: narration
    history: int = 5  # earlier exchanges in the prompt, as in the studio
    draw: GenerateConfig = GREEDY
    seed: int | None = None  # of the first answer, the next one's is one more; None: other answers every time


def talk(
    talker: Talker,
    config: TalkConfig,
    ask: Callable[[], str],
    write: Callable[[str], object],
    interrupted: Callable[[], object],
) -> list[Said]:
    """All that was said, once `ask` raises EOFError. Every answer is handed to `write` as it grows, bit by bit.

    KeyboardInterrupt ends the line that is being typed or the answer that is being written, and no more than that; what
    there is of an answer counts as said, and `interrupted` is called. Raises BadInput when a prompt leaves no room.
    """
    said: list[Said] = []
    seed = randbelow(2**31) if config.seed is None else config.seed
    while True:
        try:
            line = ask().strip()
            if line:
                said.append(Said(config.me, line))
                _answer(talker, config, seed + len(said), said, write)
        except KeyboardInterrupt:
            write("\n")
            interrupted()
        except EOFError:
            return said


def _answer(talker: Talker, config: TalkConfig, seed: int, said: list[Said], write: Callable[[str], object]) -> None:
    prompt = (
        as_character(config.character, config.card, said, config.history)
        if config.character
        else as_assistant(config.card, said, config.history)
    )
    turn = Said(config.character, "", by_model=True, prompt=prompt)
    said.append(turn)
    task = "roleplay" if config.character else "instruct"
    with closing(answer(talker, prompt, task, replace(config.draw, seed=seed), Event())) as pieces:
        for piece in pieces:
            new, turn.text = piece.text[len(turn.text) :], piece.text
            write(new)
    write("\n")
