"""An endpoint and a conversation in, the answer as it comes out; whatever goes wrong is one sentence in two languages."""

import asyncio
import email.utils
from collections.abc import AsyncIterator, Generator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from corpora.errors import BadInput
from warehouse.endpoints.apart import items, result
from warehouse.endpoints.config import Endpoint
from warehouse.endpoints.events import (
    DONE,
    MOST_BYTES,
    Chunk,
    Complaint,
    Events,
    Unreadable,
    complaint,
    read_chunk,
    read_models,
    read_whole,
)

CONNECT = 5.0  # seconds to get through to a machine that is there
_LIST = 10.0  # seconds for the list of models, for which a page waits
_PASSING = (408, 409, 425, 429)  # and all from 500


class Unanswered(BadInput):
    """No answer, or not the whole of it. `chinese` says it too; `again`: another try may help, after `wait` seconds where
    the server says so; `away`: nobody is there to ask, or nobody who lets us in."""

    def __init__(
        self, english: str, chinese: str, again: bool = False, away: bool = False, wait: float | None = None
    ) -> None:
        super().__init__(english)
        self.chinese, self.again, self.away, self.wait = chinese, again, away, wait


@dataclass(frozen=True)
class Ask:
    """What is asked of a model: the protocol knows no beams, no top-k and no repetition penalty."""

    model: str
    messages: Sequence[Mapping[str, str]]
    temperature: float = 0.0
    top_p: float = 1.0
    max_tokens: int = 128
    seed: int = 0
    stop: Sequence[str] = ()

    def body(self, stream: bool) -> dict[str, Any]:
        """The request. What asks for nothing is left out: not every server knows it."""
        made: dict[str, Any] = {
            "model": self.model, "messages": [dict(turn) for turn in self.messages], "temperature": self.temperature,
            "top_p": self.top_p, "max_tokens": self.max_tokens, "seed": self.seed, "stream": stream,
        }  # fmt: skip
        return made | ({"stop": list(self.stop)} if self.stop else {})


def models(endpoint: Endpoint) -> list[str]:
    """The names of its models, or the one that the config names, without asking. Raises Unanswered."""
    if endpoint.model:
        return [endpoint.model]

    async def ask() -> list[str]:
        async with connection(endpoint) as client, _sentences(endpoint), asyncio.timeout(_LIST):
            return read_models(await _body(client, client.build_request("GET", "models")))

    return result(ask)


def answer(endpoint: Endpoint, ask: Ask) -> Generator[Chunk | None, None, None]:
    """The answer bit by bit, and None every now and then while nothing comes; leaving the loop closes the connection.

    Raises Unanswered, also in the middle.
    """
    return items(lambda: _streamed(endpoint, ask))


async def whole(client: httpx.AsyncClient, endpoint: Endpoint, ask: Ask) -> str:
    """The answer in one piece, over a client that `connection` opened. Raises Unanswered."""
    async with _sentences(endpoint), asyncio.timeout(endpoint.timeout + CONNECT):
        body = await _body(client, client.build_request("POST", "chat/completions", json=ask.body(False)))
        return hidden(read_whole(body).text, endpoint)


@asynccontextmanager
async def connection(endpoint: Endpoint, at_once: int = 1) -> AsyncIterator[httpx.AsyncClient]:
    """A client that asks this endpoint. It follows no redirect: the token is for nobody else."""
    headers = {"User-Agent": "huaben", "Accept-Encoding": "identity"}
    if token := endpoint.token():
        headers["Authorization"] = f"Bearer {token}"
    timeout = httpx.Timeout(endpoint.timeout, connect=min(CONNECT, endpoint.timeout))
    limits = httpx.Limits(max_connections=at_once, max_keepalive_connections=at_once)
    async with httpx.AsyncClient(
        base_url=f"{endpoint.url}/", headers=headers, timeout=timeout, limits=limits, follow_redirects=False
    ) as client:
        yield client


def hidden(text: str, endpoint: Endpoint) -> str:
    """The text without the token: a server may send back whatever it was sent."""
    token = endpoint.token()
    return text.replace(token, "***") if token else text


async def _streamed(endpoint: Endpoint, ask: Ask) -> AsyncIterator[Chunk]:
    async with connection(endpoint) as client, _sentences(endpoint):
        request = client.build_request("POST", "chat/completions", json=ask.body(True))
        response = await client.send(request, stream=True)
        try:
            await _check(response)
            events, size, ended = Events(), 0, False
            async for block in response.aiter_bytes():
                for data in events.feed(block):
                    if data == DONE:
                        return
                    chunk = read_chunk(data)
                    size, ended = size + len(chunk.text), ended or bool(chunk.reason)
                    if size > MOST_BYTES:
                        raise Unreadable("an answer without end")
                    yield chunk
            if not ended:
                raise httpx.RemoteProtocolError("the stream ended before the answer")
        finally:
            await response.aclose()


async def _body(client: httpx.AsyncClient, request: httpx.Request) -> str:
    response = await client.send(request, stream=True)
    try:
        await _check(response)
        return await _text(response)
    finally:
        await response.aclose()


class _Refused(Exception):
    """The server answers with a status that is no success."""

    def __init__(self, status: int, said: str, wait: float | None) -> None:
        super().__init__(said)
        self.status, self.said, self.wait = status, said, wait


async def _check(response: httpx.Response) -> None:
    if response.status_code != 200:
        said = complaint(await _text(response))
        raise _Refused(response.status_code, said, _wait(response.headers.get("Retry-After", "").strip()))


async def _text(response: httpx.Response) -> str:
    body = bytearray()
    async for block in response.aiter_bytes():
        body += block
        if len(body) > MOST_BYTES:
            raise Unreadable("a body without end")
    return body.decode("utf-8", "replace")


def _wait(asked: str) -> float | None:
    if asked.isdigit():
        return float(asked)
    try:
        return max(0.0, (email.utils.parsedate_to_datetime(asked) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


@asynccontextmanager
async def _sentences(endpoint: Endpoint) -> AsyncIterator[None]:
    """Whatever goes wrong inside, as the sentence that a person is told."""
    name, patience = endpoint.name, f"{endpoint.timeout:g}"
    try:
        yield
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        why = hidden(str(error), endpoint) or "no answer"
        raise Unanswered(
            f"{name} cannot be reached ({why}); see that it runs there", f"连不上 {name}：看看它是否在运行", True, True
        ) from None
    except (httpx.TimeoutException, TimeoutError):
        raise Unanswered(
            f"{name} has not answered within {patience} s; it may be busy, or loading the model",
            f"{name} 在 {patience} 秒内没有回应：可能正忙，或在载入模型", True, True,
        ) from None  # fmt: skip
    except httpx.TransportError:
        raise Unanswered(
            f"{name} broke off before the answer was whole; ask again", f"{name} 没说完就断了：请再问一次", True
        ) from None
    except (Unreadable, httpx.DecodingError):
        raise Unanswered(
            f"{name} sends what is no chat completion; is that its address?",
            f"{name} 发来的不是对话补全：地址对吗？",
            True,
        ) from None
    except Complaint as error:
        said = hidden(str(error), endpoint)
        raise Unanswered(f"{name} ends with an error: {said}", f"{name} 报错：{said}", True) from None
    except _Refused as error:
        said, passing = hidden(error.said, endpoint), error.status in _PASSING or error.status >= 500
        raise Unanswered(
            f"{name} answers {error.status}: {said or 'nothing more'}", f"{name} 答复 {error.status}：{said or '没有说明'}",
            passing, error.status in (401, 403, 404) or 300 <= error.status < 400, error.wait,
        ) from None  # fmt: skip
