"""The pieces of text on a PDF page with their places in, the lines of its left and then its right column out.

A page whose columns were written one after the other reads well as it is. One whose lines were written across both
columns, as some printing programs do, gives two questions on a line; that is told by places that jump to and fro.
"""

import re
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

OPTION = re.compile(r"\s*[(（\[【]?[A-HＡ-Ｈ]\s*[.．、)）\]】]")
LEAST = 6  # lines of the right column; fewer may be options or the cells of a table


@dataclass(frozen=True, slots=True)
class Fragment:
    """A piece of text that begins at `x`, `y` (points, from the lower left); `size` is that of its font."""

    x: float
    y: float
    size: float
    text: str

    @property
    def right(self) -> float:
        """About where the text ends: a Chinese character is as wide as its font's size, others half of that."""
        return self.x + sum(self.size if ord(c) > 0x2E7F else 0.5 * self.size for c in self.text)


def in_columns(fragments: list[Fragment], width: float) -> str:
    """The page's text column by column, empty where it has no two columns written across."""
    right = [piece for piece in fragments if 0.42 * width < piece.x < 0.62 * width and not OPTION.match(piece.text)]
    if len(right) < LEAST:
        return ""
    gutter = median(piece.x for piece in right)
    column = [piece for piece in fragments if abs(piece.x - gutter) < 4 * piece.size and piece.x > gutter - piece.size]
    if len(column) < LEAST or sum(OPTION.match(piece.text) is not None for piece in column) > 0.6 * len(column):
        return ""
    sides = [piece.x > gutter - piece.size for piece in fragments]
    turns = sum(a != b for a, b in pairwise(sides))
    crossing = [piece for piece in fragments if piece.x < gutter - 2 * piece.size and piece.right > gutter + piece.size]
    if turns < len(column) or len(crossing) > 3:
        return ""
    top = max(piece.y for piece in column)
    bottom = min(piece.y for piece in column)
    body = [piece for piece in fragments if piece not in crossing]
    above = [piece for piece in crossing if piece.y > top]
    below = [piece for piece in crossing if piece.y < bottom]
    between = [piece for piece in crossing if bottom <= piece.y <= top]
    left = [piece for piece in body if piece.x <= gutter - piece.size] + between
    beyond = [piece for piece in body if piece.x > gutter - piece.size]
    return "\n".join(line for part in (above, left, beyond, below) for line in _lines(part))


def _lines(pieces: list[Fragment]) -> list[str]:
    """The pieces from top to bottom, those of one height joined from left to right."""
    lines: list[str] = []
    last: Fragment | None = None
    for piece in sorted(pieces, key=lambda piece: (-round(piece.y), piece.x)):
        if last is not None and abs(last.y - piece.y) < 0.4 * piece.size:
            gap = piece.x - last.right
            lines[-1] += (" " * max(1, round(2 * gap / piece.size)) if gap > 0.3 * piece.size else "") + piece.text
        else:
            lines.append(piece.text)
        last = piece
    return lines
