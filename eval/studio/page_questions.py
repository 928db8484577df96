"""The page 题目: questions by type, by what the novel says to their answers, with the passages that say it."""

import streamlit as st

from eval.studio import store
from eval.studio.labelling import typed, typed_options
from eval.studio.marked import card, entry, found
from eval.studio.reasons import reason
from eval.studio.scene import TYPES
from eval.studio.words import label, t
from warehouse.browse.questions import counted, listed, passages, question

_PAGE = 25
_SUPPORTS = ("supported", "unsupported", "contradicted", "unknown")


def page() -> None:
    """The list, and the question that was chosen from it."""
    st.title(t("题目", "Questions"))
    every = t("全部", "all")
    one, two, three, four = st.columns([2, 2, 3, 2])
    kind = one.selectbox(t("题型", "Type"), ["", *TYPES], format_func=lambda k: label(k) if k else every, key="q-type")
    support = two.selectbox(
        t("依据", "Support"), ["", *_SUPPORTS], format_func=lambda k: label(k) if k else every, key="q-support"
    )
    word = three.text_input(t("题干里有", "With this in the stem"), key="q-word", max_chars=40)
    at = four.number_input(t("页", "Page"), 1, key="q-page")
    with store.reader().lake() as lake:
        total = counted(lake, kind, support, word)
        rows = listed(lake, kind, support, word, limit=_PAGE, offset=(at - 1) * _PAGE)
        st.caption(t(f"共 {total:,} 题，第 {at} 页", f"{total:,} questions, page {at}"))
        chosen = st.dataframe(
            [
                {
                    t("题型", "type"): label(row["type"]), t("依据", "support"): label(row["support"]) if row["support"] else "",
                    t("题干", "question"): row["stem"], t("书", "novel"): row["novel"], t("去向", "fate"): label(row["fate"]),
                    t("分组", "split"): label(row["split"]) if row["split"] else "",
                }
                for row in rows
            ],
            hide_index=True, on_select="rerun", selection_mode="single-row", key="q-list",
        )  # fmt: skip
        picked = chosen["selection"]["rows"]
        if not picked or picked[0] >= len(rows):
            st.caption(t("点一行，看它的选项和原文依据。", "Choose a row to see its options and the passages."))
            return
        row = question(lake, rows[picked[0]]["question_id"])
        evidence = passages(lake, rows[picked[0]]["question_id"])
    assert row is not None
    answer = typed(row["answer"])
    st.html(
        card(row["stem"], [(t("选项", "Options"), typed_options(row["options"])), (t("答案", "Answer"), answer),
             (t("解析", "Explanation"), row["explanation"]), (t("依据", "Support"), f"{label(row['support'])}　{reason(row['told'])}"),
             ("id", row["question_id"])])
    )  # fmt: skip
    words = [word for word in [*row["options"].values(), *answer.split("；")] if len(word) > 1]
    for passage in evidence:
        head = t(f"第{passage['chapter']}回", f"chapter {passage['chapter']}") + f"　{passage['score']:.1f}"
        st.html(entry(head, found(passage["text"], words, "place")))
