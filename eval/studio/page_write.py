"""The page 编写: examples that a person writes: an instruction, what it is about, and what the model is to write."""

import streamlit as st

from eval.studio import store
from eval.studio.marked import card
from eval.studio.words import plain, t
from warehouse.annotations import Mark, annotations, newest, save, saves
from warehouse.kit import BadInput, stable_id
from warehouse.reader import Reader

FORMS = {
    "": ("", ""),
    "信息抽取 IE": ("找出下面文字里的人物，用“、”隔开。", "IE"),
    "分类 Classification": ("判断下面这句话的语气：陈述、疑问、感叹或祈使。", "CLS"),
    "改写 Rewriting": ("用现代汉语改写下面的话。", "REW"),
}
_SHOWN = 30


def page() -> None:
    """The form, and what was written so far."""
    st.title(t("编写样本", "Write examples"))
    reader, name = store.reader(), store.annotator()
    if not name:
        st.info(t("先在侧栏写下你的名字。", "Write your name in the sidebar first."))
    form = st.selectbox(
        t("从哪种开始", "Begin with"), list(FORMS), format_func=lambda f: f or t("空白", "a blank"), key="form"
    )
    with st.form("written", clear_on_submit=True):
        instruction = st.text_area(t("指令", "Instruction"), FORMS[form][0], key=f"instruction-{form}", max_chars=4_000)
        given = st.text_area(t("输入（可空）", "Input (may be empty)"), key="given", max_chars=8_000)
        target = st.text_area(
            t("目标：要模型写出的", "Target: what the model is to write"), key="target", max_chars=8_000
        )
        if st.form_submit_button(t("保存", "Save"), type="primary", disabled=not name):
            try:
                write(reader, name, instruction, given, target)
                st.toast(t("已保存，下次 build 会用上", "saved; the next build takes it up"))
            except BadInput as error:
                st.warning(plain(str(error)))
    with reader.lake() as lake:
        made = [m for m in newest(saves(annotations(reader.home, lake.connection))).values() if m.fixed.get("row")]
    st.caption(t(f"写了 {len(made)} 条", f"{len(made)} written so far"))
    for mark in sorted(made, key=lambda m: m.made_at, reverse=True)[:_SHOWN]:
        row = mark.fixed["row"]
        st.html(card(row["instruction"], [(t("输入", "Input"), row.get("input", "")), (t("目标", "Target"), row["target"]),
                                          (t("作者", "By"), mark.annotator)]))  # fmt: skip


def write(reader: Reader, annotator: str, instruction: str, given: str, target: str) -> str:
    """Keep an example, and give back its id. Raises BadInput when it lacks a part, or is there already."""
    row = {"instruction": instruction.strip(), "input": given.strip(), "target": target.strip()}
    if not row["instruction"] or not row["target"]:
        raise BadInput("an example needs an instruction and a target; write both")
    record = stable_id("written", row["instruction"], row["input"], row["target"])
    with reader.lake() as lake:
        save(reader.home, lake.connection, Mark("instructions", record, annotator, "written", {"row": row}))
    return record
