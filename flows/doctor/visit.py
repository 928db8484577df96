"""A home folder in, everything the doctor finds out, in the order in which it is shown.

A further check is a generator of findings in the file of its subject, and a line here.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from flows.doctor import home, machine, server
from flows.doctor.finding import Finding

CHECKS: tuple[Callable[[Path], Iterator[Finding]], ...] = (
    lambda _: machine.packages(),
    lambda _: machine.extensions(),
    lambda _: machine.fonts(),
    lambda place: machine.disk(place),
    lambda _: machine.memory(),
    home.warehouse,
    home.training_sets,
    home.adapters,
    home.leftovers,
    server.server,
)


def findings(place: Path) -> Iterator[Finding]:
    """Every finding. Nothing is changed."""
    for check in CHECKS:
        yield from check(place)
