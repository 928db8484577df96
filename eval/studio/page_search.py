"""The page 检索: words in, the utterances, questions and passages that have them out, with the place of one of them."""

import re

import streamlit as st

from eval.studio import store
from eval.studio.marked import entry, found
from eval.studio.reasons import place
from eval.studio.words import label, t
from warehouse.browse.find import search

_MOST = 30
_BLANK = re.compile(r'"((?:[^"\\]|\\.)*)"')
_BLANKS = re.compile(r'\["(?:[^"\\]|\\.)*"(?:, ?"(?:[^"\\]|\\.)*")*\]')


def page() -> None:
    """A field for words, and what was found."""
    st.title(t("检索", "Search"))
    words = st.text_input(
        t("词语，用空格分开", "Words, parted by blanks"),
        key="words",
        placeholder=t("桃园 结义", "桃园 结义"),
        max_chars=80,
    )
    if not words.strip():
        st.caption(
            t(
                "在话语、题目和小说原文里找，按 BM25 排序。",
                "Looks through utterances, questions and the novels, ranked by BM25.",
            )
        )
        return
    with store.reader().lake() as lake:
        rows = search(lake, words.strip(), _MOST)
    st.caption(
        t(f"{len(rows)} 处", f"{len(rows)} places")
        + (t("（最前面的）", " (the first ones)") if len(rows) == _MOST else "")
    )
    for row in rows:
        head = "　".join(
            filter(None, [label(row["kind"]), row["novel"], row["who"], place(row["place"]), f"{row['score']:.1f}"])
        )
        st.html(entry(head, found(readable(row["words"]), words.split(), "place")))


def readable(words: str) -> str:
    """What was found, with the answers to several blanks as a person would write them: the lake has them as a list."""
    return "\n".join(
        "；".join(_BLANK.findall(line)) if _BLANKS.fullmatch(line) else line for line in words.splitlines()
    )
