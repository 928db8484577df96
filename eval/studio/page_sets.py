"""The page 版本: snapshots and training sets, and what changed from one to another."""

import streamlit as st

from eval.studio import store
from eval.studio.marked import card, marked
from eval.studio.reasons import commit, reason
from eval.studio.words import label, plain, t
from warehouse.browse.figures import snapshots, training_sets
from warehouse.diff import Diff, diff
from warehouse.kit import BadInput

_EXAMPLES = 12


def page() -> None:
    """The lists, and the diff that was asked for."""
    st.title(t("版本", "Versions"))
    reader = store.reader()
    with reader.lake() as lake:
        made, sets = snapshots(lake), training_sets(lake)
    st.subheader(t("训练集", "Training sets"))
    if sets:
        st.dataframe(
            [{t("名称", "name"): s["name"], t("快照", "snapshot"): s["snapshot"], **{label(k): v for k, v in s["by_split"].items()}} for s in sets],
            hide_index=True,
        )  # fmt: skip
    else:
        st.caption(t("还没有训练集，先运行 huaben build。", "There is no training set yet; run huaben build first."))
    st.subheader(t("快照", "Snapshots"))
    what = t("内容", "what")
    st.dataframe(
        [{"#": s["snapshot_id"], what: commit(s["commit_message"]), t("时间", "time"): f"{s['snapshot_time']:%Y-%m-%d %H:%M}"} for s in made],
        hide_index=True, height=245,
        column_config={"#": st.column_config.NumberColumn(width=50), what: st.column_config.TextColumn(width="large")},
    )  # fmt: skip
    st.subheader(t("差异", "Differences"))
    names = [s["name"] for s in sets] + [str(s["snapshot_id"]) for s in made if s["snapshot_id"] > 0]
    if len(names) < 2:
        st.caption(t("有两个版本以后，可以在这里比较。", "Two versions can be compared here."))
        return
    left, right = st.columns(2)
    shown_as = {name: name if not name.isdecimal() else t(f"快照 {name}", f"snapshot {name}") for name in names}
    first = 1 if len(sets) > 1 else len(names) - 1
    before = left.selectbox(t("从", "From"), names, index=first, format_func=shown_as.__getitem__, key="before")
    after = right.selectbox(t("到", "To"), names, format_func=shown_as.__getitem__, key="after")
    if not st.button(t("比较", "Compare"), type="primary") or before not in names or after not in names:
        return  # a browser names no folder of its own
    try:
        _differences(diff(reader.home, before, after))
    except BadInput as error:
        st.error(plain(str(error)))


def _differences(found: Diff) -> None:
    header = (t("任务", "task"), t("分组", "split"), t("新增", "added"), t("移除", "removed"), t("改动", "changed"))
    st.dataframe(
        [dict(zip(header, (label(task), label(split), *rest), strict=True)) for task, split, *rest in found.counts],
        hide_index=True,
    )
    if not found.counts:
        st.success(t("两者相同。", "They are the same."))
    for change, head in (
        ("added", t("新增", "Added")),
        ("removed", t("移除", "Removed")),
        ("changed", t("改动", "Changed")),
    ):
        rows = found.examples(change, _EXAMPLES)
        if not rows:
            continue
        with st.expander(f"{head} {found.count(change):,}", expanded=change == "changed"):
            for row in rows:
                st.html(
                    marked(
                        f"{row['sample_id']}　{row['novel']}　{row['character']}　{reason(str(row['why']))}", [], "meta"
                    )
                )
                st.html(
                    card(
                        "",
                        [
                            (t("从", "from"), str(row["answer_before"] or "")),
                            (t("到", "to"), str(row["answer_after"] or "")),
                        ],
                    )
                )
