"""Questions and an endpoint in, its answers out as they come: several in flight, each tried again where waiting can help."""

import asyncio
from collections.abc import AsyncIterator, Generator, Sequence

import httpx

from warehouse.assist.config import AssistConfig
from warehouse.endpoints.apart import items
from warehouse.endpoints.client import Ask, Unanswered, connection, whole
from warehouse.endpoints.config import Endpoint
from warehouse.turns import pauses

_LONGEST_WAIT = 30.0  # seconds; also caps what the server asks for
Answered = tuple[int, str | Unanswered]  # the number of the question, and the answer or why there is none


def answers(endpoint: Endpoint, asks: Sequence[Ask], config: AssistConfig) -> Generator[Answered, None, None]:
    """The answers in the order in which they come; leaving the loop ends all that is asked at once.

    Raises Unanswered when the endpoint is gone: nobody is there after all attempts, or too many fail in a row.
    """
    for found in items(lambda: _answers(endpoint, asks, config)):
        if found is not None:
            yield found


async def _answers(endpoint: Endpoint, asks: Sequence[Ask], config: AssistConfig) -> AsyncIterator[Answered]:
    todo, failed = iter(enumerate(asks)), 0
    running: set[asyncio.Task[Answered]] = set()
    async with connection(endpoint, config.at_once) as client:
        try:
            while True:
                while len(running) < config.at_once and (one := next(todo, None)) is not None:
                    running.add(asyncio.create_task(_one(client, endpoint, *one, config)))
                if not running:
                    return
                done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                found = sorted((task.result() for task in done), key=lambda one: isinstance(one[1], Unanswered))
                for number, what in found:  # answers first: they are kept even if the endpoint is gone
                    failed = failed + 1 if isinstance(what, Unanswered) else 0
                    if isinstance(what, Unanswered) and (what.away or failed >= config.patience):
                        raise what
                    yield number, what
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)


async def _one(client: httpx.AsyncClient, endpoint: Endpoint, number: int, ask: Ask, config: AssistConfig) -> Answered:
    for attempt, pause in enumerate(pauses(config.backoff, _LONGEST_WAIT), 1):
        try:
            return number, await whole(client, endpoint, ask)
        except Unanswered as error:
            if not error.again or attempt >= config.attempts:
                return number, error
            await asyncio.sleep(min(max(pause, error.wait or 0.0), _LONGEST_WAIT))
    raise AssertionError("pauses never end")
