"""A desk of models in, the web application that answers OpenAI's requests out.

GET /v1/models, GET /v1/models/NAME, POST /v1/chat/completions; whatever else is asked for is refused.
"""

import asyncio
import hmac
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from secrets import token_hex
from threading import Event

from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.exceptions import HTTPException

from eval.serving import wire
from eval.serving.asked import Refused, read_asked
from eval.serving.desk import Desk, Written

_OWN_NAMES = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Door:
    """Who is let in."""

    token: str = ""  # that every request must carry; none: nobody is asked
    hosts: tuple[str, ...] = (
        _OWN_NAMES  # names a request may call us by; none: any. Keeps out pages whose name leads here
    )
    body_bytes: int = 1_000_000  # some 300,000 characters: far more than any prompt


def make_app(desk: Desk, door: Door) -> FastAPI:
    """The application. It allows no page of another origin to read it, and shows no documentation of itself."""
    born, leaving = int(time.time()), set[asyncio.Task[None]]()

    async def guard(request: Request) -> None:
        if refused := _refusal(request, door):
            raise refused

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, dependencies=[Depends(guard)])

    @app.exception_handler(Refused)
    async def refuse(request: Request, refused: Refused) -> Response:
        return _error(refused)

    @app.exception_handler(HTTPException)
    async def no_such_page(request: Request, error: HTTPException) -> Response:
        return _error(Refused(error.status_code, f"{request.method} {request.url.path}: {error.detail}"))

    @app.get("/v1/models")
    async def models() -> dict[str, object]:
        return wire.models(desk.models, born)

    @app.get("/v1/models/{name:path}")
    async def model(name: str) -> dict[str, object]:
        if name not in desk.models:
            raise Refused(404, f"The model `{name[:100]}` does not exist", "model", "model_not_found")
        found: dict[str, object] = wire.models([name], born)["data"][0]
        return found

    @app.post("/v1/chat/completions", response_model=None)
    async def complete(request: Request) -> Response:
        asked = read_asked(await _json(request, door.body_bytes))
        stop = Event()
        watch = asyncio.create_task(_stop_when_left(request, stop))
        leaving.add(watch)  # the loop itself holds tasks only weakly
        watch.add_done_callback(leaving.discard)
        answer = desk.answer(asked, stop)
        head = wire.Head(f"chatcmpl-{token_hex(12)}", int(time.time()), asked.model)
        # What is refused is so before the first piece, so that it has its own status also where a stream was asked for.
        first = await anext(answer, None)
        if asked.stream:
            stream = wire.events(head, asked, _with(first, answer))
            return StreamingResponse(stream, media_type="text/event-stream", headers={"Cache-Control": "no-cache"})
        last = first
        async for written in answer:
            last = written
        if last is None:
            raise Refused(499, "the request was left before its turn came")
        return JSONResponse(head.whole(last))

    return app


def _refusal(request: Request, door: Door) -> Refused | None:
    name = request.url.hostname or ""
    if door.hosts and name not in door.hosts:
        return Refused(421, f"this endpoint is not called {name[:100]}; use 127.0.0.1 or localhost")
    shown = request.headers.get("authorization", "")
    # Compared in a time that tells nothing of how much is right.
    if door.token and not hmac.compare_digest(shown.encode(), f"Bearer {door.token}".encode()):
        return Refused(
            401, "give the token that the endpoint printed at its start as the API key", code="invalid_api_key"
        )
    return None


async def _json(request: Request, most: int) -> object:
    # A page of another origin may send text as it likes, but must ask before it sends JSON, and is answered no.
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Refused(415, "send the body as application/json")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > most:
            raise Refused(413, f"the body has more than {most} bytes")
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise Refused(400, "the body is not JSON") from None


async def _stop_when_left(request: Request, stop: Event) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
    stop.set()


async def _with(first: Written | None, rest: AsyncIterator[Written]) -> AsyncIterator[Written]:
    if first is not None:
        yield first
    async for written in rest:
        yield written


def _error(refused: Refused) -> Response:
    headers = {401: {"WWW-Authenticate": "Bearer"}, 429: {"Retry-After": "5"}}.get(refused.status)
    return JSONResponse(wire.error(refused), refused.status, headers)
