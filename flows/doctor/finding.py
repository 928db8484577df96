"""One thing the doctor has looked at: how it is, and what to do where it is not well."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Level = Literal["well", "note", "fault"]


@dataclass(frozen=True)
class Finding:
    """A subject, how it is, and the remedy, which is empty where all is well.

    "note" is what works but may not for long, or only a part needs; "fault" keeps the main job from running or means that
    data is lost. `cure` does what the remedy says, where that loses nothing.
    """

    level: Level
    subject: str
    found: str
    remedy: str = ""
    cure: Callable[[], None] | None = None
