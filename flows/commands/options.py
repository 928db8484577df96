"""Arguments and options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

File = Annotated[Path, typer.Argument(metavar="FILE")]
Output = Annotated[Path | None, typer.Option("-o", "--output", help="Where to write; standard output by default.")]
Encoding = Annotated[str, typer.Option(help="Encoding of the file; detected by default.")]
Config = Annotated[Path | None, typer.Option("--config", help="A TOML file; that of the bundled sample by default.")]
