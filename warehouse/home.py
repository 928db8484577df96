"""The environment in, the folder where state lives out."""

import os
from pathlib import Path

from corpora.errors import BadInput


def home_folder() -> Path:
    """$HUABEN_HOME, by default `.huaben` in the working folder. Raises BadInput where that is relative and the working folder
    was removed."""
    home = Path(os.environ.get("HUABEN_HOME") or ".huaben")
    home = home.expanduser() if home.parts[:1] == ("~",) else home  # a file of settings has no shell to do it
    try:
        home.absolute()
    except FileNotFoundError:
        raise BadInput("the working folder was removed; cd to one that is there") from None
    return home


def made_home() -> Path:
    """The home folder as an absolute path, made unless it is there. Raises BadInput when it cannot be written."""
    home = home_folder().absolute()
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"{home} cannot be made ({error.strerror}); set HUABEN_HOME to a folder of yours") from None
    if not os.access(home, os.W_OK):
        raise BadInput(f"{home} cannot be written; set HUABEN_HOME to a folder of yours")
    return home
