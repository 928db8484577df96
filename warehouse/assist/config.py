"""The table [assist] of a run, or the options of `huaben assist`, in; which endpoint is asked what, and how hard, out."""

from dataclasses import dataclass, replace
from pathlib import Path

from corpora.errors import BadInput
from warehouse.endpoints.client import models
from warehouse.endpoints.config import Endpoint, chosen
from warehouse.place import home_config


@dataclass(frozen=True)
class AssistConfig:
    """Which model is asked about which utterances. Nothing is asked of anybody without `url`."""

    url: str = ""  # an address, or the name of an endpoint in huaben.toml
    model: str = ""  # by default the only one that the endpoint lists
    token_env: str = ""  # the environment variable that holds the token
    below: float = 0.7  # asked about: speakers less sure than this, and utterances without one
    confidence: float = 0.7  # that a choice is given: the share of them that you found right
    limit: int = 0  # utterances at most; 0: all
    at_once: int = 4  # requests in flight
    attempts: int = 4  # at one request
    backoff: float = 1.0  # seconds before the second attempt; doubles with each
    patience: int = 5  # requests in a row that may fail before the endpoint counts as gone
    max_tokens: int = 16  # of an answer, which is a number; a model that thinks first needs more
    timeout: float = 60.0  # seconds for one answer
    before: int = 300  # characters of the novel before the words, and
    after: int = 150  # after them

    def __post_init__(self) -> None:
        if not (0 <= self.below <= 1 and 0 <= self.confidence <= 1):
            raise ValueError("below and confidence must be from 0 to 1")
        if min(self.at_once, self.attempts, self.patience, self.max_tokens) < 1:
            raise ValueError("at_once, attempts, patience and max_tokens must be at least 1")
        if min(self.limit, self.before, self.after) < 0 or min(self.backoff, self.timeout) <= 0:
            raise ValueError("limit, before and after must be 0 or more, backoff and timeout above 0")


def endpoint_of(home: Path, config: AssistConfig) -> Endpoint:
    """The endpoint with the model that is to be asked. Raises BadInput when it is none, or lists several models."""
    found = chosen(home_config(home).endpoints, config.url, config.model)
    found = replace(found, timeout=config.timeout, token_env=config.token_env or found.token_env)
    if found.model:
        return found
    listed = models(found)
    if len(listed) != 1:
        names = ", ".join(listed[:10]) or "no model"
        raise BadInput(f"{found.name} lists {names}; choose the one to ask with model")
    return replace(found, model=listed[0])
