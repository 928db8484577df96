"""The lines of metrics.jsonl in, the loss curve out: loss.html, which needs nothing else to be read, and loss.png.

The picture needs matplotlib, which a bare GPU machine may not have; the page does without.
"""

from collections.abc import Mapping, Sequence
from html import escape
from importlib.util import find_spec
from pathlib import Path

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 760, 360, 56, 40, 16  # pixels
COLOURS = {"loss": "#1f77b4", "eval_loss": "#d62728"}
NAMES = {"loss": "training", "eval_loss": "held out"}
PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{title}</title>
<style>body{{font:15px/1.5 sans-serif;margin:2em auto;max-width:{width}px;color:#222}} td,th{{padding:.1em .8em;
text-align:right}} svg text{{font:12px sans-serif;fill:#444}}</style>
<h1>{title}</h1><p>Nats per answer token, by optimiser step.</p>
{picture}
<details><summary>Figures</summary><table><tr>{heads}</tr>
{rows}
</table></details></html>
"""


def write_curve(folder: Path, name: str, lines: Sequence[Mapping[str, float]]) -> None:
    """Write the page into the folder, and the picture where matplotlib is installed."""
    columns = list(dict.fromkeys(key for line in lines for key in line))
    cells = ["".join(f"<td>{line[key]:g}</td>" if key in line else "<td></td>" for key in columns) for line in lines]
    page = PAGE.format(
        title=f"Loss of {escape(name)}",
        width=WIDTH,
        picture=curve_svg(lines),
        heads="".join(f"<th>{escape(column)}</th>" for column in columns),
        rows="\n".join(f"<tr>{row}</tr>" for row in cells),
    )
    (folder / "loss.html").write_text(page, encoding="utf-8")
    if find_spec("matplotlib") is not None:
        _write_png(folder / "loss.png", lines)


def points(lines: Sequence[Mapping[str, float]]) -> dict[str, list[tuple[float, float]]]:
    """Steps and losses of each curve that has any."""
    found = {name: [(line["step"], line[name]) for line in lines if name in line] for name in NAMES}
    return {name: curve for name, curve in found.items() if curve}


def curve_svg(lines: Sequence[Mapping[str, float]]) -> str:
    """The curves as an SVG element; empty where nothing was measured."""
    curves = points(lines)
    if not curves:
        return ""
    steps = [step for curve in curves.values() for step, _ in curve]
    losses = [loss for curve in curves.values() for _, loss in curve]
    low, high = min(losses), max(losses)
    margin = (high - low) * 0.05 or 0.5
    low, high, last = low - margin, high + margin, max(*steps, 1)

    def place(step: float, loss: float) -> tuple[float, float]:
        across = LEFT + step / last * (WIDTH - LEFT - 16)
        return across, TOP + (high - loss) / (high - low) * (HEIGHT - TOP - BOTTOM)

    drawn = []
    for part in range(5):
        loss, step = low + (high - low) * part / 4, last * part / 4
        y, x = place(0, loss)[1], place(step, low)[0]
        drawn.append(f'<line x1="{LEFT}" x2="{WIDTH - 16}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
        drawn.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{loss:.3g}</text>')
        drawn.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{step:.0f}</text>')
    for number, (name, curve) in enumerate(curves.items()):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in curve))
        colour = COLOURS[name]
        drawn.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.6"/>')
        if name == "eval_loss":
            spots = (place(*point) for point in curve)
            drawn += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in spots]
        place_of_name = f'x="{WIDTH - 20}" y="{TOP + 16 + 18 * number}" text-anchor="end"'
        drawn.append(f'<text {place_of_name} style="fill:{colour}">{NAMES[name]}</text>')
    body = "".join(drawn)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">{body}</svg>'


def _write_png(path: Path, lines: Sequence[Mapping[str, float]]) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.6, 3.6), layout="constrained")
    axes = figure.subplots()
    for name, curve in points(lines).items():
        style = "o-" if name == "eval_loss" else "-"
        axes.plot(*zip(*curve, strict=True), style, color=COLOURS[name], label=NAMES[name], markersize=4)
    axes.set_xlabel("step")
    axes.set_ylabel("nats per answer token")
    axes.grid(alpha=0.3)
    if points(lines):
        axes.legend()
    figure.savefig(path, dpi=110)
