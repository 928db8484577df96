"""What is offered and an address in, the endpoint served there until Ctrl-C out.

huaben chat --serve --port 8000
"""

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType

import uvicorn

from eval.serving.app import Door, make_app
from eval.serving.desk import Desk
from eval.studio.serve import is_loopback
from warehouse.kit import BadInput

_LAST_WORDS = 10  # seconds in which answers that are cut by Ctrl-C may still say so


@dataclass(frozen=True)
class Address:
    """Where the endpoint is served, and the token that a request must carry; none: nobody is asked for one."""

    host: str
    port: int
    token: str = ""

    @property
    def url(self) -> str:
        """What a client calls its base URL."""
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}/v1"


def address(host: str, port: int) -> Address:
    """The address, with the token of $HUABEN_TOKEN, or a new one where others than this machine can reach the host.

    Raises BadInput when the port is none.
    """
    if not 0 <= port < 65_536:
        raise BadInput(f"port {port} is none; give one from 0 to 65535 (0: any that is free)")
    given = os.environ.get("HUABEN_TOKEN", "")
    return Address(host, port, given or ("" if is_loopback(host) else secrets.token_urlsafe(24)))


def serve(desk: Desk, at: Address, ready: Callable[[Address], None]) -> None:
    """Answer requests until a signal ends it; `ready` is told the address, once it is open.

    Raises BadInput when the address cannot be had.
    """
    door = Door(at.token) if is_loopback(at.host) else Door(at.token, hosts=())
    config = uvicorn.Config(
        make_app(desk, door), host=at.host, port=at.port, log_level="warning", lifespan="off", server_header=False,
        timeout_graceful_shutdown=_LAST_WORDS,
    )  # fmt: skip
    server = _Server(config, desk)
    try:
        socket = config.bind_socket()
    except SystemExit:  # uvicorn's way to say that the address is taken
        raise BadInput(f"{at.host} port {at.port} cannot be opened; is it taken? give another --port") from None
    with socket:
        socket.listen()  # so that whoever reads the address is let in, even before the server runs
        ready(Address(at.host, socket.getsockname()[1], at.token))
        try:
            server.run(sockets=[socket])
        except KeyboardInterrupt:  # raised anew by uvicorn, when all is done
            return


class _Server(uvicorn.Server):
    """uvicorn's server, which at the first signal also ends the answers that are being written."""

    def __init__(self, config: uvicorn.Config, desk: Desk) -> None:
        super().__init__(config)
        self._desk = desk

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._desk.close()
        super().handle_exit(sig, frame)
