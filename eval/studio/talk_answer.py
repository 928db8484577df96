"""Models, a prompt and the scene it belongs to in, their answers side by side on the page out, each as it is written."""

import secrets
from collections.abc import Generator, Sequence
from contextlib import closing
from threading import Event

import streamlit as st

from eval.studio.choices import Model, base_of
from eval.studio.elsewhere import Elsewhere, answer_elsewhere, asked, raw_request
from eval.studio.marked import said
from eval.studio.scene import Said
from eval.studio.talk_settings import SIDE, Settings, named, trust
from eval.studio.talker import Piece, Talker, answer, load_talker, raw_prompt
from eval.studio.votes import MODES, keep_chat
from eval.studio.words import plain, t
from train.rows import Turn
from warehouse.endpoints.client import Unanswered
from warehouse.kit import BadInput
from warehouse.reader import Reader

_FAILURES = "talk-failures"


@st.cache_resource(show_spinner=False, max_entries=SIDE)
def _loaded(model: Model) -> Talker:
    return load_talker(model, trust())  # once for all sessions


def ask_all(
    reader: Reader, asking: Settings, scene: list[Said], prompt: Sequence[Turn], mode: str, speaker: str
) -> None:
    """Let every model that was picked answer, one after another, each as it writes. An endpoint that fails is told of
    when the page is drawn again, and the others are asked all the same."""
    turn = Said(speaker, "", True, secrets.token_hex(8), list(prompt))
    stop, local = Event(), False
    st.button(
        t("停止", "Stop"), shortcut="Esc", key=f"stop-{turn.turn_id}", on_click=stop.set, icon=":material/stop_circle:"
    )
    boxes = [column.empty() for column in st.columns(len(asking.picked))]
    try:
        for model, box in zip(asking.picked, boxes, strict=True):
            raw, pieces = _asked(reader, asking, model, prompt, mode, stop)
            if not turn.raw or not (local or isinstance(model, Elsewhere)):
                turn.raw, local = raw, not isinstance(model, Elsewhere)
            one = {**_named(model), "text": "", "finished": False}
            turn.answers.append(one)
            if turn not in scene:
                scene.append(turn)
            try:
                with closing(pieces):
                    for piece in pieces:
                        one["text"], one["finished"] = piece.text, bool(piece.finished)
                        turn.text = str(turn.answers[0]["text"])
                        running = "" if piece.finished else " ▍"
                        box.html(said(speaker or t("模型", "Model"), piece.text + running, model.label))
            except Unanswered as error:
                st.session_state.setdefault(_FAILURES, []).append((error.chinese, str(error)))
                if not one["text"]:
                    turn.answers.remove(one)
    except BadInput as error:
        st.error(plain(str(error)))
        return
    finally:  # also when a press on the stop button ends this run of the page
        if turn in scene and not any(one["text"] for one in turn.answers):
            scene.remove(turn)
        keep(reader)
    st.rerun()


def show_failures() -> None:
    """What went wrong at the endpoints that were asked last, a sentence each."""
    for chinese, english in st.session_state.pop(_FAILURES, []):
        st.error(plain(t(chinese, english)))


def keep(reader: Reader) -> None:
    """Keep the chat as it is now."""
    keep_chat(reader.home, st.session_state["chat"], st.session_state["scene"])


def _asked(
    reader: Reader, asking: Settings, model: Model | Elsewhere, prompt: Sequence[Turn], mode: str, stop: Event
) -> tuple[str, Generator[Piece, None, None]]:
    """The prompt as it is sent, and the answer to come."""
    if isinstance(model, Elsewhere):
        ask = asked(model, prompt, asking.config, asking.until)
        return raw_request(ask), answer_elsewhere(model, ask)
    with st.spinner(t("载入模型…", "Loading the model…")):
        talker, bare = _talker(reader, model, asking.picked)
    raw = raw_prompt(talker, prompt, MODES[mode])
    return raw, answer(talker, prompt, MODES[mode], asking.config, stop, bare, asking.until)


def _named(model: Model | Elsewhere) -> dict[str, object]:
    """Which model it is, in words that are kept with its answer."""
    if isinstance(model, Elsewhere):
        return {"model": model.name, "endpoint": model.endpoint.name}
    return {"model": model.label}


def _talker(reader: Reader, model: Model, picked: Sequence[Model | Elsewhere]) -> tuple[Talker, bool]:
    """The loaded model, and whether it is to answer without its adapter: a base beside its adapter is loaded once."""
    if not model.adapter:
        adapted = [other for other in picked if isinstance(other, Model) and other.adapter]
        over = [other for other in adapted if base_of(other, reader.home, named()) == model]
        if over:
            return _loaded(over[0]), True
    return _loaded(model), False
