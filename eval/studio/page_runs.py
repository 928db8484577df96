"""The page 训练: trainings with their losses, evaluations with their scores, two of them side by side, and each report."""

import json
from pathlib import Path
from typing import Any

import altair as alt
import streamlit as st

from eval.metrics import METRICS
from eval.predictions import read_predictions
from eval.scores import score_predictions
from eval.studio import store
from eval.studio.graph import fitted
from eval.studio.marked import card, framed, marked
from eval.studio.words import label, plain, t
from eval.table import Table, compare_table
from warehouse.browse.figures import runs
from warehouse.kit import BadInput

_TALL = 800  # pixels of a report's frame
_COLOURS = ["#9b3b2c", "#3478aa", "#4a8c50", "#c49428", "#8456a8", "#1e8c8c"]
_HEADS = {"task": "任务", "type": "题型", "n": "行数", "model": "模型"}
_CONFIGURED = ("epochs", "max_steps", "learning_rate", "batch_size")
_FACTS = {
    "rows": "行数", "trainable": "可训练参数", "steps": "步数", "kept_step": "所留的步", "train_loss": "训练损失",
    "base_loss": "基座验证损失", "eval_loss": "验证损失", "epochs": "轮数", "max_steps": "最多步数", "learning_rate": "学习率",
    "batch_size": "批大小",
}  # fmt: skip


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
            st.altair_chart(_curves([{**row, "part": label(row["part"])} for row in rows]), width="stretch")
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
    """The reports that `huaben compare` has written."""
    found = sorted((home / "comparisons").glob("*/report.html"))
    if found:
        st.subheader(t("对比报告", "Comparisons"))
    for report in found:
        _report(report, f"comparison-{report.parent.name}", report.parent.name)


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


def _curves(rows: list[dict[str, Any]]) -> Any:
    lines = (
        alt.Chart(alt.Data(values=rows))
        .mark_line(point={"size": 40})
        .encode(
            x=alt.X("step:Q", title=t("步", "step"), axis=alt.Axis(tickMinStep=1, format="d")),
            y=alt.Y("loss:Q", title=t("损失（奈特）", "loss in nats"), scale=alt.Scale(zero=False)),
            color=alt.Color(
                "run:N",
                title=None,
                legend=alt.Legend(orient="bottom", columns=1, labelLimit=320),
                scale=alt.Scale(range=_COLOURS),
            ),
            strokeDash=alt.StrokeDash(
                "part:N",
                title=None,
                legend=alt.Legend(
                    orient="bottom",
                    symbolFillColor="#8a8071",
                    symbolStrokeColor="#8a8071",
                ),
            ),
            tooltip=["run:N", "part:N", "step:Q", "loss:Q"],
        )
    )
    return fitted(lines, 240)


def _facts(run: dict[str, Any]) -> str:
    inputs, results = run["inputs"], run["results"]
    shown = [(t("训练集", "Set"), inputs["set"]), (t("基座", "Base"), inputs["base"]["name"])]
    facts = {**results, **{name: inputs["train"].get(name, "") for name in _CONFIGURED}}
    shown += [
        (t(_FACTS[name], name.replace("_", " ")), _written(value)) for name, value in facts.items() if name in _FACTS
    ]
    shown.append((t("用时", "seconds"), t(f"{run['seconds']:.1f} 秒", f"{run['seconds']:.1f}")))
    return card(results["folder"], shown, short=True)


def _written(value: Any) -> str:
    if isinstance(value, dict):
        return t("，", ", ").join(f"{label(name)} {_written(part)}" for name, part in value.items())
    return f"{value:,.4g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)


def named(table: Table) -> list[dict[str, str]]:
    """The rows of a score table by heading, both in the reader's language."""
    heads = {f"{m.title} {m.unit}": m.title if m.title[:2].isupper() else m.chinese for m in METRICS} | _HEADS
    header = [
        t(f"{heads[head]} {head.rpartition(' ')[2]}" if head not in _HEADS else heads[head], head)
        for head in table.header
    ]
    return [dict(zip(header, [*map(label, row[:4]), *row[4:]], strict=True)) for row in table.rows]


def _report(report: Path, name: str, title: str = "") -> None:
    """A report to read in the page and to download. It is a page of its own, and is shown in a frame that may do nothing."""
    with st.container(horizontal=True, vertical_alignment="center"):
        shown = st.toggle(title or t("看报告", "Show the report"), key=f"show-{name}")
        st.download_button(
            t("下载报告（HTML）", "Download the report (HTML)"),
            report.read_bytes(),
            f"{name}.html",
            "text/html",
            key=name,
        )
    if shown:
        st.iframe(framed(report.read_text(encoding="utf-8")), height=_TALL, alt=name)


def _scores(folder: Path) -> None:
    try:
        scores = {name: score_predictions(read_predictions(folder / f"{name}.jsonl")) for name in ("base", "adapter")}
    except BadInput as error:
        st.warning(plain(str(error)))
        return
    table = compare_table(scores)
    shown = named(table)
    wide = st.column_config.TextColumn(width=90)
    st.dataframe(shown, hide_index=True, column_config=dict.fromkeys(list(shown[0])[:2], wide) if shown else None)
    report = folder / "report.html"
    if report.is_file():
        _report(report, f"report-{folder.name}")
    else:
        st.html(marked(t("这次评测没有报告页。", "This evaluation has no report page."), [], "plain"))
