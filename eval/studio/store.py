"""The home folder in; the one open reader that all sessions share, and a thread that brings saves into the lake, out."""

import threading

import streamlit as st

from warehouse.annotations import bring_in, waiting_saves
from warehouse.home import home_folder
from warehouse.kit import BadInput
from warehouse.lake import writing
from warehouse.reader import Reader
from warehouse.turns import WriteConflict

_EVERY = 30.0  # seconds: saves count as soon as they are made, and only SQL waits to see them


@st.cache_resource(show_spinner=False)
def _opened(home: str) -> Reader:
    reader = Reader(home_folder())
    threading.Thread(target=_bring_in_for_ever, args=(reader,), daemon=True).start()
    return reader


def reader() -> Reader:
    """The open lake. The page ends here, in one sentence, where there is none."""
    try:
        return _opened(str(home_folder().absolute()))
    except BadInput as error:
        st.info(str(error))
        st.stop()


def bring_in_once(reader: Reader) -> int:
    """Bring what waits into the lake unless somebody else writes to it; how many rows that were."""
    if not waiting_saves(reader.home):
        return 0
    try:
        with writing(reader.home, wait=0) as lake:
            return bring_in(lake)
    except (BadInput, WriteConflict):  # a flow is writing: next time
        return 0


def _bring_in_for_ever(reader: Reader) -> None:
    pause = threading.Event()
    while not pause.wait(_EVERY):
        bring_in_once(reader)


def annotator() -> str:
    """Who sits here, as they say themselves; empty until they do."""
    return str(st.session_state.get("annotator", "")).strip()
