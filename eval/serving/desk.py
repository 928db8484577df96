"""What was asked of a model in, its answer piece by piece out: one answer at a time, in the order of asking."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event

from eval.generate import prompt_room
from eval.serving.asked import Asked, Refused
from eval.studio.choices import Model
from eval.studio.talker import Piece, Talker, answer, load_talker
from train.birth import how_loaded
from train.template import prompt_ids
from warehouse.kit import BadInput


@dataclass(frozen=True)
class DeskConfig:
    """How much is held and done at once."""

    loaded: int = 2  # models in memory; the one that was not asked for longest makes room
    waiting: int = 32  # requests that may wait for their turn; others are told to come back
    most_tokens: int = 1_024  # of one answer, so that nobody holds the others up for ever


@dataclass(frozen=True)
class Written:
    """An answer as far as it is written, and how many tokens its prompt has."""

    piece: Piece
    prompt_tokens: int


class Desk:
    """The models, and the one thread that loads them and lets them answer."""

    def __init__(
        self, models: Mapping[str, Model], config: DeskConfig, load: Callable[[Model], Talker] = load_talker
    ) -> None:
        self.models, self.config, self._load = models, config, load
        self._loaded: OrderedDict[Model, Talker] = OrderedDict()
        self._thread = ThreadPoolExecutor(1, "answers")
        self._stops: set[Event] = set()
        self.closed = False

    def close(self) -> None:
        """End every answer after the token that is being written, and take no more."""
        self.closed = True
        for stop in list(self._stops):
            stop.set()
        self._thread.shutdown(wait=False)

    async def answer(self, asked: Asked, stop: Event) -> AsyncIterator[Written]:
        """The answer piece by piece; `stop`, and leaving the loop, end it. Raises Refused, before the first piece, with
        status 404 for an unknown model, 400 for a prompt that does not fit it, 429 where too many wait, 503 when the
        model cannot be loaded or the desk closes, and then also in the middle of an answer."""
        if asked.model not in self.models:
            raise Refused(404, f"The model `{asked.model[:100]}` does not exist", "model", "model_not_found")
        if self.closed:
            raise _closing()
        if len(self._stops) > self.config.waiting:
            raise Refused(429, "too many requests wait for an answer; try again later", code="rate_limit_exceeded")
        loop, told = asyncio.get_running_loop(), asyncio.Queue[Written | Exception | None]()

        def tell(what: Written | Exception | None) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(told.put_nowait, what)

        self._stops.add(stop)
        work = self._thread.submit(self._work, asked, stop, tell)
        work.add_done_callback(lambda _: self._stops.discard(stop))
        try:
            while (what := await told.get()) is not None:
                if isinstance(what, Exception):
                    raise what
                if self.closed and not what.piece.finished:
                    raise _closing()
                yield what
        finally:
            stop.set()

    def _work(self, asked: Asked, stop: Event, tell: Callable[[Written | Exception | None], None]) -> None:
        try:
            if not stop.is_set():  # whoever asked has left while others were answered
                for written in self._written(asked, stop):
                    tell(written)
            elif self.closed:
                tell(_closing())
        except Exception as error:  # raised again where the answer is waited for
            tell(error)
        finally:
            tell(None)

    def _written(self, asked: Asked, stop: Event) -> Iterator[Written]:
        talker, bare = self._talker(self.models[asked.model])
        try:
            length = len(prompt_ids(talker.tokenizer, asked.messages, asked.task))
        except BadInput as error:
            raise Refused(400, str(error), "messages") from None
        room = prompt_room(talker.model, replace(asked.config, max_new_tokens=1)) + 1 - length
        if room < 1:
            raise Refused(
                400, f"the prompt has {length} tokens, and the model takes {length + room} with the answer; shorten it",
                "messages", "context_length_exceeded",
            )  # fmt: skip
        config = replace(asked.config, max_new_tokens=min(room, asked.most or room, self.config.most_tokens))
        with closing(answer(talker, asked.messages, asked.task, config, stop, bare, asked.until)) as pieces:
            for piece in pieces:
                yield Written(piece, length)

    def _talker(self, model: Model) -> tuple[Talker, bool]:
        """The loaded model, and whether it is to answer without its adapter: a base is not loaded beside its adapter."""
        over = [one for one in self._loaded if one.base == model.base and one.adapter and not model.adapter]
        over = [one for one in over if how_loaded(Path(one.adapter))[1] == 0]  # a quantised base answers otherwise
        found = model if model in self._loaded or not over else over[-1]
        if found not in self._loaded:
            while len(self._loaded) >= self.config.loaded:
                self._loaded.popitem(last=False)  # before the next is loaded: memory holds so many and no more
            try:
                self._loaded[found] = self._load(found)
            except BadInput as error:
                raise Refused(503, str(error), "model", "model_not_loaded") from None
        self._loaded.move_to_end(found)
        return self._loaded[found], found != model


def _closing() -> Refused:
    return Refused(503, "the endpoint is closing", code="shutting_down")
