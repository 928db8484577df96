"""A model and a prompt in, its answer out as it is being written: with the loading, template and limits of training."""

from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any, cast

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase, StoppingCriteria, StoppingCriteriaList
from transformers.generation.streamers import BaseStreamer

from eval.decoding import GenerateConfig, generation_config
from eval.generate import fitting_prompts, prompt_room
from eval.models import load_model
from eval.studio.choices import Model
from train.rows import Row, Turn
from train.template import render, stop_ids, template_hash
from train.threads import suited_threads
from train.trust import NOBODY, TrustConfig
from warehouse.kit import BadInput

GREEDY = GenerateConfig(max_new_tokens=128, batch_size=1)
_PAUSE = 0.05  # seconds between two looks at what has been written


@dataclass
class Talker:
    """A loaded model, which answers one prompt at a time: its lock is held meanwhile."""

    label: str
    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    adapted: bool
    lock: Lock = field(default_factory=Lock)


@dataclass(frozen=True)
class Piece:
    """An answer as far as it is written. `finished`: whether the model ended its turn itself, or came to a word at
    which it was to end; None while it writes. `tokens`: how many it wrote, the one that ends its turn included."""

    text: str
    finished: bool | None = None
    tokens: int = 0


def load_talker(model: Model, trust: TrustConfig = NOBODY) -> Talker:
    """The model, ready to answer.

    Raises BadInput when it cannot be loaded, or its base is prompted in another way than its adapter was trained in.
    """
    loaded, tokenizer = load_model(model.base, Path(model.adapter) if model.adapter else None, trust=trust)
    check_template(model, tokenizer)
    return Talker(model.label, loaded, tokenizer, bool(model.adapter))


def check_template(model: Model, tokenizer: PreTrainedTokenizerBase) -> None:
    """Raises BadInput when the base's template is not the one that the adapter was trained with."""
    if model.template and template_hash(tokenizer) != model.template:
        raise BadInput(
            f"{model.label}: the base's chat template is not the one this adapter was trained with, so it would answer "
            "prompts it has never seen; take the base as it was then, or train anew"
        )


def decoding(
    temperature: float = 0.0,
    top_p: float = 1.0,
    top_k: int = 0,
    beams: int = 1,
    repetition_penalty: float = 1.0,
    max_new_tokens: int = 128,
    seed: int = 0,
) -> GenerateConfig:
    """How to draw an answer; temperature 0 takes the likeliest token. Raises ValueError for values that are none."""
    return replace(
        GREEDY,
        do_sample=temperature > 0,
        temperature=temperature or 1.0,
        top_p=top_p,
        top_k=top_k,
        beams=beams,
        repetition_penalty=repetition_penalty,
        max_new_tokens=max_new_tokens,
        seed=seed,
    )


def raw_prompt(talker: Talker, messages: Sequence[Turn], task: str) -> str:
    """The prompt as the model gets it, special tokens and all."""
    return render(talker.tokenizer, messages, task)


def answer(
    talker: Talker,
    messages: Sequence[Turn],
    task: str,
    config: GenerateConfig,
    stop: Event,
    bare: bool = False,
    until: Sequence[str] = (),
) -> Generator[Piece, None, None]:
    """The answer piece by piece, each with all that is written so far; the last says how it ended.

    `stop` ends it after the token that is being written, and so does leaving the loop. With `bare` the base answers
    without its adapter. Beams are all weighed to the end, so that they give one piece only. The answer ends before the
    first of the words `until`. Raises BadInput when the prompt leaves no room.
    """
    row = Row("chat", task, tuple(messages), "")
    (ids,), _ = fitting_prompts([row], talker.tokenizer, prompt_room(talker.model, config))
    with talker.lock, _unadapted(talker, bare), suited_threads(talker.model):
        yield from _write(talker, ids, config, stop, until)


def _write(
    talker: Talker, ids: list[int], config: GenerateConfig, stop: Event, until: Sequence[str]
) -> Generator[Piece, None, None]:
    tokenizer, stops = talker.tokenizer, stop_ids(talker.tokenizer, talker.model)
    tokens = None if config.beams > 1 else _Tokens()  # transformers streams no beams
    written: list[list[int]] = []
    failed: list[Exception] = []

    def work() -> None:
        try:
            criteria = StoppingCriteriaList([_Told(stop)])
            if until:
                criteria.append(_Until(tokenizer, len(ids), until))
            written.append(_generated(talker, ids, config, stops, criteria, tokens))
        except Exception as error:  # raised again on the thread that waits for the answer
            failed.append(error)

    thread = Thread(target=work, daemon=True)
    thread.start()
    shown = 0
    try:
        while thread.is_alive():
            thread.join(_PAUSE)
            if tokens and len(tokens.ids) > shown:
                shown = len(tokens.ids)
                text, _ = _text(tokenizer, tokens.ids[:shown], stops, until)
                yield Piece(text.rstrip("\ufffd"), None, shown)  # half a character
    except BaseException:  # whoever reads has left
        stop.set()
        raise
    finally:
        thread.join()
    if failed:
        raise failed[0]
    text, ended = _text(tokenizer, written[0], stops, until)
    yield Piece(text, ended, len(written[0]))


def _generated(
    talker: Talker,
    ids: list[int],
    config: GenerateConfig,
    stops: list[int],
    criteria: StoppingCriteriaList,
    tokens: "_Tokens | None",
) -> list[int]:
    model, pad = talker.model, talker.tokenizer.pad_token_id
    # What a base's own generation_config asks for must not creep in, as in `eval.decoding`.
    own, model.generation_config = (
        model.generation_config,
        generation_config(config, stops, stops[0] if pad is None else pad),
    )
    try:
        with torch.inference_mode():
            if config.do_sample:
                torch.manual_seed(config.seed)
            out = cast(Any, model).generate(
                input_ids=torch.tensor([ids], device=model.device),
                attention_mask=torch.ones((1, len(ids)), dtype=torch.long, device=model.device),
                streamer=tokens,
                stopping_criteria=criteria,
            )
    finally:
        model.generation_config = own
    return [int(token) for token in out[0, len(ids) :]]


def _text(
    tokenizer: PreTrainedTokenizerBase, ids: list[int], stops: list[int], until: Sequence[str]
) -> tuple[str, bool]:
    """The words before the end of the turn and the first of `until`, and whether there was either."""
    end = next((place for place, token in enumerate(ids) if token in stops), None)
    text = str(tokenizer.decode(ids[:end], skip_special_tokens=True))
    places = [text.index(word) for word in until if word in text]
    return text[: min(places, default=None)].strip(), end is not None or bool(places)


def _unadapted(talker: Talker, bare: bool) -> AbstractContextManager[Any]:
    """The base as it is without its adapter, where that is asked for."""
    disabled: AbstractContextManager[Any] = (
        cast(Any, talker.model).disable_adapter() if bare and talker.adapted else nullcontext()
    )
    return disabled


class _Tokens(BaseStreamer):
    """The ids that have been written so far."""

    def __init__(self) -> None:
        self.ids: list[int] = []
        self._prompt_seen = False

    def put(self, value: torch.Tensor) -> None:
        if self._prompt_seen:
            self.ids += value.reshape(-1).tolist()
        self._prompt_seen = True

    def end(self) -> None:
        """Nothing is left to hand over."""


class _Told(StoppingCriteria):
    """Ends the answer once the event is set."""

    def __init__(self, stop: Event) -> None:
        self._stop = stop

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor, **kwargs: Any) -> torch.BoolTensor:
        told = torch.full((input_ids.shape[0],), self._stop.is_set(), device=input_ids.device, dtype=torch.bool)
        return cast(torch.BoolTensor, told)


class _Until(StoppingCriteria):
    """Ends the answer after the token that completes one of the words."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, prompt: int, words: Sequence[str]) -> None:
        self._tokenizer, self._prompt, self._words = tokenizer, prompt, words

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor, **kwargs: Any) -> torch.BoolTensor:
        # From the first token on: the last few, decoded alone, may not be whole characters.
        texts = self._tokenizer.batch_decode(input_ids[:, self._prompt :], skip_special_tokens=True)
        found = [any(word in text for word in self._words) for text in texts]
        return cast(torch.BoolTensor, torch.tensor(found, device=input_ids.device))
