"""Evaluations and adapters in; which is better, which is current, and one trained again, out."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands.options import Config
from flows.console import out, show_table

if TYPE_CHECKING:
    from eval.current import Promotion

Force = Annotated[bool, typer.Option("--force", help="Promote even if a guarded metric got worse.")]


def compare(
    evaluations: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[EVAL...]",
            help="Evaluations, by name or folder, or files of predictions; the newest evaluation by default.",
        ),
    ] = None,
    details: Annotated[bool, typer.Option("--details", help="Every metric of every task and type.")] = False,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FOLDER", help="By default $HUABEN_HOME/comparisons/ID."),
    ] = None,
) -> None:
    """Hold a base and its adapters side by side: what differs beyond chance, what was forgotten, answer by answer."""
    from eval.compare import compare as compare_models
    from eval.compare import write_comparison
    from eval.evaluations import models_of
    from flows.verdicts import show_compared
    from warehouse.home import home_folder
    from warehouse.kit import stable_id

    home = home_folder()
    found = compare_models(models_of(evaluations or [], home))
    named = stable_id(*(f"{one.name} {one.detail} {one.adapter_sha256}" for one in found.models), found.rows)
    show_compared(found, write_comparison(output or home / "comparisons" / named[:8], found), details)


def promote(
    adapter: Annotated[Path | None, typer.Argument(metavar="[ADAPTER]", help="Folder of an adapter.")] = None,
    force: Force = False,
    back: Annotated[bool, typer.Option("--back", help="Make the adapter current again that was so before.")] = False,
    training_set: Annotated[
        Path | None,
        typer.Option("--set", metavar="SET", help="Whose test split; that of its last evaluation by default."),
    ] = None,
    base: Annotated[str, typer.Option(help="Where the adapter's base lies, if huaben does not keep it.")] = "",
    config: Config = None,
) -> None:
    """Make an adapter the current one, unless a guarded metric got worse; without one, tell which were. Exit status 1: it was not."""
    from eval.current import promotions, step_back
    from warehouse.home import home_folder, made_home

    if back:
        out.print(f"{step_back(home_folder()).adapter} is the current adapter again", markup=False)
        return
    if adapter is None:
        _show_promotions(promotions(home_folder()))
        return
    home = made_home()  # before Prefect is imported, which keeps its state there
    from flows.config import read_config
    from flows.promote import decide, evaluated
    from flows.verdicts import show_decision

    settings = read_config(config)
    generate = settings.generate if config else None
    found = evaluated(adapter, home, training_set, generate, base, settings.trust)
    made = decide(adapter, found, home, settings.promote, force, trust=settings.trust)
    show_decision(made)
    if made.why_not and not made.promoted:
        raise typer.Exit(1)


def retrain(
    again: Annotated[
        Path | None,
        typer.Option("--from", metavar="ADAPTER", help="Train this one again, by its birth certificate."),
    ] = None,
    at: Annotated[int | None, typer.Option(help="With --from: on this snapshot instead of its own.")] = None,
    config: Config = None,
    base: Annotated[str, typer.Option(help="Base instead of the config's; with --from, where its own lies.")] = "",
    keep: Annotated[bool, typer.Option("--no-promote", help="Leave the current adapter as it is.")] = False,
    force: Force = False,
) -> None:
    """Newest snapshot, or that of an adapter → training set, preflight, training, evaluation, comparison, promotion."""
    from corpora.errors import BadInput
    from warehouse.home import made_home

    if at is not None and again is None:
        raise BadInput("--at goes with --from ADAPTER; without it the newest snapshot is taken")
    home = made_home()
    from dataclasses import replace

    from eval.certificates import read_certificate
    from eval.evaluations import evaluations
    from flows.config import read_config
    from flows.promote import config_of
    from flows.retrain import Again, retrain_flow, started_from
    from flows.serve.own import own_server
    from flows.verdicts import show_retrained
    from train.weights import weights_sha256

    settings, asked = read_config(config, base), None
    if again is not None:
        asked = Again(read_certificate(again), at, started_from(again, home))
        last = None if config else next(evaluations(home, weights_sha256(again)), None)
        settings = replace(settings, generate=config_of(last)) if last else settings  # asked as it was asked then
    with own_server(home):
        report = retrain_flow(settings, home, asked, not keep, force)
    show_retrained(report)
    if report.decision.why_not and not keep and not report.decision.promoted:
        raise typer.Exit(1)


def _show_promotions(lines: "Sequence[Promotion]") -> None:
    """Every promotion and step back, the newest first."""
    if not lines:
        out.print("nothing is promoted yet")
        return
    header = ("at", "event", "adapter", "against", "forced")
    rows = [(one.at, one.event, one.adapter, one.against, "yes" if one.forced else "") for one in reversed(lines)]
    show_table("Promotions", header, rows, numbers_from=len(header))
