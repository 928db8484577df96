"""The command line, `huaben`: its commands, in the order in which `--help` lists them.

What a command does stands in flows/commands. Heavy imports stay inside the commands, so that `huaben --help` is there at once.
"""

import logging
import os
import warnings

import typer

from flows.commands import (
    asking,
    assist,
    chat,
    comparing,
    doctor,
    files,
    jobs,
    keeping,
    models,
    serving,
    sets,
    sources,
    studio,
    survey,
)
from flows.console import Commands

app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="Novels and question banks in; training sets that can be trusted, and adapters that can be believed, out.\n\n"
    "State lives in $HUABEN_HOME, by default ./.huaben.",
)
extract_app = typer.Typer(no_args_is_help=True, help="Extract from one file, without a warehouse.")
app.add_typer(extract_app, name="extract")


@app.callback()
def main() -> None:
    """Quiet the libraries and keep their state in the home folder, before any of them is imported."""
    from warehouse.home import home_folder

    logging.raiseExceptions = False  # a line that a log lacks is no news for the person at the terminal
    # transformers and peft warn each other of names that neither of us can change.
    warnings.filterwarnings("ignore", category=FutureWarning, module="transformers|peft")
    home = home_folder().absolute()
    for name, value in {
        "PREFECT_HOME": str(home / "prefect"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",  # its 20 s are too few on a busy machine
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",  # the command line says itself what failed
        "PREFECT_LOGGING_INTERNAL_LEVEL": "CRITICAL",  # as of events that a server which is away did not get
        "DO_NOT_TRACK": "1",
        "OMP_WAIT_POLICY": "PASSIVE",  # torch's threads wait without burning the cores that others need
        "TOKENIZERS_PARALLELISM": "false",
    }.items():
        os.environ.setdefault(name, value)


for command in (
    jobs.run,
    sources.ingest,
    assist.assist,
    sources.crawl,
    sources.fetch,
    sets.build,
    sets.export,
    survey.diff,
    asking.sql,
    asking.why,
    asking.evidence,
    survey.stats,
    sets.lengths,
    models.train,
    models.merge,
    models.evaluate,
    comparing.compare,
    comparing.promote,
    comparing.retrain,
    models.score,
    studio.studio,
    chat.chat,
    files.dedup,
    files.cast,
    serving.serve,
    serving.status,
    doctor.doctor,
    keeping.tidy,
    keeping.backup,
    keeping.restore,
):
    app.command()(command)
extract_app.command("novel")(files.extract_novel)
extract_app.command("quiz")(files.extract_quiz)
