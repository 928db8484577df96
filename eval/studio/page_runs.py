"""The page 训练: trainings with their losses, evaluations with their scores, two of them side by side, and each report."""

import json
from pathlib import Path
from typing import Any

import altair as alt
import streamlit as st

from eval.predictions import read_predictions
from eval.scores import score_predictions
from eval.studio import store
from eval.studio.marked import card, marked
from eval.studio.words import plain, t
from eval.table import compare_table
from warehouse.browse.figures import runs
from warehouse.kit import BadInput


def page() -> None:
    """Trainings, then evaluations."""
    st.title(t("训练", "Runs"))
    reader = store.reader()
    with reader.lake() as lake:
        made = runs(lake)
    trained = [run for run in made if run["kind"] == "train"]
    judged = [run for run in made if run["kind"] == "evaluate"]
    if not made:
        st.info(t("还没有训练或评测：huaben run、huaben train、huaben evaluate 都会记在这里。",
                  "Nothing was trained or evaluated yet: huaben run, train and evaluate are recorded here."))  # fmt: skip
        return
    if trained:
        st.subheader(t("损失", "Losses"))
        names = [run["results"]["folder"] for run in trained]
        chosen = st.multiselect(
            t("训练，可选几个比较", "Trainings to compare"), names, default=names[-2:], key="trained"
        )
        rows = [row for name in chosen if name in names for row in losses(reader.home / "adapters" / name)]
        if rows:
            st.altair_chart(_curves(rows), width="stretch")
        for run in trained:
            if run["results"]["folder"] in chosen:
                st.html(_facts(run))
    if judged:
        st.subheader(t("评测", "Scores"))
        keys = {f"{run['inputs']['adapter']} · {run['inputs']['set']} · {run['run_id'][:8]}": run for run in judged}
        picked = st.multiselect(
            t("评测，可选几个比较", "Evaluations to compare"), list(keys), default=list(keys)[-2:], key="judged"
        )
        for name in picked:
            if name in keys:
                st.markdown(f"**{plain(name)}**")
                _scores(reader.home / "evaluations" / keys[name]["results"]["folder"])
    _comparisons(reader.home)


def _comparisons(home: Path) -> None:
    """The reports that `huaben compare` has written, to download."""
    found = sorted((home / "comparisons").glob("*/report.html"))
    if found:
        st.subheader(t("对比报告", "Comparisons"))
    for report in found:
        st.download_button(
            report.parent.name, report.read_bytes(), f"comparison-{report.parent.name}.html", "text/html",
            key=f"comparison-{report.parent.name}",
        )  # fmt: skip


def losses(adapter: Path) -> list[dict[str, Any]]:
    """The logged losses of a training: `step`, `loss`, `part` (train or valid) and the adapter's `run`."""
    log = adapter / "metrics.jsonl"
    if not log.is_file():
        return []
    found = []
    for line in log.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        for key, part in (("loss", "train"), ("eval_loss", "valid")):
            if row.get(key) is not None:
                found.append({"step": row["step"], "loss": row[key], "part": part, "run": adapter.name})
    return found


def _curves(rows: list[dict[str, Any]]) -> alt.Chart:
    return (
        alt.Chart(alt.Data(values=rows))
        .mark_line(point=True)
        .encode(
            x=alt.X("step:Q", title=t("步", "step")),
            y=alt.Y("loss:Q", title=t("损失（奈特）", "loss in nats"), scale=alt.Scale(zero=False)),
            color=alt.Color("run:N", title=None, legend=alt.Legend(orient="bottom", columns=1, labelLimit=320)),
            strokeDash=alt.StrokeDash("part:N", title=None, legend=alt.Legend(orient="bottom")),
            tooltip=["run:N", "part:N", "step:Q", "loss:Q"],
        )
        .properties(height=320)
    )


def _facts(run: dict[str, Any]) -> str:
    inputs, results = run["inputs"], run["results"]
    shown = [(t("训练集", "Set"), inputs["set"]), (t("基座", "Base"), inputs["base"]["name"])]
    shown += [(name, f"{value:,.4g}" if isinstance(value, float) else str(value)) for name, value in results.items()]
    shown += [
        (name, str(inputs["train"].get(name, ""))) for name in ("epochs", "max_steps", "learning_rate", "batch_size")
    ]
    return card(results["folder"], [*shown, (t("用时", "Seconds"), f"{run['seconds']:.1f}")])


def _scores(folder: Path) -> None:
    try:
        scores = {name: score_predictions(read_predictions(folder / f"{name}.jsonl")) for name in ("base", "adapter")}
    except BadInput as error:
        st.warning(plain(str(error)))
        return
    table = compare_table(scores)
    st.dataframe([dict(zip(table.header, row, strict=True)) for row in table.rows], hide_index=True)
    report = folder / "report.html"
    if report.is_file():
        st.download_button(
            t("下载报告（HTML）", "Download the report (HTML)"), report.read_bytes(), f"report-{folder.name}.html", "text/html",
            key=f"report-{folder.name}",
        )  # fmt: skip
    else:
        st.html(marked(t("这次评测没有报告页。", "This evaluation has no report page."), [], "plain"))
