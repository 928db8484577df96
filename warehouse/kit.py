"""What `train` and `eval` share with the rooms on the left, handed on through the one room they may import."""

from corpora.errors import BadInput, Stopped
from corpora.files import folder_beside, make_newest, sha256_file, stable_id, write_folder, write_whole
from corpora.interrupt import check_interrupt, listen
from corpora.progress import bar_manner, track
from corpora.settings import read_toml, settings

__all__ = [
    "BadInput",
    "Stopped",
    "bar_manner",
    "check_interrupt",
    "folder_beside",
    "listen",
    "make_newest",
    "read_toml",
    "settings",
    "sha256_file",
    "stable_id",
    "track",
    "write_folder",
    "write_whole",
]
