"""The page SQL: a query in, its rows out; nothing can be changed this way, and no file read."""

import pyarrow as pa
import streamlit as st

from eval.studio import store
from eval.studio.reasons import table
from eval.studio.words import plain, t
from warehouse.browse.schema import tables
from warehouse.kit import BadInput

_FIRST = "SELECT novel, speaker, lines FROM speakers LIMIT 20"


def page() -> None:
    """The box, the rows, and what there is to ask for."""
    st.title("SQL")
    sql = st.text_area(t("一条 SELECT", "One SELECT"), _FIRST, key="sql", height=140, max_chars=20_000)
    if st.button(t("查询", "Run"), type="primary", shortcut="Ctrl+Enter"):
        st.session_state["asked"] = sql
    asked = st.session_state.get("asked", "")
    if asked:
        try:
            answer = store.reader().ask(asked)
        except BadInput as error:
            st.error(plain(str(error)))
        else:
            rows = t(f"{answer.rows.num_rows:,} 行", f"{answer.rows.num_rows:,} rows")
            more = t("，还有更多", ", and there are more") if answer.more else ""
            st.caption(f"{rows}{more}　{answer.seconds:.2f} s")
            st.dataframe(readable(answer.rows), hide_index=True)
    with st.expander(t("有哪些表", "What there is"), expanded=not asked):
        for name, about, columns in tables():
            st.markdown(f"**{plain(name)}**　{plain(table(name, about))}")
            st.caption(plain("、".join(columns)))


def readable(rows: pa.Table) -> pa.Table:
    """The rows with lists and structs as text, which a grid of cells shows as they are."""
    made = {}
    for number, name in enumerate(rows.column_names):
        column = rows.column(number)
        nested = pa.types.is_nested(column.type)
        key = name if name not in made else f"{name} {number}"
        made[key] = pa.array([None if v is None else str(v) for v in column.to_pylist()]) if nested else column
    return pa.table(made)
