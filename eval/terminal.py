"""What a person types in, a model's answers as they are written out: a talk in the terminal.

huaben chat --character 刘备
"""

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from secrets import randbelow
from threading import Event

from eval.decoding import GenerateConfig
from eval.studio.elsewhere import Elsewhere, answer_elsewhere, asked
from eval.studio.scene import Said, as_assistant, as_character
from eval.studio.talker import GREEDY, Piece, Talker, answer
from train.rows import Turn
from warehouse.endpoints.client import Unanswered


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
    talker: Talker | Elsewhere,
    config: TalkConfig,
    ask: Callable[[], str],
    write: Callable[[str], object],
    interrupted: Callable[[], object],
    failed: Callable[[Unanswered], object] | None = None,
) -> list[Said]:
    """All that was said, once `ask` raises EOFError. Every answer is handed to `write` as it grows, bit by bit.

    KeyboardInterrupt ends the line that is being typed or the answer that is being written, and no more than that; what
    there is of an answer counts as said, and `interrupted` is called. So is `failed`, when an endpoint elsewhere does not
    answer; without it that is raised. Raises BadInput when a prompt leaves no room.
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
        except Unanswered as error:
            if failed is None:
                raise
            write("\n")
            failed(error)
        except EOFError:
            return said


def _answer(
    talker: Talker | Elsewhere, config: TalkConfig, seed: int, said: list[Said], write: Callable[[str], object]
) -> None:
    prompt = (
        as_character(config.character, config.card, said, config.history)
        if config.character
        else as_assistant(config.card, said, config.history)
    )
    turn = Said(config.character, "", by_model=True, prompt=prompt)
    said.append(turn)
    task = "roleplay" if config.character else "instruct"
    with closing(_pieces(talker, prompt, task, replace(config.draw, seed=seed))) as pieces:
        for piece in pieces:
            new, turn.text = piece.text[len(turn.text) :], piece.text
            write(new)
    write("\n")


def _pieces(
    talker: Talker | Elsewhere, prompt: Sequence[Turn], task: str, draw: GenerateConfig
) -> Generator[Piece, None, None]:
    if isinstance(talker, Elsewhere):
        return answer_elsewhere(talker, asked(talker, prompt, draw))
    return answer(talker, prompt, task, draw, Event())
