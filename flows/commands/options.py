"""Arguments and options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

File = Annotated[Path, typer.Argument(metavar="FILE")]
Output = Annotated[Path | None, typer.Option("-o", "--output", help="Where to write; standard output by default.")]
Encoding = Annotated[str, typer.Option(help="Encoding of the file; detected by default.")]
Engine = Annotated[
    str,
    typer.Option(
        "--engine", help="local, or ray for a Ray cluster: see docs/scale.md. By default what the config says."
    ),
]
Address = Annotated[
    str, typer.Option("--address", help="HOST:PORT of the Ray cluster's head; without one, Ray runs here.")
]
Trusting = Annotated[
    Path | None, typer.Option("--config", help="A TOML file whose [trust] names bases with code of their own.")
]
Config = Annotated[Path | None, typer.Option("--config", help="A TOML file; that of the bundled sample by default.")]
