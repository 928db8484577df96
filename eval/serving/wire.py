"""An answer as it is written in, OpenAI's JSON out: one object, or the events of a stream.

data: {"id": "chatcmpl-…", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": "未"}, …}]}

data: [DONE]
"""

import json
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from eval.serving.asked import Asked, Refused
from eval.serving.desk import Written

_TYPES = {401: "authentication_error", 404: "invalid_request_error", 429: "rate_limit_error"}


@dataclass(frozen=True)
class Head:
    """What every object of one answer begins with."""

    id: str
    created: int  # seconds since 1970
    model: str

    def chunk(self, choices: Sequence[dict[str, Any]], **more: Any) -> str:
        """One event of a stream."""
        made = {**self._told("chat.completion.chunk"), "choices": list(choices), **more}
        return f"data: {json.dumps(made, ensure_ascii=False)}\n\n"

    def whole(self, written: Written) -> dict[str, Any]:
        """The answer in one object."""
        message = {"role": "assistant", "content": written.piece.text, "refusal": None}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _reason(written)}
        return {**self._told("chat.completion"), "choices": [choice], "usage": _usage(written)}

    def _told(self, kind: str) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model}


async def events(head: Head, asked: Asked, answer: AsyncIterator[Written]) -> AsyncIterator[str]:
    """The answer as server-sent events, each with what is new. What goes wrong on the way is the last of them."""
    none = {"usage": None} if asked.usage else {}
    yield head.chunk([_delta({"role": "assistant", "content": ""})], **none)
    sent, last = "", None
    try:
        async for last in answer:
            text = last.piece.text
            if last.piece.finished is None:
                text = text[: len(text) - _held_back(text, asked.until)]
            if len(text) > len(sent):
                yield head.chunk([_delta({"content": text[len(sent) :]})], **none)
                sent = text
    except Refused as refused:
        yield f"data: {json.dumps(error(refused), ensure_ascii=False)}\n\n"
        return
    if last is None:  # nobody is there to read it
        return
    yield head.chunk([_delta({}, _reason(last))], **none)
    if asked.usage:
        yield head.chunk([], usage=_usage(last))
    yield "data: [DONE]\n\n"


def error(refused: Refused) -> dict[str, Any]:
    """OpenAI's object for a request that gets no answer."""
    kind = _TYPES.get(refused.status, "server_error" if refused.status >= 500 else "invalid_request_error")
    return {"error": {"message": refused.message, "type": kind, "param": refused.param, "code": refused.code}}


def models(names: Iterable[str], created: int) -> dict[str, Any]:
    """The list of models."""
    listed = [{"id": name, "object": "model", "created": created, "owned_by": "huaben"} for name in names]
    return {"object": "list", "data": listed}


def _held_back(text: str, until: Sequence[str]) -> int:
    """How many of the last characters may be the beginning of a word at which the answer ends.

    >>> _held_back("未知其", ["其详", "曰"])
    1
    """
    return max((size for word in until for size in range(1, len(word)) if text.endswith(word[:size])), default=0)


def _delta(delta: dict[str, str], reason: str | None = None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}


def _reason(written: Written) -> str:
    return "stop" if written.piece.finished else "length"


def _usage(written: Written) -> dict[str, int]:
    asked, wrote = written.prompt_tokens, written.piece.tokens
    return {"prompt_tokens": asked, "completion_tokens": wrote, "total_tokens": asked + wrote}
