"""The page 人物: who a character is, what they say chapter by chapter, and whom they talk with."""

import altair as alt
import streamlit as st

from eval.studio import store
from eval.studio.graph import fitted, talk_graph
from eval.studio.marked import card, entry, marked
from eval.studio.words import t
from warehouse.browse.novels import novels
from warehouse.browse.people import lines_by_chapter, lines_of, other_names, partners, people, sample_lines

_PAGE = 40


def page() -> None:
    """The character that was chosen."""
    st.title(t("人物", "People"))
    with store.reader().lake() as lake:
        titles = list(dict.fromkeys(book["novel"] for book in novels(lake)))
        if not titles:
            st.info(t("库里还没有小说。", "The warehouse holds no novel yet."))
            return
        left, right = st.columns(2)
        novel = left.selectbox(t("书", "Novel"), titles, key="people-novel")
        known = {row["speaker"]: row for row in people(lake, novel, 400)}
        if not known:
            st.info(t("这部书里还没有认出说话的人。", "No speaker is known in this novel."))
            return
        who = right.selectbox(
            t("人物", "Character"),
            list(known),
            format_func=lambda name: f"{name}（{known[name]['lines']}）",
            key=f"who-{novel}",
        )
        facts, chapters = known[who], lines_by_chapter(lake, novel, who)
        others = partners(lake, novel, who)
        about = [
            (t("又名", "Also"), "、".join(other_names(lake, novel, who))),
            (t("话语", "Lines"), t(f"{facts['lines']} 句，{facts['characters']:,} 字", f"{facts['lines']}, {facts['characters']:,} characters")),
            (t("出场", "Speaks in"), t(f"{facts['chapters']} 回，第 {facts['first_chapter']}–{facts['last_chapter']} 回",
                                      f"{facts['chapters']} chapters, {facts['first_chapter']}–{facts['last_chapter']}")),
            (t("说过", "Said"), "\n".join(f"“{line}”" for line in sample_lines(lake, novel, who, 3))),
        ]  # fmt: skip
        chapter = st.session_state.get(f"chapter-{who}") or -1
        at = st.session_state.get(f"lines-{who}", 1)
        lines = lines_of(lake, novel, who, chapter, _PAGE, (at - 1) * _PAGE)
    one, two = st.columns([2, 3], gap="large")
    one.html(card(who, about))
    if others:
        two.altair_chart(talk_graph(who, others), width="stretch")
    else:
        two.caption(t("没有认出听话的人。", "Nobody is known to be spoken to."))
    bars = (
        alt.Chart(alt.Data(values=chapters))
        .mark_bar(color="#9b3b2c", size=max(3, min(20, 300 // (chapters[-1]["chapter"] + 1))))
        .encode(
            x=alt.X("chapter:Q", title=t("回", "chapter"), axis=alt.Axis(tickMinStep=1, format="d")),
            y=alt.Y("lines:Q", title=t("句", "lines"), axis=alt.Axis(tickMinStep=1)),
            tooltip=["chapter:Q", "lines:Q", "characters:Q"],
        )
    )
    st.altair_chart(fitted(bars, 130), width="stretch")
    numbers = [row["chapter"] for row in chapters]
    a, b = st.columns([3, 1])
    a.selectbox(t("只看一回", "Only chapter"), [-1, *numbers], key=f"chapter-{who}",
                format_func=lambda n: t("全部", "all") if n == -1 else t(f"第{n}回", f"chapter {n}"))  # fmt: skip
    total = facts["lines"] if chapter == -1 else next((r["lines"] for r in chapters if r["chapter"] == chapter), 0)
    b.number_input(t("页", "Page"), 1, max(1, -(-total // _PAGE)), key=f"lines-{who}")
    for row in lines:
        to = f" → {row['addressee']}" if row["addressee"] else ""
        head = t(f"第{row['chapter']}回", f"chapter {row['chapter']}") + f"{to}　{row['confidence']:.2f}"
        st.html(entry(head, marked(row["text"], [], "place")))
