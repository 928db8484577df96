"""A phrase in Chinese and in English in, the one for the reader out."""

import streamlit as st

from eval.labels import LABELS

_MORE = {
    "speech": "说话", "thought": "心声", "writing": "书信", "verse": "诗词", "quotation": "引文", "name": "名词",
    "supported": "有据", "unsupported": "无据", "contradicted": "相反", "unknown": "未知", "kept": "保留", "merged": "合并",
    "rejected": "拒绝", "disagreement": "分歧", "near": "近阈值", "speaker": "说话人", "addressee": "听话人", "kind": "类别",
    "type": "题型", "options": "选项", "verdict": "判定", "utterances": "话语", "questions": "题目", "instructions": "指令",
    "base": "基座", "adapter": "适配器", "change": "变化",
    "utterance": "话语", "question": "题目", "passage": "原文", "accept": "接受", "fix": "修改", "reject": "拒绝",
}  # fmt: skip
_PLAIN = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_{}[]()<>#+-.!|$:~^="})


def t(chinese: str, english: str) -> str:
    """The phrase in the language that the reader chose; Chinese at first."""
    return english if st.session_state.get("lang") == "English" else chinese


def label(word: str) -> str:
    """The word for a task, type, split, kind or verdict."""
    return t(LABELS.get(word) or _MORE.get(word) or word, word.replace("_", " "))


def plain(text: str) -> str:
    """The text so that Markdown shows it as it is: for labels and headings, which take no other form."""
    return " ".join(str(text).split()).translate(_PLAIN)


def choose_language() -> None:
    """The switch itself, in the sidebar."""
    st.sidebar.segmented_control(
        "语言 Language", ["中文", "English"], key="lang", default="中文", label_visibility="collapsed"
    )
