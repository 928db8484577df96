"""Schedules, and how things stand."""

import os
from pathlib import Path
from typing import Annotated

import typer

Schedule = Annotated[
    Path | None, typer.Option("--config", metavar="SCHEDULE.toml", help="What runs when; see configs/schedule.toml.")
]


def serve(
    config: Schedule = None,
    check: Annotated[bool, typer.Option("--check", help="Read everything, say what would run when, and stop.")] = False,
) -> None:
    """Start a Prefect server and run what is due, until Ctrl-C: curation, training, crawls, tidying, each with its policy."""
    from corpora.errors import BadInput
    from flows.console import say
    from flows.serve.plan import check_jobs, read_plan
    from warehouse.home import made_home

    if config is None:
        raise BadInput("huaben serve: give the schedule with --config; configs/schedule.toml is one to start from")
    plan, home = read_plan(config), made_home()
    if os.environ.get("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL") == "CRITICAL":  # ours: here the logs are the news
        os.environ["PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL"] = "INFO"
    check_jobs(plan)
    if check:
        from datetime import UTC, datetime

        from flows.serve.due import upcoming

        for one in plan.deployment:
            say(f"{one.name}: {upcoming(one.cron, one.timezone, datetime.now(UTC)):%Y-%m-%d %H:%M %Z}")
        return
    from flows.serve.run import serve as serve_plan

    if not serve_plan(plan, config, home, say):
        raise typer.Exit(1)  # not 2: systemd starts it again


def status(config: Schedule = None) -> None:
    """What ran last, what runs next, how much there is, and which adapter is current."""
    from flows.status import show_status
    from warehouse.home import home_folder

    show_status(home_folder().absolute(), config)
