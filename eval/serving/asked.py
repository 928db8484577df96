"""The body of a request in, what is asked of which model out: OpenAI's chat completions, as far as they can be kept.

    {"model": "sample-lora-1cb30e4a", "messages": [{"role": "user", "content": "刘备曰："}], "max_tokens": 64}

A parameter that would change the answer and is not known here is refused: an answer that quietly is another one than
was asked for is worse than none. https://platform.openai.com/docs/api-reference/chat/create
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from secrets import randbelow
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from eval.decoding import GenerateConfig
from eval.studio.talker import decoding
from train.rows import Turn

Task = Literal["roleplay", "quiz", "instruct"]
# What clients send of their own accord, with the values that ask for nothing.
_NEUTRAL: dict[str, tuple[Any, ...]] = {
    "n": (1,), "frequency_penalty": (0,), "presence_penalty": (0,), "logprobs": (False,), "tools": ([],), "functions": ([],),
    "tool_choice": ("none", "auto"), "logit_bias": ({},), "response_format": ({"type": "text"},), "store": (False,),
    "modalities": (["text"],), "parallel_tool_calls": (True, False), "service_tier": ("auto", "default"),
}  # fmt: skip
_IGNORED = ("user", "metadata", "safety_identifier", "prompt_cache_key")  # about the person who asks, not the answer


class Refused(Exception):
    """A request that gets no answer: an HTTP status, with a sentence and OpenAI's names for what is wrong."""

    def __init__(self, status: int, message: str, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.param, self.code = status, message, param, code


@dataclass(frozen=True)
class Asked:
    """What to answer, and how. `most`: how many tokens at most; None where the model's positions are the only limit."""

    model: str
    messages: Sequence[Turn]
    config: GenerateConfig
    most: int | None
    until: Sequence[str]
    task: Task
    stream: bool
    usage: bool  # whether a stream ends with the count of tokens


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    type: Literal["text"]
    text: str


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    role: Literal["system", "user", "assistant"]
    content: str | list[_Part]


class _StreamOptions(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    include_usage: bool = False


_Word = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    model: str
    messages: list[_Message] = Field(min_length=1)
    temperature: float = Field(1.0, ge=0, le=2)
    top_p: float = Field(1.0, gt=0, le=1)
    max_tokens: int | None = Field(None, ge=1)
    max_completion_tokens: int | None = Field(None, ge=1)  # its newer name
    stop: _Word | Annotated[list[_Word], Field(max_length=4)] = Field(default_factory=list)
    seed: int | None = Field(None, ge=-(2**63), lt=2**63)
    stream: bool = False
    stream_options: _StreamOptions = _StreamOptions()
    task: Task = "instruct"  # ours: matters to bases without a chat template, which are prompted by the kind of row


def read_asked(body: object) -> Asked:
    """What the decoded body asks for. Raises Refused with status 400 that names the parameter."""
    if not isinstance(body, dict):
        raise Refused(400, "the body must be a JSON object")
    told = {key: value for key, value in body.items() if value is not None and key not in _IGNORED}
    for key, values in _NEUTRAL.items():
        if key in told and not any(type(told[key]) is type(value) and told[key] == value for value in values):
            if told[key] == 0 and 0 in values:
                continue  # 0.0 as well as 0
            raise Refused(400, f"{key} is not supported; leave it out", key, "unsupported_parameter")
    told = {key: value for key, value in told.items() if key not in _NEUTRAL}
    if isinstance(told.get("messages"), list):
        told["messages"] = [_bare(message) for message in told["messages"]]
    try:
        made = _Body.model_validate_json(json.dumps(told))  # whose strictness lets objects be objects
    except ValidationError as error:
        raise _refused(error) from None
    messages: list[Turn] = [{"role": message.role, "content": _text(message.content)} for message in made.messages]
    if messages[-1]["role"] != "user":
        raise Refused(400, "messages must end with the user's turn", "messages")
    if any(turn["role"] == "system" for turn in messages[1:]):
        raise Refused(400, "only the first of the messages may be the system's", "messages")
    seed = randbelow(2**31) if made.seed is None else made.seed
    return Asked(
        made.model, messages, decoding(made.temperature, made.top_p, seed=seed),
        made.max_completion_tokens or made.max_tokens, [made.stop] if isinstance(made.stop, str) else made.stop,
        made.task, made.stream, made.stream_options.include_usage,
    )  # fmt: skip


def _bare(message: object) -> object:
    """The message without the empty fields that an answer of ours, handed back as it is, carries."""
    if not isinstance(message, dict):
        return message
    return {key: value for key, value in message.items() if value is not None and value != []}


def _text(content: str | list[_Part]) -> str:
    return content if isinstance(content, str) else "".join(part.text for part in content)


def _refused(error: ValidationError) -> Refused:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = [
        str(step) for step in first["loc"] if not str(step).startswith(("str", "list[", "constrained", "function"))
    ]
    param = ".".join(where) or None
    if first["type"] == "extra_forbidden":
        return Refused(400, f"{param} is not supported; leave it out", param, "unsupported_parameter")
    return Refused(400, f"{param or 'body'}: {first['msg']}", param, "invalid_value")
