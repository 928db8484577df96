"""Novels to rows: fates add up, no scene straddles, and no role card shows a line that is held out."""

from collections import Counter, defaultdict
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.decide import CurateConfig, decide
from warehouse.decontaminate import DecontaminateConfig
from warehouse.normalise import normalise
from warehouse.rows.conversations import ConversationConfig
from warehouse.rows.novels import novel_samples
from warehouse.samples import Sample, SampleConfig
from warehouse.splits import SplitConfig

TALKATIVE = ConversationConfig(min_lines=3, line_from=2, line_to=30)
ALIKE = DecontaminateConfig(
    held_out=False
)  # the scenes made up below differ in a word or two: tests/test_decontaminate.py
CONFIG = CurateConfig(
    SampleConfig(conversations=TALKATIVE), split=SplitConfig(valid=0.2, test=0.3), decontaminate=ALIKE
)
SPLITS = {"seed", "train", "valid", "test"}
word = st.sampled_from(["天下", "英雄", "丞相", "使君", "何故", "引兵", "荆州", "不可", "善", "大事", "吾弟", "今日"])
said = st.tuples(
    st.sampled_from(["曹操", "刘备", "关羽", "众将", ""]),
    st.lists(word, min_size=1, max_size=7).map("".join),
    st.sampled_from(["speech"] * 7 + ["thought", "name"]),
    st.sampled_from([0.99, 0.99, 0.99, 0.3]),
    st.booleans(),  # speaks on: 又曰
)
novels = st.lists(st.lists(said, min_size=1, max_size=9), min_size=1, max_size=14)  # scenes


def utterances(scenes: list[list[tuple[str, str, str, float, bool]]], document: str = "d1") -> list[dict[str, Any]]:
    rows, at = [], 0
    for number, scene in enumerate(scenes, start=1):
        for turn, (speaker, text, kind, confidence, goes_on) in enumerate(scene, start=1):
            context = "又曰：" if goes_on else f"{speaker}曰："
            at += len(context)
            rows.append({
                "utterance_id": f"{document}-{at}", "document_id": document, "novel": "三国演义", "source_id": f"novels/{document}",
                "seed": False, "char_start": at, "char_end": at + len(text) + 2, "chapter": 1, "scene": number, "turn": turn,
                "kind": kind, "text": text, "speaker": speaker, "speaker_mention": "" if goes_on else speaker,
                "mention_start": None if goes_on or not speaker else at - len(context), "confidence": confidence,
                "addressee": "", "context": context,
            })  # fmt: skip
            at += len(text) + 2
    return rows


def settled(rows: list[dict[str, Any]]) -> dict[str, tuple[str, str]]:
    return {row["sample_id"]: (row["split"], row["cluster_id"]) for row in rows if row["fate"] == "kept"}


def assert_whole(lines: list[dict[str, Any]], samples: list[Sample], rows: list[dict[str, Any]], talks: int) -> None:
    """One fate each; joined words are in the answer they are said to be in, as they stand."""
    assert [row["sample_id"] for row in rows] == [s.sample_id for s in samples]
    assert Counter(row["question_type"] for row in rows) == Counter(single_turn=len(lines), multi_turn=talks)
    by_id = {row["sample_id"]: row for row in rows}
    for row in rows:
        assert (row["fate"] == "kept") == (row["split"] in SPLITS) == (not row["reason"])
        assert (row["fate"] == "merged") == bool(row["duplicate_of"])
        if row["reason"].startswith("joined"):
            whole = by_id[row["duplicate_of"]]
            assert row["answer"] in whole["answer"] and row["character"] == whole["character"]
            assert (row["scene_id"], row["cluster_id"]) == (whole["scene_id"], whole["cluster_id"])
            assert whole["fate"] != "rejected"


def assert_no_leak(rows: list[dict[str, Any]]) -> int:
    """No tie straddles, and each line of a card is a row that is trained on, its words held out nowhere in the document;
    how many lines there are."""
    kept = [row for row in rows if row["fate"] == "kept"]
    homes: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for row in kept:
        homes["scene", row["scene_id"]].add(row["split"])
        homes["cluster", row["cluster_id"]].add(row["split"])
    assert all(len(splits) == 1 for splits in homes.values())
    singles = [row for row in kept if row["question_type"] == "single_turn"]
    held_out = {(row["document_id"], normalise(row["answer"])) for row in singles if row["split"] in ("valid", "test")}
    shown = 0
    for row in kept:
        if row["question_type"] != "multi_turn":
            continue
        card, *turns = row["messages"]
        roles = [turn["role"] for turn in turns]
        assert (card["role"], roles) == ("system", (["user", "assistant"] * len(roles))[: len(roles)])
        head, _, listed = card["content"].partition("说过：\n")
        assert head.startswith(f"你是《三国演义》中的{row['character']}")
        for line in filter(None, listed.split("\n")):
            text = line[1:-1]
            assert (row["document_id"], normalise(text)) not in held_out
            assert text not in "\n".join([*(turn["content"] for turn in turns), row["answer"]])
            assert any(
                (one["document_id"], one["character"], one["answer"]) == (row["document_id"], row["character"], text)
                and one["split"] == "train"
                and one["scene_id"] != row["scene_id"]
                for one in singles
            )  # fmt: skip
            shown += 1
    return shown


@given(novels)
@settings(max_examples=50, deadline=None)
def test_any_novel(scenes: list[list[tuple[str, str, str, float, bool]]]) -> None:
    lines = utterances(scenes)
    made = novel_samples(lines, {}, CONFIG.samples)
    rows = decide(made.samples, {}, CONFIG)
    assert_whole(lines, made.samples, rows, len(made.conversations))
    assert_no_leak(rows)
    assert decide(made.samples, settled(rows), CONFIG) == rows


@given(novels, novels)
@settings(max_examples=25, deadline=None)
def test_another_novel_changes_no_row(first: list, second: list) -> None:
    lines, more = utterances(first), utterances(second, "d2")
    before = decide(novel_samples(lines, {}, CONFIG.samples).samples, {}, CONFIG)
    made = novel_samples([*lines, *more], {}, CONFIG.samples)
    after = decide(made.samples, settled(before), CONFIG)
    assert_whole([*lines, *more], made.samples, after, len(made.conversations))
    assert_no_leak(after)
    now = {row["sample_id"]: row for row in after}
    assert all(now[row["sample_id"]] == row for row in before if row["fate"] == "kept")


PLACES = "许昌 洛阳 长安 荆州 襄阳 江陵 汉中 成都 建业 合肥 下邳 徐州 宛城 新野 樊城 白帝".split()


def talk(number: int) -> list[tuple[str, str, str, float, bool]]:
    """A scene of its own words in which 曹操 and 刘备 speak three times each."""
    place = PLACES[number % len(PLACES)]
    return [
        (who, f"{place}之事，{who}以为{ask}{number}，不可不察也。", "speech", 0.99, False)
        for ask in "甲乙丙"
        for who in ("曹操", "刘备")
    ]


def test_cards_show_lines_and_held_out_conversations_have_them_too() -> None:
    made = novel_samples(utterances([talk(n) for n in range(16)]), {}, CONFIG.samples)
    rows = decide(made.samples, {}, CONFIG)
    assert assert_no_leak(rows) >= 60
    splits = Counter(row["split"] for row in rows if row["question_type"] == "multi_turn")
    assert min(splits[split] for split in ("train", "valid", "test")) >= 2
    assert {
        row["sample_id"]: row["messages"] for row in rows if "说过" not in row["messages"][0]["content"]
    }.keys() == {row["sample_id"] for row in rows if row["question_type"] == "single_turn"}


def test_words_that_are_held_out_stand_on_no_card_though_they_are_trained_on_too() -> None:
    """A short line said in every scene, each time led in otherwise: many rows, in all splits."""
    scenes = [talk(n) for n in range(16)]
    for number, scene in enumerate(scenes):
        scene.insert(1, ("刘备", PLACES[number] * 20, "speech", 0.99, False))
        scene.insert(2, ("曹操", "天下英雄", "speech", 0.99, False))
    lines = utterances(scenes)
    for number, row in enumerate(row for row in lines if row["text"] == "天下英雄"):
        row["context"] = f"{PLACES[number] * 9}，曹操曰："
    rows = decide(novel_samples(lines, {}, CONFIG.samples).samples, {}, CONFIG)
    splits = {row["split"] for row in rows if row["answer"] == "天下英雄" and row["fate"] == "kept"}
    assert splits == {"train", "valid", "test"}
    assert assert_no_leak(rows) > 60


def test_a_conversation_that_shows_a_copy_of_what_another_split_has_is_refused() -> None:
    """曹操 says in a second scene what he says in one of another split; the copy is merged, so it ties nothing itself."""
    speech = "吾观今天下英雄，惟使君与操耳，夫英雄者，胸怀大志，腹有良谋，有包藏宇宙之机者也。"
    config = replace(CONFIG, split=SplitConfig(valid=0.0, test=0.4))
    scenes = [talk(n) for n in range(16)]
    scenes[0][0] = ("曹操", speech, "speech", 0.99, False)
    made = novel_samples(utterances(scenes), {}, config.samples).samples
    before = decide(made, {}, config)
    splits = {row["scene_id"]: row["split"] for row in before if row["fate"] == "kept"}
    order = list(dict.fromkeys(s.scene_id for s in made))
    here = splits[order[0]]
    other = next(k for k in range(1, 16) if splits[order[k]] != here)
    scenes[other][4] = ("曹操", speech, "speech", 0.99, False)
    made = novel_samples(utterances(scenes), {}, config.samples).samples
    known = {s.sample_id for s in made}
    rows = decide(made, {key: value for key, value in settled(before).items() if key in known}, config)
    assert_no_leak(rows)
    fates = {
        (row["scene_id"] == order[0], row["character"]): (row["fate"], row["reason"])
        for row in rows
        if row["question_type"] == "multi_turn" and speech in _all_words(row)
    }
    tied = ("rejected", f"shows a line that is tied to {here}")
    assert fates == {
        (True, "曹操"): ("kept", ""),
        (True, "刘备"): ("kept", ""),
        (False, "曹操"): tied,
        (False, "刘备"): tied,
    }


def _all_words(row: dict[str, Any]) -> str:
    return "\n".join([*(turn["content"] for turn in row["messages"]), row["answer"]])


def test_words_joined_to_a_row_that_is_rejected_are_rejected_with_its_reason() -> None:
    scenes = [[("众将", "天下英雄", "speech", 0.99, False), ("众将", "大事不可", "speech", 0.99, True)]]
    made = novel_samples(utterances(scenes), {}, replace(CONFIG.samples, min_lines=9))
    rows = decide(made.samples, {}, CONFIG)
    assert {row["reason"] for row in rows} == {"too few lines: 众将 has 2, fewer than 9"}
    kept = decide(novel_samples(utterances(scenes), {}, CONFIG.samples).samples, {}, CONFIG)
    assert [(row["fate"], row["answer"]) for row in kept] == [("kept", "天下英雄大事不可"), ("merged", "大事不可")]
    assert kept[1]["reason"] == f"joined: its words are in the answer of {kept[0]['sample_id']}"


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ({}, ""),
        ({"min_lines": 49}, "too few lines: 曹操 has 48, fewer than 49"),
    ],
)
def test_why_a_conversation_is_no_example(change: dict[str, int], refused: str) -> None:
    config = replace(CONFIG.samples, conversations=replace(TALKATIVE, **change))
    made = novel_samples(utterances([talk(n) for n in range(16)]), {}, config)
    talks = [s for s in made.samples if s.question_type == "multi_turn" and s.character == "曹操"]
    assert len(talks) == 16 and {s.refused for s in talks} == {refused}
    several = [(w if w == "刘备" else "众将", *rest) for w, *rest in talk(1)]
    made = novel_samples(utterances([several]), {}, CONFIG.samples)
    assert [s.refused for s in made.samples if s.character == "众将" and s.parts] == [
        "the speaker is nobody in particular"
    ]
    alone = [("曹操", f"{text}（{k}）", "speech", 0.99, False) for k, (_, text, *_) in enumerate(talk(1))]
    made = novel_samples(utterances([alone]), {}, CONFIG.samples)
    assert [s.refused for s in made.samples if s.parts] == ["nobody else speaks"]
    none = replace(CONFIG.samples, conversations=ConversationConfig(make=False))
    assert novel_samples(utterances([talk(1)]), {}, none).conversations == []


def test_a_conversation_as_a_whole_row() -> None:
    lines = utterances([talk(0)])
    made = novel_samples(lines, {}, CONFIG.samples)
    row = made.conversations[0]
    assert row == {
        "conversation_id": row["conversation_id"], "document_id": "d1", "novel": "三国演义", "chapter": 1, "scene": 1,
        "character": "曹操", "char_start": lines[0]["char_start"], "char_end": lines[4]["char_end"], "turns": 3,
        "utterance_ids": [line["utterance_id"] for line in lines[:5]],
    }  # fmt: skip
    (sample,) = [s for s in made.samples if s.record_id == row["conversation_id"]]
    assert sample.parts == tuple(s.sample_id for s in made.samples[:5])
    assert (sample.task, sample.question_type, sample.answer) == ("roleplay", "multi_turn", lines[4]["text"])
    assert [turn["role"] for turn in sample.messages] == ["user", "assistant", "user", "assistant", "user"]
