"""The page 小说: a chapter of a novel as it stands, what is said in it in the colour of whoever says it."""

import streamlit as st

from eval.studio import store
from eval.studio.marked import legend, marked, spoken
from eval.studio.reasons import rule
from eval.studio.words import label, t
from warehouse.browse.novels import chapter_of, chapters, colours, novels

_SHOWN = 6_000  # characters at a time: a chapter of 水浒传 has up to 14,000


def page() -> None:
    """The chapter that was chosen."""
    st.title(t("小说", "Novels"))
    reader = store.reader()
    with reader.lake() as lake:
        books = novels(lake)
        if not books:
            st.info(t("库里还没有小说。", "The warehouse holds no novel yet."))
            return
        left, right = st.columns([1, 2])
        book = left.selectbox(
            t("书", "Novel"), range(len(books)), format_func=lambda n: str(books[n]["novel"]), key="book"
        )
        document = books[book]["document_id"]
        found = chapters(lake, document)
        names = [f"第{c.number}回 {c.title}" if c.number else t("卷首", "before the first") for c in found]
        at = right.selectbox(
            t("回目", "Chapter"), range(len(found)), format_func=lambda n: names[n], key=f"at-{document}"
        )
        text = chapter_of(lake, document, at)
    shades = colours(text.rows)
    pages = range((len(text.text) - 1) // _SHOWN + 1)
    part = 0
    if len(pages) > 1:
        part = st.segmented_control(
            t("部分", "Part"), pages, default=0, format_func=lambda n: str(n + 1), key=f"part-{document}-{at}"
        ) or 0  # fmt: skip
    start = text.start + part * _SHOWN
    shown = text.text[part * _SHOWN : (part + 1) * _SHOWN]
    rows = [row for row in text.rows if row["char_end"] > start and row["char_start"] < start + len(shown)]
    unknown = sum(not row["speaker"] for row in rows if row["kind"] == "speech")
    st.caption(
        t(
            f"{len(rows)} 处话语，{unknown} 处不明说话人；虚线是不明",
            f"{len(rows)} utterances, {unknown} of unknown speakers (dotted)",
        )
    )
    st.html(legend(shades))
    st.html(spoken(shown, start, rows, shades))
    with st.expander(t("逐条列出", "As a list")):
        st.dataframe(
            [
                {
                    t("说话人", "speaker"): row["speaker"], t("听话人", "addressee"): row["addressee"], t("话语", "words"): row["text"],
                    t("类别", "kind"): label(row["kind"]), t("规则", "rule"): rule(row["rule"]), t("把握", "confidence"): row["confidence"],
                    "id": row["utterance_id"],
                }
                for row in rows
            ],
            hide_index=True,
        )  # fmt: skip
    if not shown:
        st.html(marked("", [], "plain"))
