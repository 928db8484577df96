"""The warehouse in, training sets and what is in them out."""

from pathlib import Path
from typing import Annotated

import typer

from corpora.errors import BadInput
from flows.commands.options import Config, Trusting
from warehouse.exports.formats import FORMATS


def build(
    config: Config = None,
    at: Annotated[int | None, typer.Option(help="Build from this snapshot; the newest by default.")] = None,
    against: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE", help="A benchmark: rows that overlap its texts are not trained on; once for each."
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what each quality rule would drop, and write nothing.")
    ] = False,
    examples: Annotated[int, typer.Option(help="Rows of each rule that --dry-run shows.")] = 3,
) -> None:
    """Curate what is in the warehouse and make a training set of it."""
    from flows.config import read_config, with_benchmarks
    from flows.rehearsal import show_rehearsal
    from flows.show import show_set
    from warehouse.accounts import check_fates, check_set
    from warehouse.curate import curate
    from warehouse.evidence.store import weigh_answers
    from warehouse.home import home_folder
    from warehouse.lake import reading, writing
    from warehouse.rehearse import rehearse
    from warehouse.summary import check_leaks
    from warehouse.training_set import build as build_set

    if at is not None and (against or dry_run):
        raise BadInput("--at builds from what was curated then; leave --against and --dry-run out")
    settings = with_benchmarks(read_config(config), against or [])
    if dry_run:
        with reading(home_folder()) as lake:
            show_rehearsal(rehearse(lake, settings.curate, examples))
        return
    with writing(home_folder()) as lake:
        if at is None:
            weigh_answers(lake, settings.curate.evidence)
            curate(lake, settings.curate)
            check_leaks(lake)
            check_fates(lake)
        folder = build_set(lake, settings.build, at)
        check_set(lake, folder)
        show_set(folder)


def export(
    form: Annotated[str, typer.Argument(metavar="FORMAT", help=f"One of {', '.join(FORMATS)}.")],
    training_set: Annotated[
        Path | None, typer.Argument(metavar="[SET]", help="Folder of a training set; the newest by default.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FOLDER", help="By default $HUABEN_HOME/exports/SET-FORMAT."),
    ] = None,
    split: Annotated[
        list[str] | None, typer.Option(help="seed, train, valid or test, once for each; all by default.")
    ] = None,
) -> None:
    """Write a training set in the layout of another tool; docs/exports.md shows a row of each."""
    from flows.show import show_export
    from warehouse.exports.export import export as export_set
    from warehouse.home import home_folder
    from warehouse.manifest import newest_set

    folder = training_set or newest_set(home_folder())
    target = output or home_folder() / "exports" / f"{folder.resolve().name}-{form}"
    show_export(export_set(folder, form, target, split or ()), target)


def lengths(
    training_set: Annotated[
        Path | None, typer.Argument(help="Folder of a training set; the newest by default.")
    ] = None,
    base: Annotated[str, typer.Option(help="Base whose tokens are counted; characters only without.")] = "",
    limit: Annotated[int, typer.Option(help="Tokens (or characters) over which rows are counted.")] = 512,
    trusting: Trusting = None,
) -> None:
    """Length statistics of a training set's prompts and answers, in characters and in tokens, per task."""
    from flows.results import show_lengths
    from train.sets import lengths_of_set
    from train.trust import read_trust
    from warehouse.home import home_folder
    from warehouse.manifest import newest_set

    folder = training_set or newest_set(home_folder())
    show_lengths(lengths_of_set(folder, base, limit, trust=read_trust(trusting)), limit)
