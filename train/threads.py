"""A model in, torch threads that suit its size out."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

SMALL = 20_000_000  # weights; the embedded base has some two million, the smallest real bases a hundred


@contextmanager
def suited_threads(model: torch.nn.Module) -> Iterator[None]:
    """Torch on one thread while the block runs, where the model is small; as before afterwards.

    So small a model gains a third from a second core when it has that to itself. Where other work holds the core,
    two threads wait for each other at every matrix: 450 rows took 15 to 40 s on one thread and 110 to 280 s on
    two. One thread also does the same sums on any number of cores.
    """
    threads = torch.get_num_threads()
    if sum(weight.numel() for weight in model.parameters()) < SMALL:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
