"""A character and whom they talk with in, a chart of it out: the character in the middle, the thicker the more is said.
And the size of every chart of the studio."""

import math
from collections.abc import Sequence
from typing import Any

import altair as alt
import streamlit as st

_RED, _GREY = "#9b3b2c", "#8a8071"


def fitted(chart: Any, height: int) -> Any:
    """The chart with a plot of so many pixels' height, as wide as the page with its axes and legend.

    Left alone, Streamlit fits axes and legend into the height too, and of a low plot nothing is left.
    """
    return chart.properties(
        height=height,
        autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
        padding={"left": 0, "right": 14, "top": 6, "bottom": 0},  # the last label of an axis reaches over its end
    )


def talk_graph(who: str, others: Sequence[dict[str, Any]]) -> Any:
    """`others` are rows of `other`, `said` to and `heard` from, as `warehouse.browse.people.partners` gives them."""
    spots = ring(len(others))
    lines = [
        {"x": 0, "y": 0, "x2": x, "y2": y, "lines": row["said"] + row["heard"], "other": row["other"], **_told(row)}
        for row, (x, y) in zip(others, spots, strict=True)
    ]
    people = [{"x": 0.0, "y": 0.0, "name": who, "lines": 0, "self": True}]
    people += [
        {"x": x, "y": y, "name": row["other"], "lines": row["said"] + row["heard"], "self": False, **_told(row)}
        for row, (x, y) in zip(others, spots, strict=True)
    ]
    edge = alt.Scale(domain=[-1.35, 1.35])
    x = alt.X("x:Q", axis=None, scale=edge)
    y = alt.Y("y:Q", axis=None, scale=edge)
    rules = (
        alt.Chart(alt.Data(values=lines))
        .mark_rule(opacity=0.45, color=_GREY)
        .encode(x=x, y=y, x2="x2:Q", y2="y2:Q", size=alt.Size("lines:Q", scale=alt.Scale(range=[1, 9]), legend=None),
                tooltip=["other:N", "said:Q", "heard:Q"])
    )  # fmt: skip
    base = alt.Chart(alt.Data(values=people)).encode(x=x, y=y, tooltip=["name:N", "said:Q", "heard:Q"])
    dots = base.mark_circle(opacity=1, size=260).encode(
        color=alt.condition("datum.self", alt.value(_RED), alt.value(_GREY))
    )
    ink, paper = ("#ece6da", "#171615") if st.context.theme.type == "dark" else ("#28241f", "#fdfcf9")
    halo = base.mark_text(dy=-19, fontSize=13, stroke=paper, strokeWidth=5, strokeJoin="round").encode(text="name:N")
    names = base.mark_text(dy=-19, fontSize=13, color=ink).encode(text="name:N")
    return fitted(alt.layer(rules, dots, halo, names), 340).configure_view(strokeWidth=0)


def ring(count: int) -> list[tuple[float, float]]:
    """So many places on a circle of radius 1, the first on top, clockwise.

    >>> ring(2)
    [(0.0, 1.0), (0.0, -1.0)]
    """
    turns = [2 * math.pi * number / max(1, count) for number in range(count)]
    return [(round(math.sin(turn), 4) + 0.0, round(math.cos(turn), 4)) for turn in turns]


def _told(row: dict[str, Any]) -> dict[str, Any]:
    return {"said": row["said"], "heard": row["heard"]}
