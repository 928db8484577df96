"""The web app: an address in, the pages served there until Ctrl-C out."""

from pathlib import Path
from typing import Annotated

import typer

from flows.commands.options import Config
from flows.console import say


def studio(
    host: Annotated[
        str, typer.Option(help="Address to serve on; on any but this machine's own a token is asked for.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to serve on.")] = 8501,
    base: Annotated[
        list[str] | None, typer.Option(help="A base that may be talked to, once for each: a folder or a hub name.")
    ] = None,
    endpoint: Annotated[
        list[str] | None,
        typer.Option(
            help="An OpenAI-compatible endpoint to talk to, once for each: an address, or its name in huaben.toml."
        ),
    ] = None,
    config: Config = None,
) -> None:
    """Open the studio: talk to bases and adapters, correct the data, look through the corpus; docs/studio.md."""
    import os
    from contextlib import suppress

    from corpora.errors import BadInput
    from eval.studio.serve import StudioConfig, launch
    from train.trust import NOBODY
    from warehouse.endpoints.config import endpoints
    from warehouse.home import home_folder
    from warehouse.lake import writing
    from warehouse.place import home_config

    named, trust = list(base or []), NOBODY
    if config:
        from flows.config import read_config

        settings = read_config(config)
        named.append(settings.base)
        trust = settings.trust
    endpoints(home_config(home_folder()).endpoints, endpoint or [])  # an address that is none is said at once
    bases = tuple(name for name in named if name != "embedded")
    made = launch(home_folder(), StudioConfig(host, port, bases, endpoints=tuple(endpoint or ()), trust=trust))
    if not Path(home_folder() / "catalog.sqlite").is_file() and not Path(home_folder() / "huaben.toml").is_file():
        raise BadInput(f"{home_folder()} holds no warehouse yet; make one with: huaben run")
    with suppress(BadInput), writing(home_folder(), wait=0):
        pass  # an older lake has now what it lacked, unless a flow is writing to it
    say(f"the studio is at {made.address} — Ctrl-C ends it")
    os.execve(made.command[0], list(made.command), made.environment)  # the server itself hears Ctrl-C
