"""A browser in, let on where it shows the token that the command printed; only asked for off the loopback."""

import hmac
import time

import streamlit as st

from eval.studio.serve import told
from eval.studio.words import t


def may_enter(shown: str, token: str) -> bool:
    """Whether what a browser shows is the token; compared in a time that tells nothing. No token lets everybody on."""
    return hmac.compare_digest(shown.encode(), token.encode()) if token else True


def stop_strangers() -> None:
    """Ends the page here, with a field for the token, unless the session has shown it."""
    token = str(told()["token"])
    if not token or st.session_state.get("let_on"):
        return
    shown = st.query_params.get("token", "") or st.session_state.get("token_field", "")
    if may_enter(shown, token):
        st.session_state["let_on"] = True
        st.query_params.pop("token", None)  # so that an address that is passed on holds no key
        return
    if shown:
        time.sleep(1)  # guessing takes for ever, and guessing fast as well
        st.error(t("口令不对。", "That is not the token."))
    st.text_input(t("口令（启动时显示）", "Token (printed at the start)"), type="password", key="token_field")
    st.stop()
