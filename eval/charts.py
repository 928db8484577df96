"""Numbers → charts as inline SVG, drawn by matplotlib and coloured by the page they stand on."""

import re
import warnings
from collections.abc import Mapping, Sequence
from html import escape
from io import StringIO
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eval.losses import LossCurve
from eval.paired import Change

# Colours that matplotlib writes and the page then replaces by its own variables, so that charts follow dark mode.
INK, FAINT, GRID = "#010101", "#020202", "#030303"
SERIES = ("#040401", "#040402", "#040403", "#040404", "#040405", "#040406")
_VARIABLES = {INK: "--ink", FAINT: "--faint", GRID: "--rule"} | {
    colour: f"--series-{number}" for number, colour in enumerate(SERIES, 1)
}
_STYLE: Any = {
    "svg.fonttype": "none",  # text stays text: the browser's fonts draw it, Chinese included
    "svg.hashsalt": "huaben",  # the same ids, and so the same bytes, on every run
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": FAINT,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "text.color": INK,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.labelcolor": INK,
}


def loss_chart(curve: LossCurve, title: str) -> str:
    """Training loss as a line and validation loss as marked points, over optimiser steps."""
    with matplotlib.rc_context(_STYLE):
        figure, axes = _panel(width=5.2, height=2.7)
        for points, label, style in ((curve.train, "训练 train", "-"), (curve.valid, "验证 valid", "o-")):
            if points:
                steps, losses = zip(*points, strict=True)
                colour = SERIES[0] if label.endswith("train") else SERIES[1]
                axes.plot(steps, losses, style, color=colour, label=label, linewidth=1.6, markersize=4)
        axes.set_xlabel("步 step")
        axes.set_ylabel("nats / token")
        axes.set_ylim(bottom=0)
        axes.legend(loc="upper right")
        return _svg(figure, title)


def length_chart(lengths: Mapping[str, Sequence[int]], title: str, limit: int | None = None) -> str:
    """A histogram of lengths, one colour per task, stacked; the last bar holds everything past the 99 % mark.

    `lengths` goes from task to one length per row. A dashed line marks the limit where it falls within.
    """
    together = sorted(length for own in lengths.values() for length in own)
    with matplotlib.rc_context(_STYLE):
        figure, axes = _panel(width=3.5, height=2.2)
        if together:
            end = max(together[int(0.99 * (len(together) - 1))], 1)
            width = max(1, -(-end // 24))
            edges = [width * number for number in range(-(-(end + 1) // width) + 1)]
            clipped = [[min(length, edges[-1] - 1) for length in own] for own in lengths.values()]
            axes.hist(clipped, bins=edges, stacked=True, color=SERIES[: len(clipped)], label=list(lengths), rwidth=0.92)
            if limit is not None and limit < edges[-1]:
                axes.axvline(limit, color=INK, linestyle="--", linewidth=1)
            axes.set_xlim(0, edges[-1])
        axes.set_ylabel("rows")
        return _svg(figure, title)


def change_chart(changes: Sequence[tuple[str, Change]], title: str) -> str:
    """A line for each change: a dot, and its interval as a bar, left or right of no change. All in one unit."""
    colours = {"better": SERIES[2], "worse": SERIES[1], "same": FAINT}
    with matplotlib.rc_context(_STYLE):
        figure, axes = _panel(width=5.2, height=0.5 + 0.26 * max(len(changes), 1))
        for place, (_, change) in enumerate(changes):
            colour = colours[change.verdict]
            if change.low is not None and change.high is not None:
                axes.plot([change.low, change.high], [place, place], color=colour, linewidth=3, alpha=0.45)
            axes.plot([change.change], [place], "o", color=colour, markersize=5)
        axes.axvline(0, color=INK, linewidth=1)
        axes.set_yticks(range(len(changes)), [name for name, _ in changes])
        axes.set_ylim(len(changes) - 0.5, -0.5)  # the first on top
        axes.grid(True, axis="x")
        axes.grid(False, axis="y")
        return _svg(figure, title)


def standing_alone(svg: str) -> str:
    """The chart as a file of its own, with the colours that it has on a light page."""
    values = {
        "--ink": "#23201b", "--faint": "#6d665a", "--rule": "#ddd5c3", "--series-1": "#1f5f74", "--series-2": "#c4622d",
        "--series-3": "#7d9a4d", "--series-4": "#7a5b8c", "--series-5": "#b89b3c", "--series-6": "#8b8272",
    }  # fmt: skip
    for name, value in values.items():
        svg = svg.replace(f"var({name})", value)
    return svg


def _panel(width: float, height: float) -> tuple[Figure, Axes]:
    """A figure of its own, without pyplot's global state or a screen; width and height in inches of 72 points."""
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.add_subplot()


def _svg(figure: Figure, title: str) -> str:
    """The figure as an <svg> element that names itself to screen readers, takes the page's colours and fits its box."""
    written = StringIO()
    with warnings.catch_warnings():
        # matplotlib measures text with its own font, which has no Chinese; the browser draws it with one that has.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(written, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    svg = written.getvalue()
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    for colour, variable in _VARIABLES.items():
        svg = svg.replace(colour, f"var({variable})")
    # Several charts share a page, and ids must be unique there.
    prefix = re.sub(r"\W+", "-", title)
    svg = re.sub(r'\bid="', f'id="{prefix}-', svg)
    svg = re.sub(r'(href="|url\()#', rf"\g<1>#{prefix}-", svg)
    named = f'<svg role="img" aria-label="{escape(title, quote=True)}"'
    return svg.replace("<svg", named, 1).replace(">", f"><title>{escape(title)}</title>", 1)
