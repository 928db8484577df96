"""The page 标注: one row after another, the most useful first, to accept, correct or reject by keyboard or mouse."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from eval.studio import store
from eval.studio.labelling import KINDS, Shown, mark_of, question_fields, shown, typed, typed_options
from eval.studio.marked import card, entry, found, legend, marked, spoken
from eval.studio.reasons import left as how_left
from eval.studio.reasons import place, reason, rule
from eval.studio.scene import TYPES
from eval.studio.words import label, plain, t
from warehouse.annotations import Overtaken, annotations, save, saves, undo
from warehouse.annotations_agreement import Agreement, agreements
from warehouse.browse.novels import colours
from warehouse.browse.worth import WHYS, Worth, queue
from warehouse.kit import BadInput
from warehouse.reader import Reader

_REASONS = (
    ("原文有误或残缺", "the text is damaged"),
    ("引号里不是话", "not spoken words"),
    ("题目有误", "the question is wrong"),
    ("答案无从判断", "no telling the answer"),
    ("不宜训练", "unfit to train on"),
)


def page() -> None:
    """The queue with its first row, and below it how far the annotators agree."""
    reader, name = store.reader(), store.annotator()
    st.title(t("标注", "Label"))
    if not name:
        st.info(
            t(
                "先在侧栏写下你的名字：每条修改都记着是谁改的。",
                "Write your name in the sidebar: every correction says whose it is.",
            )
        )
    whys = st.sidebar.pills(
        t("看哪些", "Which rows"), WHYS, selection_mode="multi", default=list(WHYS), format_func=label, key="whys"
    )
    second = st.sidebar.toggle(t("复标别人标过的", "Give a second opinion"), key="second", disabled=not name)
    with reader.lake() as lake:
        rows = queue(lake, name, whys or WHYS, second)
    skipped: set[str] = st.session_state.setdefault("skipped", set())
    left = [worth for worth in rows if worth.record_id not in skipped]
    _notice()
    if left:
        st.caption(t(f"还有 {len(left):,} 条", f"{len(left):,} rows left"))
        _row(reader, left[0], name, second)
    else:
        st.success(t("没有要看的了。", "Nothing is left to look at."))
    if skipped and st.button(t(f"重看跳过的 {len(skipped)} 条", f"Back to the {len(skipped)} skipped")):
        skipped.clear()
        st.rerun()
    _agreement(reader)


def _row(reader: Reader, worth: Worth, name: str, second: bool) -> None:
    with reader.lake() as lake:
        row = shown(lake, worth.table, worth.record_id, second)
    if row is None:
        st.warning(t("这一条已不在库里。", "The row is gone from the warehouse."))
        st.session_state["skipped"].add(worth.record_id)
        return
    told = {"near": reason, "disagreement": how_left}.get(worth.why, lambda told: "")(worth.told)
    st.html(marked(f"{label(worth.why)}　{worth.novel}　{told}", [], "meta"))
    text, form = st.columns([3, 2], gap="large")
    with text:
        {"utterances": _place, "questions": _question}.get(row.table, _instruction)(row)
    with form:
        if row.table == "utterances":
            _speaker_form(reader, row, name)
        elif row.table == "questions":
            _question_form(row)
        _verdicts(reader, row, name)


def _place(row: Shown) -> None:
    assert row.around is not None
    shades = colours(row.around.rows)
    chapter = t(f"第{row.row['chapter']}回", f"chapter {row.row['chapter']}")
    facts = f"{chapter} {row.row['chapter_title']}　{rule(row.row['rule'])}　{row.row['confidence']:.2f}"
    st.html(marked(facts, [], "meta"))
    st.html(legend(shades))
    st.html(spoken(row.around.text, row.around.start, row.around.rows, shades, row.row["utterance_id"]))


def _question(row: Shown) -> None:
    options = typed_options(row.fields["options"])
    st.html(
        card(row.row["stem"], [(t("选项", "Options"), options), (t("答案", "Answer"), typed(row.fields["answer"])),
             (t("解析", "Explanation"), row.row["explanation"]), (t("依据", "Support"), f"{label(row.row['support'])}　{reason(row.row['told'])}"),
             (t("出处", "Where"), place(row.row["locator"]))])
    )  # fmt: skip
    wanted = [*row.fields["options"].values(), *typed(row.fields["answer"]).split("；")]
    for passage in row.evidence:
        head = t(f"第{passage['chapter']}回", f"chapter {passage['chapter']}")
        st.html(entry(head, found(passage["text"], [word for word in wanted if len(word) > 1], "place")))


def _instruction(row: Shown) -> None:
    for turn in row.row["messages"]:
        st.html(card(turn["role"], [("", turn["content"])]))


def _speaker_form(reader: Reader, row: Shown, name: str) -> None:
    key, names = row.row["utterance_id"], list(row.names)
    with st.container(horizontal=True):
        for number, person in enumerate(names, 1):
            st.button(
                plain(person), shortcut=str(number), key=f"name-{number}-{key}", on_click=_save,
                args=(reader, row, name, "fix", {**row.fields, "speaker": person}),
            )  # fmt: skip
    people = [row.fields["speaker"], *names, ""]
    _choice(t("说话人", "Speaker"), f"speaker-{key}", people, row.fields["speaker"], free=True)
    _choice(t("类别", "Kind"), f"kind-{key}", list(KINDS), row.fields["kind"])
    _choice(
        t("听话人", "Addressee"),
        f"addressee-{key}",
        [row.fields["addressee"], *names, ""],
        row.fields["addressee"],
        True,
    )


def _choice(text: str, key: str, options: list[str], now: str, free: bool = False) -> None:
    listed = list(dict.fromkeys(options if now in options else [now, *options]))
    shown_as = label if not free else lambda option: option or t("（不明）", "(unknown)")
    st.selectbox(text, listed, index=listed.index(now), key=key, accept_new_options=free, format_func=shown_as)


def _question_form(row: Shown) -> None:
    key = row.row["question_id"]
    _choice(t("题型", "Type"), f"type-{key}", list(TYPES), row.fields["type"])
    if st.session_state[f"type-{key}"] in ("single_choice", "multiple_choice"):
        st.text_area(
            t("选项，一行一项", "Options, one a line"),
            typed_options(row.fields["options"]),
            key=f"options-{key}",
            height=150,
        )
    st.text_input(t("答案", "Answer"), typed(row.fields["answer"]), key=f"answer-{key}")


def _verdicts(reader: Reader, row: Shown, name: str) -> None:
    reasons = [t(*reason) for reason in _REASONS]
    st.selectbox(t("拒绝的理由", "Reason to reject"), reasons, key="reason", accept_new_options=True)
    with st.container(horizontal=True):
        for text, verdict, shortcut in (
            (t("接受", "Accept"), "accept", "A"),
            (t("保存修改", "Save"), "fix", "S"),
            (t("拒绝", "Reject"), "reject", "X"),
        ):
            st.button(
                text, type="primary" if verdict == "accept" else "secondary", shortcut=shortcut, key=f"do-{verdict}",
                disabled=not name, on_click=_save, args=(reader, row, name, verdict, None),
            )  # fmt: skip
        st.button(t("跳过", "Skip"), shortcut="N", key="do-skip", on_click=_skip, args=(row,))
        st.button(
            t("撤销", "Undo"), shortcut="Z", key="do-undo", disabled=not name, on_click=_undo, args=(reader, name)
        )


def _save(reader: Reader, row: Shown, name: str, verdict: str, fields: Mapping[str, Any] | None) -> None:
    try:
        left = dict(fields) if fields is not None else _left(row, verdict)
        comment = str(st.session_state.get("reason", "")) if verdict == "reject" else ""
        with reader.lake() as lake:
            save(reader.home, lake.connection, mark_of(row, name, verdict, left, comment))
    except BadInput as error:
        if not isinstance(error, Overtaken) or error.annotator != name:  # else a key was pressed twice
            st.session_state["notice"] = ("warning", str(error))
        return
    st.session_state["notice"] = ("success", t("已保存", "saved"))


def _left(row: Shown, verdict: str) -> dict[str, Any]:
    """The fields as they are on the screen; for an acceptance, as they were shown."""
    if verdict != "fix" or row.table not in ("utterances", "questions"):
        return dict(row.fields)
    state = st.session_state
    if row.table == "utterances":
        return {name: (state[f"{name}-{row.row['utterance_id']}"] or "").strip() for name in row.fields}
    key = row.row["question_id"]
    return question_fields(state[f"type-{key}"], state.get(f"options-{key}", ""), state[f"answer-{key}"])


def _skip(row: Shown) -> None:
    key = {"utterances": "utterance_id", "questions": "question_id"}.get(row.table, "instruction_id")
    st.session_state["skipped"].add(row.row[key])


def _undo(reader: Reader, name: str) -> None:
    with reader.lake() as lake:
        taken = undo(reader.home, lake.connection, name)
    told = t("没有可撤销的", "nothing to undo")
    if taken:
        told = t(f"撤销了{label(taken.verdict)}", f"took back: {taken.verdict}")
        st.session_state.get("skipped", set()).discard(taken.record_id)
    st.session_state["notice"] = ("info", told)


def _notice() -> None:
    kind, text = st.session_state.pop("notice", ("", ""))
    if kind == "warning":
        st.warning(plain(text))
    elif text:
        st.toast(plain(text))


def _agreement(reader: Reader) -> None:
    with st.expander(t("标注者之间的一致程度", "Agreement between annotators")):
        with reader.lake() as lake:
            made = saves(annotations(reader.home, lake.connection))
        every = agreements(made)
        rows = _kappas([a for a in every if not a.assisted])
        if rows:
            st.dataframe(rows, hide_index=True)
        else:
            st.caption(
                t(
                    "两个人标过同样的行以后，这里给出 Cohen 的 κ。",
                    "Cohen's kappa appears once two people have labelled the same rows.",
                )
            )
        if models := _kappas([a for a in every if a.assisted]):
            st.caption(
                t("人与所问模型的一致程度（人看到过模型的选择，数字偏高）：",
                  "People and the models that were asked (whose choice people have seen, so that this is too high):")
            )  # fmt: skip
            st.dataframe(models, hide_index=True)


def _kappas(found: Sequence[Agreement]) -> list[dict[str, Any]]:
    return [
        {
            t("表", "table"): label(a.table), t("字段", "field"): label(a.field), t("两人", "people"): " / ".join(a.people),
            t("共标", "rows"): a.rows, t("一致", "agreed"): round(a.agreed, 3), "κ": None if a.kappa is None else round(a.kappa, 3),
        }
        for a in found
    ]  # fmt: skip
