"""The home folder in; what a person set in the sidebar of the page 对话 out: which models, how prompted, how drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from eval.decoding import GenerateConfig
from eval.studio.choices import Model, chosen, homeless, models
from eval.studio.elsewhere import MOST_WORDS, Elsewhere, known
from eval.studio.serve import told
from eval.studio.talker import GREEDY, decoding
from eval.studio.words import plain, t
from train.trust import TrustConfig
from warehouse.endpoints.client import Unanswered
from warehouse.endpoints.client import models as listed_models
from warehouse.endpoints.config import Endpoint
from warehouse.kit import BadInput

SIDE = 3  # models side by side
_MODES = {"character": ("角色", "Character"), "quiz": ("答题", "Quiz"), "plain": ("自由", "Plain")}
_FRESH = 30  # seconds for which an endpoint's list of models holds, and for which one that is away is not asked again


@dataclass(frozen=True)
class Settings:
    """Whom to ask, and how. `until`: words before which an answer ends."""

    picked: Sequence[Model | Elsewhere]
    mode: str = "plain"
    history: int = 0
    config: GenerateConfig = GREEDY
    until: Sequence[str] = ()


def settings_of(home: Path) -> Settings:
    """The settings; no model is picked where there is none, or none was chosen."""
    side, here, away = st.sidebar, models(home, named()), _elsewhere(home)
    labels = [*here, *(label for label in away if label not in here)]
    if not labels:
        st.info(t("还没有可对话的模型：运行 huaben run，或者 huaben studio --base 名称。",
                  "There is no model to talk to yet: run huaben run, or huaben studio --base NAME."))  # fmt: skip
        return Settings([])
    first = [*here][-1:] or labels[:1]
    labels = side.multiselect(
        t("模型（可并排）", "Models (side by side)"), labels, default=first, max_selections=SIDE, key="models"
    )
    for adapter, base in homeless(home, named()):
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
    config, until = _generation(labels, [label for label in labels if label in here])
    return Settings(_picked(home, labels, {**away, **here}), mode or "character", history, config, until)


def named() -> Sequence[str]:
    """The bases that the command line named."""
    return _told("bases")


def trust() -> TrustConfig:
    """Whose own code may run, as the command's config said."""
    return TrustConfig(tuple(_told("trust")))


def _generation(labels: Sequence[str], here: Sequence[str]) -> tuple[GenerateConfig, Sequence[str]]:
    """How answers are drawn. What an endpoint cannot be told is greyed out where nobody else is asked."""
    side, off = st.sidebar, bool(labels) and not here
    with side.expander(t("生成参数", "Generation")):
        values: dict[str, Any] = {
            "temperature": st.slider(
                t("温度（0 为贪心）", "Temperature (0: greedy)"), 0.0, 2.0, 0.7, 0.05, key="temperature"
            ),
            "top_p": st.slider("top-p", 0.05, 1.0, 0.9, 0.05, key="top_p"),
            "top_k": st.number_input(t("top-k（0 为不限）", "top-k (0: all)"), 0, 1000, 0, key="top_k", disabled=off),
            "beams": st.number_input(t("束宽", "Beams"), 1, 8, 1, key="beams", disabled=off),
            "repetition_penalty": st.slider(
                t("重复惩罚", "Repetition penalty"), 1.0, 2.0, 1.1, 0.05, key="penalty", disabled=off
            ),
            "max_new_tokens": st.number_input(t("最多写几个词元", "Most new tokens"), 1, 1024, 128, key="new_tokens"),
            "seed": st.number_input(t("随机种子", "Seed"), 0, 2**31 - 1, 0, key="seed"),
        }
        words = st.text_input(
            t("停止词（空格分开，至多四个）", "Stop words (parted by blanks, four at most)"), key="until", max_chars=200
        )
    if values["beams"] > 1 and not off:
        side.caption(t("束搜索写完才显示。", "With beams the answer shows once it is whole."))
    if len(here) < len(labels):
        side.caption(
            t("端点上的模型由端点自己套用模板，这里不检查；top-k、束宽、重复惩罚不会发去。",
              "A model at an endpoint is prompted by the endpoint's own template, which is not checked here; "
              "top-k, beams and repetition penalty are not sent.")
        )  # fmt: skip
    return decoding(**values), words.split()[:MOST_WORDS]


def _picked(home: Path, labels: Sequence[str], known: Mapping[str, Model | Elsewhere]) -> list[Model | Elsewhere]:
    """The models of the labels, every one of them looked up: a browser may say anything."""
    try:
        return [known[label] if label in known else chosen(label, home, named()) for label in labels]
    except BadInput as error:
        st.error(plain(str(error)))
        return []


def _elsewhere(home: Path) -> dict[str, Elsewhere]:
    """The models of all endpoints that answer; the others are told of."""
    found: dict[str, Elsewhere] = {}
    try:
        every = known(home, _told("endpoints"))
    except BadInput as error:  # huaben.toml was changed meanwhile
        st.sidebar.caption(plain(str(error)))
        return found
    for endpoint in every.values():
        names, failed = _listed(endpoint)
        if failed:
            st.sidebar.caption(plain(t(*failed)))
        found |= {model.label: model for model in (Elsewhere(endpoint, name) for name in names)}
    return found


@st.cache_data(show_spinner=False, ttl=_FRESH, max_entries=64)
def _listed(endpoint: Endpoint) -> tuple[list[str], tuple[str, str] | None]:
    try:
        return listed_models(endpoint), None
    except Unanswered as error:
        return [], (error.chinese, str(error))
    except BadInput as error:
        return [], (str(error), str(error))


def _told(what: str) -> Sequence[str]:
    handed = told()[what]
    return [str(one) for one in handed] if isinstance(handed, list) else []
