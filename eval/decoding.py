"""One batch of prompts, as token ids → the model's answers, greedy by default."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

from train.precision import Precision
from train.template import stop_ids

if TYPE_CHECKING:  # seconds to import, which whoever reads a config need not wait for
    from transformers import GenerationConfig, PreTrainedModel, PreTrainedTokenizerBase


@dataclass(frozen=True)
class GenerateConfig:
    """How answers are drawn from a model. The same config, weights and rows give the same answers on one CPU."""

    max_new_tokens: int = 128  # an answer that needs more is cut and counted as not finished
    batch_size: int = 32  # rows generated together
    limit: int | None = None  # at most this many held-out rows, shared evenly among the question types
    do_sample: bool = False  # greedy unless set; temperature, top_p, top_k and seed are then read
    temperature: float = 0.95  # 0.95 and 0.7 are what the ChatGLM-6B P-tuning script samples with
    top_p: float = 0.7
    top_k: int = 0  # draw from so many of the likeliest tokens; 0: from all that top_p leaves
    seed: int = 0
    beams: int = 1  # answers kept in view at once; 1 goes on with the likeliest token, or the one drawn, alone
    repetition_penalty: float = 1.0  # 1 leaves the model as it is, so that repetition is seen and not hidden
    history: Literal["given", "own"] = "given"  # earlier answers of a conversation: the row's, or what the model wrote
    precision: Precision = "auto"  # as the adapter was trained; without one bf16 where a GPU has it, else fp32

    def __post_init__(self) -> None:
        if min(self.max_new_tokens, self.batch_size) < 1 or (self.limit is not None and self.limit < 1):
            raise ValueError("max_new_tokens, batch_size and limit must be at least 1")
        if self.beams < 1 or self.top_k < 0:
            raise ValueError("beams must be at least 1, top_k at least 0")
        if self.temperature <= 0 or not 0 < self.top_p <= 1 or self.repetition_penalty <= 0:
            raise ValueError("temperature and repetition_penalty must be above 0, top_p above 0 and at most 1")


class Answer(NamedTuple):
    """What a model wrote to one prompt, whether it ended its turn itself, and its own earlier answers if it was so asked."""

    text: str
    finished: bool
    earlier: tuple[str, ...] = ()


def answer_batch(
    model: "PreTrainedModel",
    tokenizer: "PreTrainedTokenizerBase",
    prompts: Sequence[Sequence[int]],
    config: GenerateConfig,
    seed: int = 0,
) -> list[Answer]:
    """The model's answers to the prompts, in their order. `seed` matters only to sampling.

    Special tokens and blanks round an answer are not part of its text.
    """
    import torch

    stops = stop_ids(tokenizer, model)
    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else stops[0]
    longest = max(map(len, prompts))
    padded = [[pad] * (longest - len(ids)) + list(ids) for ids in prompts]  # (B, T)
    attended = [[0] * (longest - len(ids)) + [1] * len(ids) for ids in prompts]
    if config.do_sample:
        torch.manual_seed(seed)
    # What a base's own generation_config asks for (Qwen3's samples at 0.6) must not creep in where ours says nothing.
    own, model.generation_config = model.generation_config, generation_config(config, stops, pad)
    try:
        with torch.inference_mode():
            out = cast(Any, model).generate(
                input_ids=torch.tensor(padded, device=model.device),
                attention_mask=torch.tensor(attended, device=model.device),
            )
    finally:
        model.generation_config = own
    return [_answer(tokenizer, ids, stops) for ids in out[:, longest:].tolist()]


def generation_config(config: GenerateConfig, stops: list[int], pad: int) -> "GenerationConfig":
    """What transformers is asked for: the config, the ids at which to stop, and the one to pad with."""
    from transformers import GenerationConfig

    sampling: dict[str, Any] = {}
    if config.do_sample:
        sampling = {"temperature": config.temperature, "top_p": config.top_p, "top_k": config.top_k}
    return GenerationConfig(
        max_new_tokens=config.max_new_tokens,
        do_sample=config.do_sample,
        num_beams=config.beams,
        repetition_penalty=config.repetition_penalty,
        eos_token_id=stops,
        pad_token_id=pad,
        **sampling,
    )


def _answer(tokenizer: "PreTrainedTokenizerBase", ids: list[int], stops: list[int]) -> Answer:
    end = next((place for place, token in enumerate(ids) if token in stops), None)
    text = tokenizer.decode(ids[:end], skip_special_tokens=True)
    return Answer(str(text).strip(), end is not None)
