"""A home folder's huaben.toml and what the command line names in; the endpoints that may be asked, by name, out.

[endpoints.vllm]
url = "http://gpu.example:8000/v1"
model = "Qwen/Qwen3-8B"     # by default whatever /v1/models lists
token_env = "VLLM_TOKEN"    # the environment variable that holds the token; the token itself stands nowhere
"""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from corpora.errors import BadInput

_NAME = re.compile(r"[\w.:\[\]-]{1,80}")
_TOKEN = re.compile(r"[!-~]+")  # what a header may hold


@dataclass(frozen=True)
class EndpointConfig:
    """One endpoint as a config names it. `timeout`: seconds for which it may say nothing."""

    url: str
    model: str = ""
    token_env: str = ""
    timeout: float = 60.0

    def __post_init__(self) -> None:
        plain_url(self.url)
        if self.timeout <= 0:
            raise ValueError(f"timeout = {self.timeout:g} is none; give seconds above 0")


@dataclass(frozen=True)
class Endpoint:
    """An endpoint to ask. The token is read from the environment when it is needed, and kept nowhere."""

    name: str  # how people and messages call it
    url: str  # ends in /v1 or what else the server has
    model: str = ""  # the one it is asked for; empty: any that it lists
    token_env: str = ""
    timeout: float = 60.0

    def token(self) -> str:
        """The token, empty where none is asked for. Raises BadInput when its variable is not set, or holds no token."""
        if not self.token_env:
            return ""
        found = os.environ.get(self.token_env, "")
        if not found:
            raise BadInput(f"{self.name}: ${self.token_env} is not set; put the endpoint's token into it")
        if not _TOKEN.fullmatch(found):
            raise BadInput(
                f"{self.name}: what ${self.token_env} holds is no token; it has blanks or strange characters"
            )
        return found


def endpoints(known: Mapping[str, EndpointConfig], named: Sequence[str] = ()) -> dict[str, Endpoint]:
    """The endpoints by name: those the config knows, then those of the command line.

    `named` are names of the config, or addresses; one that the config knows as well gets its token from there. Raises
    BadInput on a name or an address that is none.
    """
    found = {name: _endpoint(name, config) for name, config in known.items()}
    for one in named:
        if one not in found and "://" not in one:
            listed = f"; huaben.toml has {', '.join(known)}" if known else ""
            raise BadInput(f"{one[:200]} is no endpoint: give an address like http://127.0.0.1:8000/v1{listed}")
        made = found.get(one) or of_url(one)
        if made.url not in [other.url for other in found.values()]:
            found[made.name] = made
    return found


def chosen(known: Mapping[str, EndpointConfig], one: str, model: str = "") -> Endpoint:
    """The endpoint of that name or address, asked for `model` where one is given. Raises BadInput as `endpoints` does."""
    found = endpoints(known, [one])
    made = found.get(one) or next(other for other in found.values() if other.url == plain_url(one))
    return replace(made, model=model or made.model)


def of_url(url: str, model: str = "", token_env: str = "", timeout: float = 60.0) -> Endpoint:
    """The endpoint at an address, called by host and port. Raises BadInput when it is none."""
    try:
        plain = plain_url(url)
    except ValueError as error:
        raise BadInput(str(error)) from None
    return Endpoint(urlsplit(plain).netloc, plain, model, token_env, timeout)


def plain_url(url: str) -> str:
    """The base address without a slash at its end; /v1 is added where it has no path.

    Raises ValueError when it is no http address, or holds what a message must not show.

    >>> plain_url("http://127.0.0.1:11434/")
    'http://127.0.0.1:11434/v1'
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("the address of the endpoint cannot be read; write http://HOST:PORT/v1") from None
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError(
            "an endpoint's address holds no user, password or query; name the token's variable in token_env"
        )
    if parts.scheme not in ("http", "https") or not parts.hostname or not _NAME.fullmatch(parts.netloc) or port == 0:
        raise ValueError(f"{url[:200]} is no address of an endpoint; write http://HOST:PORT/v1")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/') or '/v1'}"


def _endpoint(name: str, config: EndpointConfig) -> Endpoint:
    return Endpoint(name, plain_url(config.url), config.model, config.token_env, config.timeout)
