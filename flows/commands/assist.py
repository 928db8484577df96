"""Doubtful speakers in the warehouse and a model elsewhere in, its choices out."""

from typing import Annotated

import typer


def assist(
    endpoint: Annotated[
        str, typer.Argument(metavar="[ENDPOINT]", help="An OpenAI-compatible address, or its name in huaben.toml.")
    ] = "",
    model: Annotated[str, typer.Option(help="The model to ask; by default the only one there.")] = "",
    below: Annotated[
        float, typer.Option(help="Ask about speakers less sure than this, and where there is none.")
    ] = 0.7,
    confidence: Annotated[float, typer.Option(help="Confidence of a choice: the share you found right.")] = 0.7,
    limit: Annotated[int, typer.Option(help="Utterances at most; 0: all.")] = 0,
    at_once: Annotated[int, typer.Option("--at-once", help="Requests in flight.")] = 4,
    max_tokens: Annotated[
        int, typer.Option("--max-tokens", help="Of an answer; a model that thinks first needs more.")
    ] = 16,
    undo: Annotated[bool, typer.Option("--undo", help="Take back everything that models chose.")] = False,
) -> None:
    """Let a model choose among the people of the scene where the speaker is doubtful; docs/assist.md."""
    from corpora.errors import BadInput
    from corpora.settings import settings
    from flows.assisted import assist_home, show_assisted, withdraw_home
    from flows.console import say
    from warehouse.assist.config import AssistConfig
    from warehouse.home import home_folder

    if bool(endpoint) == undo:
        raise BadInput("huaben assist: give the endpoint to ask, or --undo alone")
    if undo:
        say(f"{withdraw_home(home_folder()):,} choices taken back; the next huaben build is made without them")
        return
    told = {
        "url": endpoint, "model": model, "below": below, "confidence": confidence, "limit": limit, "at_once": at_once,
        "max_tokens": max_tokens,
    }  # fmt: skip
    show_assisted(assist_home(home_folder(), settings(AssistConfig, told, "huaben assist")))
