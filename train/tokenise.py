"""Rows in, token ids with labels out: loss on the answer only, every row ended, over-long rows cut or left out.

prompt  <|im_start|> user \n 关羽字什么？ <|im_end|> \n <|im_start|> assistant \n   云长  <|im_end|>
labels  -100         -100 -100 …                                           -100  云长  <|im_end|>
"""

from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Literal

from train.rows import Row, Turn
from train.spread import Spread, by_parts, here
from train.template import control_tokens, end_id, prompt_ids, prompt_prefix, render, text_ids
from warehouse.kit import BadInput

if TYPE_CHECKING:  # seconds to import, which whoever reads a config need not wait for
    from transformers import PreTrainedTokenizerBase

IGNORED = -100  # what torch's cross entropy leaves out of the loss
EMPTY = "the answer is empty"
CONTROL = "the text holds one of the tokenizer's control tokens"
TOO_LONG = "the answer alone is over the limit"
NO_ROOM = "the system turn, the template and the answer leave no room for the prompt"
OVERLONG = "prompt and answer are over the limit"


@dataclass(frozen=True)
class TokenConfig:
    """How long a row may be, and what becomes of a longer one."""

    max_length: int = 512  # tokens of prompt, answer and end together
    overlong: Literal["skip", "cut", "refuse"] = "cut"

    def __post_init__(self) -> None:
        if self.max_length < 2:
            raise ValueError(f"max_length is {self.max_length}; it must be at least 2 tokens")


@dataclass(frozen=True, slots=True)
class Encoded:
    """One row as the model sees it: four bytes a token, as a large set has half a thousand million of them."""

    sample_id: str
    input_ids: "array[int]"
    prompt_length: int  # how many of the ids come before the answer
    cut: Literal["", "turns", "text"] = ""  # what the prompt lost: whole turns, or also text of its last turn

    @property
    def labels(self) -> list[int]:
        """What the loss asks for at each place: -100 over the prompt, then the ids."""
        return [IGNORED] * self.prompt_length + self.input_ids[self.prompt_length :].tolist()


@dataclass(frozen=True, slots=True)
class TokenReport:
    """The fate of every row: `rows` = `kept` + the skipped; `cut_turns` and `cut_text` are among the kept."""

    rows: int
    kept: int
    cut_turns: int
    cut_text: int
    skipped: dict[str, str]  # sample_id: reason
    tokens: int  # of the kept rows
    supervised_tokens: int  # of those, the ones that the loss sees

    @property
    def reasons(self) -> dict[str, int]:
        """How many rows each reason left out."""
        return dict(Counter(self.skipped.values()))


def encode_rows(
    rows: Sequence[Row], tokenizer: "PreTrainedTokenizerBase", config: TokenConfig, spread: Spread = here
) -> tuple[list[Encoded], TokenReport]:
    """The rows that fit, in order, and what became of the others; the same wherever `spread` has parts of them encoded.

    Raises BadInput when `overlong` is "refuse" and a row is over the limit.
    """
    kept: list[Encoded] = []
    skipped: dict[str, str] = {}
    for row, fate in zip(rows, by_parts(partial(_fates, tokenizer, config), rows, spread), strict=True):
        if isinstance(fate, Encoded):
            kept.append(fate)
        else:
            skipped[row.sample_id] = fate
    cuts = Counter(row.cut for row in kept)
    return kept, TokenReport(
        rows=len(rows),
        kept=len(kept),
        cut_turns=cuts["turns"],
        cut_text=cuts["text"],
        skipped=skipped,
        tokens=sum(len(row.input_ids) for row in kept),
        supervised_tokens=sum(len(row.input_ids) - row.prompt_length for row in kept),
    )


def _fates(tokenizer: "PreTrainedTokenizerBase", config: TokenConfig, rows: Sequence[Row]) -> list[Encoded | str]:
    """Each row within the limit, or the reason why not. The tokenizer is called on all texts at once: one by one is some
    ten times slower."""
    end, prefix = end_id(tokenizer), prompt_prefix(tokenizer)
    prompts = text_ids(tokenizer, [render(tokenizer, row.messages, row.task) for row in rows])
    answers = text_ids(tokenizer, [row.answer for row in rows])
    control = [token for token in control_tokens(tokenizer) if len(token) > 1]
    fates = []
    for row, prompt, answer in zip(rows, prompts, answers, strict=True):
        fate = _unusable(row, control) or fit(row, prefix + prompt, [*answer, end], tokenizer, config)
        if config.overlong == "refuse" and fate in (TOO_LONG, OVERLONG):
            length = len(prefix) + len(prompt) + len(answer) + 1
            raise BadInput(
                f"row {row.sample_id} has {length} tokens, the limit is {config.max_length}; raise max_length "
                f'or set overlong to "skip" or "cut"'
            )
        fates.append(fate)
    return fates


def fit(
    row: Row, prompt: list[int], answer: list[int], tokenizer: "PreTrainedTokenizerBase", config: TokenConfig
) -> Encoded | str:
    """The row within `max_length` tokens, or the reason why not. `answer` ends with the end id and is never cut.

    Cutting takes whole exchanges from the conversation's far end first, then characters from the beginning of
    the last turn. The system turn and the template's own tokens stay.
    """
    if len(answer) < 2:
        return EMPTY
    room = config.max_length - len(answer)
    if len(prompt) <= room:
        return _labelled(row, prompt, answer)
    if room < 1:
        return TOO_LONG
    if config.overlong != "cut":
        return OVERLONG
    messages = row.messages
    while (shorter := _without_first_exchange(messages)) != messages:
        messages = shorter
        prompt = prompt_ids(tokenizer, messages, row.task)
        if len(prompt) <= room:
            return replace(_labelled(row, prompt, answer), cut="turns")
    cut = _cut_text(messages, room, row.task, tokenizer)
    return replace(_labelled(row, cut, answer), cut="text") if cut else NO_ROOM


def _labelled(row: Row, prompt: list[int], answer: list[int]) -> Encoded:
    return Encoded(row.sample_id, array("i", prompt + answer), len(prompt))


def _unusable(row: Row, control: list[str]) -> str:
    if not row.answer.strip():
        return EMPTY
    texts = [*(turn["content"] for turn in row.messages), row.answer]
    return CONTROL if any(token in text for token in control for text in texts) else ""


def _without_first_exchange(messages: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """The turns without the first user turn and what answers it; the same turns when only the last is left."""
    start = 1 if messages[0]["role"] == "system" else 0
    later = [i for i in range(start + 1, len(messages)) if messages[i]["role"] == "user"]
    return messages[:start] + messages[later[0] :] if later else messages


def _cut_text(
    messages: tuple[Turn, ...], room: int, task: str, tokenizer: "PreTrainedTokenizerBase"
) -> list[int] | None:
    """The prompt with as much of its last turn's end as fits, found by halving; None where no character fits.

    Token counts do not grow strictly with characters, so the result may keep a character or two fewer than the
    most possible, but it always fits.
    """
    text = messages[-1]["content"]
    best, low, high = None, 1, len(text) - 1  # characters kept
    while low <= high:
        middle = (low + high) // 2
        last: Turn = {"role": "user", "content": text[-middle:]}
        prompt = prompt_ids(tokenizer, (*messages[:-1], last), task)
        if len(prompt) <= room:
            best, low = prompt, middle + 1
        else:
            high = middle - 1
    return best
