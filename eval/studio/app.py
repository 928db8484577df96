"""The home folder in, the studio's pages out: what `huaben studio` runs through Streamlit."""

import streamlit as st

from eval.studio import (
    page_figures,
    page_label,
    page_novel,
    page_people,
    page_questions,
    page_runs,
    page_search,
    page_sets,
    page_sql,
    page_write,
)
from eval.studio.gate import stop_strangers
from eval.studio.marked import style
from eval.studio.words import choose_language, t

st.set_page_config(page_title="话本 huaben", page_icon="📖", layout="wide")
st.html(style())
stop_strangers()
choose_language()
st.sidebar.text_input(t("你的名字", "Your name"), key="annotator", max_chars=40)
labelling = st.Page(page_label.page, title=t("标注", "Label"), url_path="label")


def start() -> None:
    """The page at the bare address, which has none of its own: Streamlit knows its first page by no other name."""
    st.switch_page(labelling)


def talk() -> None:
    """The page 对话. Its models bring torch, which takes seconds to read: only those who talk wait for it."""
    from eval.studio import page_talk

    page_talk.page()


st.navigation(
    {
        "": [st.Page(start, title="话本 huaben", default=True, visibility="hidden")],
        t("对话", "Talk"): [st.Page(talk, title=t("对话", "Talk"), url_path="talk")],
        t("标注", "Label"): [
            labelling,
            st.Page(page_write.page, title=t("编写样本", "Write examples"), url_path="write"),
        ],
        t("语料", "Look"): [
            st.Page(page_search.page, title=t("检索", "Search"), url_path="search"),
            st.Page(page_novel.page, title=t("小说", "Novels"), url_path="novels"),
            st.Page(page_people.page, title=t("人物", "People"), url_path="people"),
            st.Page(page_questions.page, title=t("题目", "Questions"), url_path="questions"),
            st.Page(page_sql.page, title="SQL", url_path="sql"),
            st.Page(page_figures.page, title=t("图表", "Charts"), url_path="charts"),
            st.Page(page_sets.page, title=t("版本", "Versions"), url_path="versions"),
        ],
        t("训练", "Runs"): [st.Page(page_runs.page, title=t("训练", "Runs"), url_path="runs")],
    },
    position="top",
).run()
