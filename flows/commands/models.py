"""Training sets in; adapters, answers and scores out."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from flows.commands.options import Config, File, Trusting
from flows.console import out


def train(
    training_set: Annotated[
        Path | None, typer.Argument(help="Folder of a training set; the newest by default.")
    ] = None,
    config: Config = None,
    base: Annotated[str, typer.Option(help="Base to train on instead of the config's.")] = "",
    start: Annotated[
        Path | None, typer.Option("--from", metavar="ADAPTER", help="Go on from this adapter's weights, on other data.")
    ] = None,
    resume: Annotated[
        bool,
        typer.Option("--resume/--no-resume", help="Go on from the newest checkpoint of this very training, if any."),
    ] = True,
    preflight_only: Annotated[
        bool, typer.Option("--preflight-only", help="Only check rows, tokens and memory; no step, no adapter.")
    ] = False,
) -> None:
    """Train an adapter on a training set, after a preflight over its rows, their tokens and the memory they take."""
    if preflight_only:
        _preflight(training_set, config, base, start)
        return
    from warehouse.home import made_home

    home = made_home()  # before Prefect is imported, which keeps its state there
    from flows.config import read_config
    from flows.finetune import finetune_flow
    from flows.results import show_training
    from flows.serve.own import own_server
    from warehouse.manifest import newest_set

    settings, folder = read_config(config, base), training_set or newest_set(home)
    with own_server(home):
        done = finetune_flow(settings, folder, home, start, resume)
    show_training(done, settings.tokens.max_length)


def _preflight(training_set: Path | None, config: Path | None, base: str, start: Path | None) -> None:
    from flows.config import read_config
    from train.preflight import told
    from train.sets import base_of_set, check_set, preflight_of_set
    from warehouse.home import home_folder
    from warehouse.manifest import newest_set

    settings, home = read_config(config, base), home_folder()
    folder = training_set or newest_set(home)
    check_set(folder)  # before a base is made for it
    made = base_of_set(settings.base, folder, home / "bases", settings.embedded)
    found = preflight_of_set(
        folder, made, settings.train, settings.adapter, settings.tokens, start, trust=settings.trust
    )
    for line in told(found):
        out.print(line, markup=False)


def merge(
    adapter: Annotated[Path, typer.Argument(metavar="ADAPTER", help="Folder of an adapter.")],
    folder: Annotated[Path, typer.Argument(metavar="OUT", help="Folder for the merged model.")],
    base: Annotated[str, typer.Option(help="The base it was trained on: a folder or a Hugging Face name.")] = "",
    training_set: Annotated[
        Path | None, typer.Option(help="Whose rows are asked; the newest set's by default.")
    ] = None,
    prompts: Annotated[int, typer.Option(min=1, help="How many rows are asked.")] = 16,
    max_new_tokens: Annotated[int, typer.Option(min=1, help="Tokens of each answer that are compared.")] = 48,
    precision: Annotated[
        Literal["auto", "fp32", "bf16", "fp16"], typer.Option(help="Of the merged weights; auto: as it was trained.")
    ] = "auto",
    trusting: Trusting = None,
) -> None:
    """Write one model with the adapter in its weights, if it answers held-out prompts as the adapter does."""
    from train.merge import MergeConfig, base_of, mergeable
    from train.merge import merge as merged
    from train.sets import asked_rows
    from train.trust import read_trust
    from warehouse.home import home_folder
    from warehouse.manifest import newest_set

    home, born = home_folder(), mergeable(adapter)
    rows = asked_rows(training_set or newest_set(home))
    config = MergeConfig(prompts, max_new_tokens, precision)
    place = base or base_of(adapter, born, home / "bases")
    done = merged(adapter, place, folder, rows, config, read_trust(trusting))
    out.print(
        f"{done.folder}: answers as {adapter.name} does, {done.prompts} prompts, {done.tokens} tokens", markup=False
    )


def evaluate(
    adapter: Annotated[Path, typer.Argument(metavar="ADAPTER", help="Folder of an adapter.")],
    base: Annotated[str, typer.Option(help="The base it was trained on: a folder or a Hugging Face name.")],
    training_set: Annotated[Path | None, typer.Option(help="Whose test split; the newest set's by default.")] = None,
    config: Config = None,
) -> None:
    """Let base and adapter answer the held-out rows, and score both."""
    from warehouse.home import made_home

    home = made_home()
    from flows.assess import assess_flow
    from flows.config import read_config
    from flows.results import show_comparison
    from flows.serve.own import own_server
    from warehouse.manifest import newest_set

    settings, folder = read_config(config), training_set or newest_set(home)
    with own_server(home):
        made = assess_flow(folder, base, adapter, settings.generate, home, settings.trust)
    show_comparison(made)
    out.print(f"answers and scores  {made.folder}")


def score(
    file: File,
    by: Annotated[
        Literal["type", "novel", "character"] | None,
        typer.Option(help="A line for each, with 95 % intervals, of the few metrics to look at first."),
    ] = None,
    details: Annotated[bool, typer.Option("--details", help="Every metric, with its 95 % interval.")] = False,
) -> None:
    """Score a JSON lines file of {prediction, reference, type}: ROUGE, BLEU-4, exact match, repetition and more."""
    from eval.predictions import read_predictions
    from eval.scores import score_predictions
    from flows.results import show_scores

    show_scores(score_predictions(read_predictions(file), by or "type"), by, details)
