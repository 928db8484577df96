"""A passage and the words looked for in, the stretches of it that are among them out."""

import re
from collections.abc import Iterable

from warehouse.evidence.letters import fold_evenly
from warehouse.evidence.people import People


def highlights(passage: str, labels: Iterable[str], people: People) -> list[tuple[int, int]]:
    """The spans, in characters of the passage and in order, of the labels (canonical names, letters) that stand in it,
    joined where they touch. People are found by all their names; single letters are left alone."""
    wanted = {label for label in labels if len(label) > 1}
    words = wanted | {name for name, owner in people.names.items() if owner in wanted}
    if not words:
        return []
    folded = fold_evenly(passage)
    covered = [False] * len(passage)
    for word in words:
        for match in re.finditer(f"(?={re.escape(word)})", folded):
            covered[match.start() : match.start() + len(word)] = [True] * len(word)
    return [(m.start(), m.end()) for m in re.finditer("1+", "".join("1" if c else "0" for c in covered))]
