"""The page 对话: a scene in which people and models speak by turns, with several models' answers side by side."""

import secrets
from collections.abc import Sequence
from contextlib import closing
from threading import Event
from typing import Any

import streamlit as st

from eval.generate import GenerateConfig
from eval.studio import store
from eval.studio.choices import Model, base_of, chosen, homeless, models
from eval.studio.marked import card, marked, said
from eval.studio.scene import TYPES, Said, as_assistant, as_character, as_quiz, options_of
from eval.studio.serve import told
from eval.studio.talker import Talker, answer, decoding, load_talker, raw_prompt
from eval.studio.votes import MODES, as_lines, better, keep_chat, read_chat, vote
from eval.studio.words import label, plain, t
from train.rows import Turn
from warehouse.browse.find import quiz_example, quiz_examples
from warehouse.browse.novels import novels
from warehouse.browse.people import card as card_of
from warehouse.browse.people import people, sample_lines
from warehouse.kit import BadInput
from warehouse.reader import Reader

_SIDE = 3  # models side by side
_MODES = {"character": ("角色", "Character"), "quiz": ("答题", "Quiz"), "plain": ("自由", "Plain")}


@st.cache_resource(show_spinner=False, max_entries=_SIDE)
def _loaded(model: Model) -> Talker:
    return load_talker(model)  # once for all sessions


def page() -> None:
    """The scene so far, and the field for what comes next."""
    st.title(t("对话", "Talk"))
    reader = store.reader()
    _open_chat(reader)
    picked, mode, history, config = _settings(reader)
    if not picked:
        return
    if mode == "quiz":
        _quiz_page(reader, picked, config)
        return
    who, opening = _cast(reader) if mode == "character" else ("", _system())
    scene: list[Said] = st.session_state["scene"]
    for number, turn in enumerate(scene):
        _turn(reader, number, turn)
    text = st.chat_input(t("说一句，或写一段情景", "Say something, or tell what happens"), max_chars=4_000)
    speak = st.session_state.pop("speak_on", False)
    if text:
        scene.append(Said(st.session_state.get("me", "") if mode == "character" else "", text))
        _turn(reader, len(scene) - 1, scene[-1])
    if text or speak:
        prompted = as_character(who, opening, scene, history) if who else as_assistant(opening, scene, history)
        _answer(reader, picked, scene, prompted, mode, config, who)
    _controls(reader, mode)


def _quiz_page(reader: Reader, picked: Sequence[Model], config: GenerateConfig) -> None:
    """A question and its answers; each question is a scene of its own."""
    prompt = _quiz(reader)
    scene: list[Said] = [] if prompt else st.session_state.get("asked-quiz", [])
    st.session_state["asked-quiz"] = scene
    for number, turn in enumerate(scene):
        _turn(reader, number, turn)
    if prompt:
        _answer(reader, picked, scene, prompt, "quiz", config, "")


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


def _settings(reader: Reader) -> tuple[list[Model], str, int, GenerateConfig]:
    named = _named()
    known = list(models(reader.home, named))
    side = st.sidebar
    if not known:
        st.info(t("还没有可对话的模型：运行 huaben run，或者 huaben studio --base 名称。",
                  "There is no model to talk to yet: run huaben run, or huaben studio --base NAME."))  # fmt: skip
        return [], "plain", 0, decoding()
    labels = side.multiselect(
        t("模型（可并排）", "Models (side by side)"), known, default=known[-1:], max_selections=_SIDE, key="models"
    )
    for adapter, base in homeless(reader.home, named):
        side.caption(
            plain(
                t(
                    f"{adapter} 的基座 {base} 不知在哪里：用 --base 告诉我",
                    f"{adapter} needs its base {base}: name it with --base",
                )
            )
        )
    mode = side.segmented_control(
        t("方式", "Mode"), list(_MODES), default="character", format_func=lambda m: t(*_MODES[m]), key="mode"
    )
    history = side.slider(t("记住几轮", "Exchanges remembered"), 0, 10, 5, key="history")
    with side.expander(t("生成参数", "Generation")):
        values: dict[str, Any] = {
            "temperature": st.slider(
                t("温度（0 为贪心）", "Temperature (0: greedy)"), 0.0, 2.0, 0.7, 0.05, key="temperature"
            ),
            "top_p": st.slider("top-p", 0.05, 1.0, 0.9, 0.05, key="top_p"),
            "top_k": st.number_input(t("top-k（0 为不限）", "top-k (0: all)"), 0, 1000, 0, key="top_k"),
            "beams": st.number_input(t("束宽", "Beams"), 1, 8, 1, key="beams"),
            "repetition_penalty": st.slider(t("重复惩罚", "Repetition penalty"), 1.0, 2.0, 1.1, 0.05, key="penalty"),
            "max_new_tokens": st.number_input(t("最多写几个词元", "Most new tokens"), 1, 1024, 128, key="new_tokens"),
            "seed": st.number_input(t("随机种子", "Seed"), 0, 2**31 - 1, 0, key="seed"),
        }
    if values["beams"] > 1:
        side.caption(t("束搜索写完才显示。", "With beams the answer shows once it is whole."))
    try:
        picked = [chosen(text, reader.home, named) for text in labels]
    except BadInput as error:
        st.error(plain(str(error)))
        picked = []
    return picked, mode or "character", history, decoding(**values)


def _named() -> Sequence[str]:
    bases = told()["bases"]
    return [str(base) for base in bases] if isinstance(bases, list) else []


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
    return f"{one['model']} {ended}"


def _answer(
    reader: Reader,
    picked: Sequence[Model],
    scene: list[Said],
    prompt: Sequence[Turn],
    mode: str,
    config: GenerateConfig,
    speaker: str,
) -> None:
    """Let every model that was picked answer, one after another, each as it writes."""
    turn = Said(speaker, "", True, secrets.token_hex(8), list(prompt))
    stop = Event()
    st.button(
        t("停止", "Stop"), shortcut="Esc", key=f"stop-{turn.turn_id}", on_click=stop.set, icon=":material/stop_circle:"
    )
    boxes = [column.empty() for column in st.columns(len(picked))]
    try:
        for model, box in zip(picked, boxes, strict=True):
            one: dict[str, object] = {"model": model.label, "text": "", "finished": False}
            with st.spinner(t("载入模型…", "Loading the model…")):
                talker, bare = _talker(reader, model, picked)
            turn.raw = turn.raw or raw_prompt(talker, prompt, MODES[mode])
            turn.answers.append(one)
            if turn not in scene:
                scene.append(turn)
            with closing(answer(talker, prompt, MODES[mode], config, stop, bare)) as pieces:
                for piece in pieces:
                    one["text"], one["finished"] = piece.text, bool(piece.finished)
                    turn.text = str(turn.answers[0]["text"])
                    box.html(
                        said(speaker or t("模型", "Model"), piece.text + ("" if piece.finished else " ▍"), model.label)
                    )
    except BadInput as error:
        st.error(plain(str(error)))
        return
    finally:  # also when a press on the stop button ends this run of the page
        if turn in scene and not any(one["text"] for one in turn.answers):
            scene.remove(turn)
        _keep(reader)
    st.rerun()


def _talker(reader: Reader, model: Model, picked: Sequence[Model]) -> tuple[Talker, bool]:
    """The loaded model, and whether it is to answer without its adapter: a base beside its adapter is loaded once."""
    if not model.adapter:
        over = [other for other in picked if other.adapter and base_of(other, reader.home, _named()) == model]
        if over:
            return _loaded(over[0]), True
    return _loaded(model), False


def _use(reader: Reader, turn: Said, place: int) -> None:
    turn.text = str(turn.answers[place]["text"])
    turn.vote = ""
    _keep(reader)


def _vote(reader: Reader, name: str, turn: Said, verdict: str, text: str = "") -> None:
    try:
        if verdict == "better":
            better(reader, name, turn, text)
        else:
            vote(reader, name, turn, verdict)
    except BadInput as error:
        st.toast(plain(str(error)))
        return
    _keep(reader)
    st.toast(t("已记下", "noted"))


def _keep(reader: Reader) -> None:
    keep_chat(reader.home, st.session_state["chat"], st.session_state["scene"])


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
    _keep(reader)


def _new_chat() -> None:
    st.session_state["scene"], st.session_state["chat"] = [], secrets.token_hex(8)
    st.query_params["chat"] = st.session_state["chat"]
