"""What tidying let go, or would let go, in; tables for a person out."""

from collections.abc import Mapping

from flows.console import out, show_table
from warehouse.tidy import Tidied

SHOWN = 20  # lines of a list that may be long


def show_tidied(made: Tidied, dry_run: bool = False) -> None:
    """What went, or would go: snapshots, then files with their sizes."""
    show_table("", ("", "number", "MiB"), tidied_lines(made))
    if made.expired:
        show_table(
            "Snapshots that would go" if dry_run else "Snapshots that went",
            ("snapshot", "made", "label"),
            [(number, f"{at:%Y-%m-%d %H:%M}", label) for number, at, label in made.expired[:SHOWN]],
            numbers_from=3,
        )
    if dry_run:
        for path, size in [*made.removed.items()][:SHOWN]:
            out.print(f"{size:>12,}  {path}", markup=False)
    for found in (made.expired, [*made.removed] if dry_run else []):
        if len(found) > SHOWN:
            out.print(f"and {len(found) - SHOWN:,} more")


def tidied_lines(made: Tidied) -> list[tuple[str, int, float]]:
    """What, how many of it, and how many MiB."""

    def line(what: str, files: Mapping[str, int]) -> tuple[str, int, float]:
        return what, len(files), sum(files.values()) / 2**20

    stay = [(f"snapshots that stay: {why}", number, 0.0) for why, number in sorted(made.kept.items())]
    before, after = (sum(n) for n in zip(*made.files.values(), strict=True)) if made.files else (0, 0)
    return [
        *stay,
        ("snapshots expired", len(made.expired), 0.0),
        ("files joined to fewer", before - after, 0.0),
        line("files removed", made.removed),
        line("files that wait for the end of their grace", made.waiting),
    ]
