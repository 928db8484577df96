"""Rows of `annotations` in, files in which they wait for the lake out; and back, while another huaben writes to it.

$HUABEN_HOME/annotations/<time>-<id>.json   the rows of one save, or of many that were made together
"""

import fcntl
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from corpora.files import write_whole

Row = dict[str, Any]


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """Nobody else checks and saves meanwhile; that takes milliseconds, so the next one waits."""
    folder = Path(home) / "annotations"
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "a", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def keep(home: Path, rows: Sequence[Row]) -> list[Row]:
    """Write the rows, of which there must be one, to a file of their own, whole or not at all; the rows themselves."""
    at = rows[0]["made_at"]
    name = f"{at:%Y%m%dT%H%M%S%f}-{rows[0]['annotation_id']}.json"
    made = [row | {"made_at": row["made_at"].isoformat()} for row in rows]
    with write_whole(Path(home) / "annotations" / name) as part:
        part.write_text(json.dumps(made, ensure_ascii=False, sort_keys=True), encoding="utf-8")
    return list(rows)


def waiting(home: Path) -> dict[Path, list[Row]]:
    """The rows that wait, by file, the oldest first."""
    found = {}
    for path in sorted((Path(home) / "annotations").glob("*.json")):
        try:
            rows = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:  # brought in meanwhile
            continue
        found[path] = [row | {"made_at": datetime.fromisoformat(row["made_at"])} for row in rows]
    return found
