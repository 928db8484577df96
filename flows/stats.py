"""What the warehouse holds in; tables in the terminal out."""

from collections.abc import Mapping, Sequence
from typing import Any

from flows.console import show_table
from warehouse.holdings import Holdings


def show_holdings(held: Holdings) -> None:
    """What came in, what became of it, types by split, lengths, and who speaks most."""
    _show(f"What came in (snapshot {held.snapshot})", held.intake,
          ("source_id", "kind", "licence", "characters", "records", "rejected", "kept"), 3)  # fmt: skip
    fates: dict[tuple[str, str, str], int] = {}
    for row in held.fates:
        key = (row["task"], row["fate"], row["why"])
        fates[key] = fates.get(key, 0) + row["samples"]
    ranked = sorted(fates.items(), key=lambda item: (item[0][0], -item[1], item[0]))
    show_table(
        "What became of it", ("task", "fate", "why", "samples"), [(*key, n) for key, n in ranked], numbers_from=3
    )
    _show("Kept samples by type and split", held.splits,
          ("task", "question_type", "seed", "train", "valid", "test", "kept"), 2)  # fmt: skip
    _show("Lengths in characters", held.lengths, tuple(held.lengths[0]) if held.lengths else (), 3)
    _show("Who speaks most", held.speakers, ("novel", "speaker", "lines", "characters", "chapters"), 2)
    _show("Who talks to whom", held.talks[:12], ("novel", "speaker", "addressee", "lines"), 3)


def _show(title: str, rows: Sequence[Mapping[str, Any]], header: tuple[str, ...], numbers_from: int) -> None:
    if rows:
        show_table(title, header, [tuple(row[name] for name in header) for row in rows], numbers_from=numbers_from)
