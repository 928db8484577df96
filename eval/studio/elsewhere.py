"""A model at an endpoint elsewhere and a prompt in, its answer out as it comes; no address is ever taken from a browser."""

import json
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from eval.decoding import GenerateConfig
from eval.studio.talker import Piece
from train.rows import Turn
from warehouse.endpoints.client import Ask, answer, hidden
from warehouse.endpoints.config import Endpoint, endpoints
from warehouse.place import home_config

MOST_WORDS = 4  # at which an answer may end: as many as OpenAI takes


@dataclass(frozen=True)
class Elsewhere:
    """A model that an endpoint lists."""

    endpoint: Endpoint
    name: str

    @property
    def label(self) -> str:
        """How it is called beside the models that are here."""
        return f"{self.name} @ {self.endpoint.name}"


def known(home: Path, named: Sequence[str] = ()) -> dict[str, Endpoint]:
    """The endpoints of huaben.toml and those that the command line names. Raises BadInput when one is none."""
    return endpoints(home_config(home).endpoints, named)


def asked(model: Elsewhere, messages: Sequence[Turn], config: GenerateConfig, until: Sequence[str] = ()) -> Ask:
    """What the endpoint is sent: of the config, what the protocol has."""
    return Ask(
        model.name,
        [{"role": turn["role"], "content": turn["content"]} for turn in messages],
        config.temperature if config.do_sample else 0.0,
        config.top_p if config.do_sample else 1.0,
        config.max_new_tokens,
        config.seed,
        tuple(until[:MOST_WORDS]),
    )


def raw_request(ask: Ask) -> str:
    """The request as it is sent; how the prompt is laid out of it, the endpoint alone knows."""
    return json.dumps(ask.body(True), ensure_ascii=False, indent=1)


def answer_elsewhere(model: Elsewhere, ask: Ask) -> Generator[Piece, None, None]:
    """The answer piece by piece, each with all that has come so far, ten a second also while nothing new comes; the last
    says how it ended. Leaving the loop closes the connection. Raises Unanswered, also in the middle."""
    text, ended = "", True
    with closing(answer(model.endpoint, ask)) as chunks:
        for chunk in chunks:
            if chunk is not None:
                text, ended = text + chunk.text, chunk.reason in ("", "stop") and ended
            yield Piece(hidden(text, model.endpoint).strip())
    yield Piece(hidden(text, model.endpoint).strip(), ended)
