"""The page 图表: how long prompts and answers are, and what became of every record."""

from typing import Any

import altair as alt
import streamlit as st

from eval.studio import store
from eval.studio.graph import fitted
from eval.studio.reasons import reason
from eval.studio.words import label, t
from warehouse.browse.figures import fates, lengths

_COLOURS = {"kept": "#4a8c50", "merged": "#c49428", "rejected": "#9b3b2c"}


def page() -> None:
    """Both charts, with their figures as tables."""
    st.title(t("图表", "Charts"))
    step = st.select_slider(t("每格字数", "Characters a bar"), [5, 10, 20, 50], 10, key="step")
    with store.reader().lake() as lake:
        measured, fated = lengths(lake, step), fates(lake)
    if not fated:
        st.info(t("还没有样本，先运行 huaben build。", "There are no samples yet; run huaben build first."))
        return
    st.subheader(t("长度", "Lengths"))
    for task in dict.fromkeys(row["task"] for row in measured):
        st.caption(label(task))
        st.altair_chart(_histogram([row for row in measured if row["task"] == task], step), width="stretch")
    st.subheader(t("每条记录的去向", "What became of every record"))
    named = [
        {
            "task": label(row["task"]),
            "fate": label(row["fate"]),
            "why": reason(row["why"]),
            "samples": row["samples"],
        }
        for row in fated
    ]
    bars = (
        alt.Chart(alt.Data(values=named))
        .mark_bar()
        .encode(
            x=alt.X("sum(samples):Q", title=t("样本", "samples")),
            y=alt.Y("task:N", title=None),
            color=alt.Color(
                "fate:N",
                title=None,
                legend=alt.Legend(orient="top", offset=4),
                scale=alt.Scale(domain=[label(f) for f in _COLOURS], range=list(_COLOURS.values())),
            ),
            tooltip=["task:N", "fate:N", "why:N", "samples:Q"],
        )
    )
    st.altair_chart(fitted(bars, 40 * len({row["task"] for row in named})), width="stretch")
    st.dataframe(
        [{t("任务", "task"): r["task"], t("去向", "fate"): r["fate"], t("理由", "why"): r["why"], t("样本", "samples"): r["samples"]} for r in named],
        hide_index=True, height="content",
    )  # fmt: skip


def _histogram(measured: list[dict[str, Any]], step: int) -> Any:
    """Prompts and answers of one task; each bar begins at `length` and is `step` characters wide."""
    rows = [{**row, "to": row["length"] + step, "part": label(row["part"])} for row in measured]
    bars = (
        alt.Chart(alt.Data(values=rows))
        .mark_bar(opacity=0.6)
        .encode(
            x=alt.X("length:Q", title=t("字", "characters"), bin="binned"),
            x2="to:Q",
            y=alt.Y("samples:Q", title=t("样本", "samples"), stack=None),
            color=alt.Color(
                "part:N",
                title=None,
                legend=alt.Legend(orient="top", offset=4),
                scale=alt.Scale(range=["#9b3b2c", "#3478aa"]),
            ),
            tooltip=["part:N", "length:Q", "samples:Q"],
        )
    )
    return fitted(bars, 130)
