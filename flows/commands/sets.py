"""The warehouse in, training sets and what is in them out."""

from pathlib import Path
from typing import Annotated

import typer

from flows.commands.options import Config


def build(
    config: Config = None,
    at: Annotated[int | None, typer.Option(help="Build from this snapshot; the newest by default.")] = None,
) -> None:
    """Curate what is in the warehouse and make a training set of it."""
    from flows.config import read_config
    from flows.show import show_set
    from warehouse.curate import curate
    from warehouse.home import home_folder
    from warehouse.lake import writing
    from warehouse.summary import check_leaks
    from warehouse.training_set import build as build_set

    settings = read_config(config)
    with writing(home_folder()) as lake:
        if at is None:
            curate(lake, settings.curate)
            check_leaks(lake)
        show_set(build_set(lake, settings.build, at))


def lengths(
    training_set: Annotated[
        Path | None, typer.Argument(help="Folder of a training set; the newest by default.")
    ] = None,
    base: Annotated[str, typer.Option(help="Base whose tokens are counted; characters only without.")] = "",
    limit: Annotated[int, typer.Option(help="Tokens (or characters) over which rows are counted.")] = 512,
) -> None:
    """Length statistics of a training set's prompts and answers, in characters and in tokens, per task."""
    from flows.results import show_lengths
    from train.sets import lengths_of_set
    from warehouse.home import home_folder
    from warehouse.manifest import newest_set

    show_lengths(lengths_of_set(training_set or newest_set(home_folder()), base, limit), limit)
