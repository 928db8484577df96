"""Lengths by task in, a picture of how they are spread out."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from corpora.errors import BadInput


def plot_lengths(path: Path, lengths: Mapping[str, Sequence[tuple[int, int]]]) -> None:
    """A PNG with two histograms, prompts and answers, in characters on a logarithmic axis, a line for each task.

    `lengths` holds, by task, the characters of prompt and answer of each row. The same lengths give the same bytes.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise BadInput("the dataset card draws with matplotlib, which is not there; pip install matplotlib") from None
    figure = Figure(figsize=(9, 3.2), layout="constrained")
    longest = max((max(pair) for pairs in lengths.values() for pair in pairs), default=1)
    edges = [2 ** (step / 2) for step in range(2 * max(longest, 1).bit_length() + 1)]
    for column, part in enumerate(("prompt", "answer")):
        axes = figure.add_subplot(1, 2, column + 1)
        for task, pairs in sorted(lengths.items()):
            axes.hist([max(pair[column], 1) for pair in pairs], edges, histtype="step", linewidth=1.5, label=task)
        axes.set(xscale="log", xlabel=f"characters of the {part}", ylabel="rows")
        axes.legend(frameon=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120, metadata={"Software": None})  # its version would change the bytes
