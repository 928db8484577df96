"""The page 对话: a scene in which people and models speak by turns, with several models' answers side by side."""

import secrets

import streamlit as st

from eval.studio import store
from eval.studio.marked import card, marked, said
from eval.studio.scene import TYPES, Said, as_assistant, as_character, as_quiz, options_of
from eval.studio.talk_answer import ask_all, keep, show_failures
from eval.studio.talk_settings import Settings, settings_of
from eval.studio.votes import as_lines, better, read_chat, vote
from eval.studio.words import label, plain, t
from train.rows import Turn
from warehouse.browse.find import quiz_example, quiz_examples
from warehouse.browse.novels import novels
from warehouse.browse.people import card as card_of
from warehouse.browse.people import people, sample_lines
from warehouse.kit import BadInput
from warehouse.reader import Reader


def page() -> None:
    """The scene so far, and the field for what comes next."""
    st.title(t("对话", "Talk"))
    reader = store.reader()
    _open_chat(reader)
    asking = settings_of(reader.home)
    if not asking.picked:
        return
    if asking.mode == "quiz":
        _quiz_page(reader, asking)
        return
    who, opening = _cast(reader) if asking.mode == "character" else ("", _system())
    scene: list[Said] = st.session_state["scene"]
    for number, turn in enumerate(scene):
        _turn(reader, number, turn)
    show_failures()
    text = st.chat_input(t("说一句，或写一段情景", "Say something, or tell what happens"), max_chars=4_000)
    speak = st.session_state.pop("speak_on", False)
    if text:
        scene.append(Said(st.session_state.get("me", "") if asking.mode == "character" else "", text))
        _turn(reader, len(scene) - 1, scene[-1])
    if text or speak:
        remembered = asking.history
        prompted = as_character(who, opening, scene, remembered) if who else as_assistant(opening, scene, remembered)
        ask_all(reader, asking, scene, prompted, asking.mode, who)
    _controls(reader, asking.mode)


def _quiz_page(reader: Reader, asking: Settings) -> None:
    """A question and its answers; each question is a scene of its own."""
    prompt = _quiz(reader)
    scene: list[Said] = [] if prompt else st.session_state.get("asked-quiz", [])
    st.session_state["asked-quiz"] = scene
    for number, turn in enumerate(scene):
        _turn(reader, number, turn)
    show_failures()
    if prompt:
        ask_all(reader, asking, scene, prompt, "quiz", "")


def _open_chat(reader: Reader) -> None:
    """The chat that the address names, or a new one; a chat is kept in the home folder and not in the browser."""
    named = st.query_params.get("chat", "")
    if "scene" in st.session_state and named == st.session_state.get("chat"):
        return
    if "scene" in st.session_state and not named:
        st.query_params["chat"] = st.session_state["chat"]
        return
    try:
        st.session_state["scene"] = read_chat(reader.home, named) if named else []
        st.session_state["chat"] = named or secrets.token_hex(8)
    except BadInput:
        st.session_state["scene"], st.session_state["chat"] = [], secrets.token_hex(8)
    st.query_params["chat"] = st.session_state["chat"]


def _cast(reader: Reader) -> tuple[str, str]:
    """Who answers, with the card to put first, and as whom the person speaks; both can change with every turn."""
    with reader.lake() as lake:
        titles = list(dict.fromkeys(book["novel"] for book in novels(lake)))
        one, two, three = st.columns(3)
        novel = one.selectbox(t("书", "Novel"), titles, key="talk-novel", accept_new_options=not titles) or ""
        names = [row["speaker"] for row in people(lake, novel, 300)]
        who = two.selectbox(t("谁来答", "Who answers"), names, key=f"talk-who-{novel}", accept_new_options=True) or ""
        partners = list(
            dict.fromkeys(["", *(turn.speaker for turn in st.session_state["scene"] if turn.speaker), *names])
        )
        three.selectbox(
            t("我是谁", "I speak as"), partners, key="me", accept_new_options=True,
            format_func=lambda name: name or t("（旁白）", "(narration)"),
        )  # fmt: skip
        text = card_of(lake, novel, who) if who else ""
        lines = sample_lines(lake, novel, who, 3) if who else []
    with st.expander(t("角色卡", "Role card")):
        used = st.toggle(t("把角色卡放进提示", "Put the card into the prompt"), True, key="use-card")
        if who:
            about = [
                (t("出自", "From"), novel),
                (t("说过", "Said"), "\n".join(f"“{line}”" for line in lines)),
                (t("卡片", "Card"), text),
            ]
            st.html(card(who, about))
    return who, text if used else ""


def _system() -> str:
    return st.text_input(t("系统提示（可空）", "System prompt (may be empty)"), key="system", max_chars=2_000)


def _quiz(reader: Reader) -> list[Turn]:
    """The prompt of the question to ask now; empty until one is asked."""
    source = st.segmented_control(
        t("题目来源", "Question"), ["bank", "own"], default="bank", key="quiz-source",
        format_func=lambda s: t("题库", "from the warehouse") if s == "bank" else t("自拟", "my own"),
    )  # fmt: skip
    kind = st.selectbox(t("题型", "Type"), TYPES, format_func=label, key="quiz-type")
    if source == "own":
        stem = st.text_area(t("题干", "Question"), key="quiz-stem", max_chars=2_000)
        options = st.text_area(t("选项，一行一项", "Options, one a line"), key="quiz-options", max_chars=2_000)
        if not st.button(t("提问", "Ask"), type="primary") or not stem.strip():
            return []
        return as_quiz(kind, stem.strip(), options_of(options))
    with reader.lake() as lake:
        total = quiz_examples(lake, kind)
        number = st.number_input(
            t(f"第几题（共 {total}）", f"Number (of {total})"), 1, max(1, total), key="quiz-number"
        )
        row = quiz_example(lake, kind, number - 1)
    if row is None:
        st.caption(t("这一型没有题。", "There is no question of this type."))
        return []
    messages: list[Turn] = [{"role": turn["role"], "content": turn["content"]} for turn in row["messages"]]
    st.html(card(label(kind), [("", messages[-1]["content"])]))
    with st.expander(t("看答案", "The answer")):
        st.html(marked(row["answer"], [], "plain"))
    return messages if st.button(t("提问", "Ask"), type="primary") else []


def _turn(reader: Reader, number: int, turn: Said) -> None:
    """One turn of the scene; a model's with what can be said of it."""
    if not turn.by_model:
        st.html(said(turn.speaker or t("我", "I"), turn.text, mine=True))
        return
    columns = st.columns(max(1, len(turn.answers)))
    for place, (column, one) in enumerate(zip(columns, turn.answers, strict=False)):
        with column:
            st.html(said(turn.speaker or t("模型", "Model"), str(one["text"]), _note(one)))
            if len(turn.answers) > 1:
                mine = one["text"] == turn.text
                st.button(
                    t("采用", "Use"),
                    key=f"use-{number}-{place}",
                    disabled=mine,
                    on_click=_use,
                    args=(reader, turn, place),
                )
    name = store.annotator()
    with st.container(horizontal=True):
        for verdict, text, icon in (("up", t("好", "Good"), "thumb_up"), ("down", t("不好", "Bad"), "thumb_down")):
            st.button(
                text, icon=f":material/{icon}:", key=f"{verdict}-{number}", disabled=not name, on_click=_vote, args=(reader, name, turn, verdict),
                type="primary" if turn.vote == verdict else "secondary",
            )  # fmt: skip
        with st.popover(t("更好的回答", "Better answer"), disabled=not name):
            text = st.text_area(
                t("应该这样答", "It should have been"), turn.text, key=f"better-{number}", max_chars=8_000
            )
            if st.button(t("保存", "Save"), key=f"keep-{number}"):
                _vote(reader, name, turn, "better", text)
        with st.popover(t("原始提示", "Raw prompt")):
            st.html(marked(turn.raw, [], "raw"))


def _note(one: dict[str, object]) -> str:
    ended = "" if one["finished"] else t("（未说完）", "(cut)")
    where = f" @ {one['endpoint']}" if one.get("endpoint") else ""
    return f"{one['model']}{where} {ended}"


def _use(reader: Reader, turn: Said, place: int) -> None:
    turn.text = str(turn.answers[place]["text"])
    turn.vote = ""
    keep(reader)


def _vote(reader: Reader, name: str, turn: Said, verdict: str, text: str = "") -> None:
    try:
        if verdict == "better":
            better(reader, name, turn, text)
        else:
            vote(reader, name, turn, verdict)
    except BadInput as error:
        st.toast(plain(str(error)))
        return
    keep(reader)
    st.toast(t("已记下", "noted"))


def _controls(reader: Reader, mode: str) -> None:
    scene: list[Said] = st.session_state["scene"]
    with st.container(horizontal=True):
        if mode == "character":
            st.button(
                t("请 TA 接着说", "Let them speak"), on_click=lambda: st.session_state.update(speak_on=True), key="on"
            )
        st.button(t("收回最后一句", "Take back the last turn"), disabled=not scene, on_click=_take_back, args=(reader,))
        st.button(t("新对话", "New chat"), on_click=_new_chat)
        st.download_button(
            t("导出 JSON 行", "Export JSON lines"), as_lines(scene), f"chat-{st.session_state['chat']}.jsonl",
            "application/jsonl", disabled=not scene,
        )  # fmt: skip


def _take_back(reader: Reader) -> None:
    st.session_state["scene"].pop()
    keep(reader)


def _new_chat() -> None:
    st.session_state["scene"], st.session_state["chat"] = [], secrets.token_hex(8)
    st.query_params["chat"] = st.session_state["chat"]
