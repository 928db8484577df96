"""Quantities that part and join from stage to stage → a flow diagram (Sankey) as inline SVG in the page's colours."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True, slots=True)
class Node:
    """A stop on the way: which column it stands in (0 is left), its words, its colour as CSS."""

    key: str
    column: int
    text: str
    colour: str


@dataclass(frozen=True, slots=True)
class Link:
    """So many things that go from one node to another, and their colour as CSS."""

    start: str
    end: str
    value: int
    colour: str


@dataclass(frozen=True, slots=True)
class FlowShape:
    """Sizes in pixels of the viewBox."""

    width: int
    height: int
    margin: int  # at the right, for the words of the last column
    font: int
    bar: int = 12
    gap: int = 14


WIDE = FlowShape(width=1080, height=500, margin=330, font=14, gap=19)
NARROW = FlowShape(width=340, height=520, margin=86, font=12, bar=9, gap=17)


def flow_chart(nodes: Sequence[Node], links: Sequence[Link], title: str, shape: FlowShape = WIDE) -> str:
    """The <svg> element. A node is as high as what comes in, or goes out if that is more; nodes stand in the order
    given, words at their right. The scale is the same everywhere, but that nothing is thinner than a pixel."""
    amounts = {node.key: _amount(node.key, links) for node in nodes}
    columns = [[n for n in nodes if n.column == c and amounts[n.key]] for c in range(max(n.column for n in nodes) + 1)]
    columns = [column for column in columns if column]
    if not columns:
        return ""
    spare = shape.height - shape.font
    scale = min((spare - shape.gap * (len(c) - 1)) / sum(amounts[n.key] for n in c) for c in columns)
    step = (shape.width - shape.margin - shape.bar) / max(len(columns) - 1, 1)
    boxes: dict[str, tuple[float, float, float]] = {}  # left, top, height
    for number, column in enumerate(columns):
        heights = [max(1.0, amounts[n.key] * scale) for n in column]
        top = (shape.height - sum(heights) - shape.gap * (len(column) - 1)) / 2
        for node, height in zip(column, heights, strict=True):
            boxes[node.key] = (number * step, top, height)
            top += height + shape.gap
    drawn = _ribbons(links, boxes, scale, shape)
    for node in (node for column in columns for node in column):
        left, top, height = boxes[node.key]
        drawn.append(
            f'<rect x="{left:.1f}" y="{top:.1f}" width="{shape.bar}" height="{height:.1f}" rx="1.5" fill="{node.colour}"/>'
        )
        drawn.append(
            f'<text x="{left + shape.bar + 6:.1f}" y="{top + height / 2:.1f}" dy="0.35em">{escape(node.text)}</text>'
        )
    named = escape(title, quote=True)
    return (
        f'<svg class="flow" role="img" aria-label="{named}" viewBox="0 0 {shape.width} {shape.height}" '
        f'font-size="{shape.font}"><title>{escape(title)}</title>{"".join(drawn)}</svg>'
    )


def _amount(key: str, links: Sequence[Link]) -> int:
    return max(
        sum(link.value for link in links if link.start == key), sum(link.value for link in links if link.end == key)
    )


def _ribbons(
    links: Sequence[Link], boxes: dict[str, tuple[float, float, float]], scale: float, shape: FlowShape
) -> list[str]:
    """A bent band for each link; bands leave a node in the order of where they go to, and arrive in that of where from."""
    order = list(boxes)
    given = [link for link in links if link.value and link.start in boxes and link.end in boxes]
    out: dict[str, float] = {key: box[1] for key, box in boxes.items()}
    into = dict(out)
    tops: dict[Link, list[float]] = {link: [0.0, 0.0] for link in given}
    for side, offsets, by in ((0, out, ("start", "end")), (1, into, ("end", "start"))):
        for link in sorted(given, key=lambda link: tuple(order.index(getattr(link, name)) for name in by)):
            key = getattr(link, by[0])
            tops[link][side] = offsets[key]
            offsets[key] += link.value * scale
    drawn = []
    for link in given:
        thick = max(1.0, link.value * scale)
        x1, x2 = boxes[link.start][0] + shape.bar, boxes[link.end][0]
        top1, top2 = tops[link]
        middle = (x1 + x2) / 2
        # An area and no thick line, which has spikes where it is thicker than it is long.
        drawn.append(
            f'<path d="M{x1:.1f},{top1:.1f} C{middle:.1f},{top1:.1f} {middle:.1f},{top2:.1f} {x2:.1f},{top2:.1f} v{thick:.1f} '
            f'C{middle:.1f},{top2 + thick:.1f} {middle:.1f},{top1 + thick:.1f} {x1:.1f},{top1 + thick:.1f} Z" '
            f'fill="{link.colour}" fill-opacity="0.32"/>'
        )
    return drawn
