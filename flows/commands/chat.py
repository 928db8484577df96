"""A base and maybe an adapter in; a talk in the terminal, or an endpoint for other programs, out."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from corpora.errors import BadInput
from flows.commands.options import Trusting
from flows.console import say

if TYPE_CHECKING:
    from eval.studio.elsewhere import Elsewhere
    from eval.studio.talker import Talker


def chat(
    base: Annotated[
        str, typer.Option(help="Folder or hub name; by default the adapter's own, or one of the home folder.")
    ] = "",
    adapter: Annotated[
        str, typer.Option(help="Folder or name of an adapter; the newest of the home folder where no base is named.")
    ] = "",
    endpoint: Annotated[
        str, typer.Option(help="An OpenAI-compatible endpoint elsewhere: an address, or its name in huaben.toml.")
    ] = "",
    model: Annotated[str, typer.Option(help="The endpoint's model; the first that it lists by default.")] = "",
    character: Annotated[str, typer.Option(help="Whom the model speaks as, with the card the warehouse has.")] = "",
    novel: Annotated[str, typer.Option(help="The character's novel; by default the one where they speak most.")] = "",
    me: Annotated[str, typer.Option(help="The character that you speak as; by default you tell what happens.")] = "",
    history: Annotated[int, typer.Option(min=0, max=10, help="Earlier exchanges that the model is shown.")] = 5,
    temperature: Annotated[float, typer.Option(min=0, max=2, help="0 takes the likeliest token.")] = 0.7,
    max_new_tokens: Annotated[int, typer.Option(min=1, help="Tokens of an answer at most.")] = 256,
    seed: Annotated[int | None, typer.Option(min=0, help="The same one gives the same answers.")] = None,
    serve: Annotated[bool, typer.Option("--serve", help="Serve OpenAI's chat completions instead.")] = False,
    host: Annotated[
        str, typer.Option(help="Address to serve on; on any but this machine's own a token is asked for.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to serve on; 0: any that is free.")] = 8000,
    trusting: Trusting = None,
) -> None:
    """Talk to a model, as a character or plainly; with --serve let other programs talk to it; docs/chat.md."""
    from warehouse.home import home_folder

    if (endpoint and (serve or base or adapter)) or (model and not endpoint):
        raise BadInput(
            "--endpoint is asked for its own models; give --model with it, and neither --base, --adapter nor --serve"
        )
    if serve:
        _serve(base, adapter, host, port, trusting)
        return
    from eval.studio.elsewhere import Elsewhere
    from eval.studio.talker import Talker, decoding
    from eval.terminal import TalkConfig, talk

    home = home_folder()
    talker: Talker | Elsewhere = _elsewhere(home, endpoint, model) if endpoint else _here(home, base, adapter, trusting)
    card = _card(novel, character) if character else ""
    # As the studio begins: greedy answers of small models go round in circles.
    draw = decoding(temperature, 0.9, repetition_penalty=1.1, max_new_tokens=max_new_tokens)
    say(f"{talker.label}{f' as {character}' if character else ''}; Ctrl-C stops an answer, Ctrl-D leaves")
    talk(talker, TalkConfig(character, card, me, history, draw, seed), _ask, _write, _stopped, _failed)
    say("")


def _here(home: Path, base: str, adapter: str, trusting: Path | None) -> "Talker":
    from eval.serving.offer import offered, preferred
    from eval.studio.talker import load_talker
    from train.trust import read_trust

    trust = read_trust(trusting)
    return load_talker(preferred(offered(home, base, adapter, trust), home, base, adapter), trust)


def _elsewhere(home: Path, endpoint: str, model: str) -> "Elsewhere":
    """The endpoint's model, the first that it lists unless one is named."""
    from eval.studio.elsewhere import Elsewhere
    from warehouse.endpoints.client import models
    from warehouse.endpoints.config import chosen
    from warehouse.place import home_config

    there = chosen(home_config(home).endpoints, endpoint, model)
    names = models(there)
    if not names:
        raise BadInput(f"{there.name} lists no model; name one with --model")
    return Elsewhere(there, names[0])


def _serve(base: str, adapter: str, host: str, port: int, trusting: Path | None) -> None:
    from functools import partial

    from eval.serving.desk import Desk, DeskConfig
    from eval.serving.offer import offered
    from eval.serving.serve import Address, address, serve
    from eval.studio.talker import load_talker
    from train.trust import read_trust
    from warehouse.home import home_folder

    at, trust = address(host, port), read_trust(trusting)
    offer = offered(home_folder(), base, adapter, trust)
    for sentence in offer.left_out:
        say(f"not offered: {sentence}")

    def ready(at: Address) -> None:
        say(f"{', '.join(offer.models)} at {at.url} — Ctrl-C ends it")
        if at.token:
            say(f"API key: {at.token}")

    serve(Desk(offer.models, DeskConfig(), partial(load_talker, trust=trust)), at, ready)
    say("the endpoint has closed")


def _card(novel: str, character: str) -> str:
    """The role card the warehouse has; without a warehouse, or one who does not speak in it, the character's name alone."""
    from contextlib import closing

    from warehouse.browse.people import card, novel_of
    from warehouse.home import home_folder
    from warehouse.reader import Reader

    try:
        reader = Reader(home_folder())
    except BadInput:
        return ""
    with closing(reader), reader.lake() as lake:
        where = novel or novel_of(lake, character)
        return card(lake, where, character) if where else ""


def _ask() -> str:
    import sys

    sys.stdout.flush()
    if sys.stdin.isatty():
        import readline  # noqa: F401  line editing, and what was typed before

    return input("> " if sys.stdin.isatty() else "")


def _write(text: str) -> None:
    print(text, end="", flush=True)


def _failed(error: BadInput) -> None:
    """A person asks again; a pipe has nobody to do so."""
    import sys

    if not sys.stdin.isatty():
        raise error
    say(f"huaben: {error}")


def _stopped() -> None:
    from corpora.interrupt import forget

    forget()
