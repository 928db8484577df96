"""Training sets in; adapters, answers and scores out."""

from pathlib import Path
from typing import Annotated

import typer

from flows.commands.options import Config, File
from flows.console import out


def train(
    training_set: Annotated[
        Path | None, typer.Argument(help="Folder of a training set; the newest by default.")
    ] = None,
    config: Config = None,
    base: Annotated[str, typer.Option(help="Base to train on instead of the config's.")] = "",
) -> None:
    """Train an adapter on a training set."""
    from warehouse.home import made_home

    home = made_home()  # before Prefect is imported, which keeps its state there
    from flows.config import read_config
    from flows.finetune import finetune_flow
    from flows.results import show_training
    from warehouse.manifest import newest_set

    settings = read_config(config, base)
    show_training(finetune_flow(settings, training_set or newest_set(home), home), settings.tokens.max_length)


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
    from warehouse.manifest import newest_set

    made = assess_flow(training_set or newest_set(home), base, adapter, read_config(config).generate, home)
    show_comparison(made)
    out.print(f"answers and scores  {made.folder}")


def score(file: File) -> None:
    """Score a JSON lines file of {prediction, reference, type}: ROUGE, BLEU-4 and exact match by type."""
    from eval.predictions import read_predictions
    from eval.scores import score_predictions
    from flows.results import show_scores

    show_scores(score_predictions(read_predictions(file)))
