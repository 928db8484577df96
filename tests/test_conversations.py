"""A scene as each of its characters lives through it."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from warehouse.rows.conversations import Conversation, ConversationConfig, conversations
from warehouse.rows.lines import lead_in, quoted
from warehouse.rows.runs import Run

CONFIG = ConversationConfig()


def said(speaker: str, text: str, context: str = "", mention: str = "") -> Run:
    row: dict[str, Any] = {
        "speaker": speaker, "text": text, "context": context, "speaker_mention": mention, "char_start": 100,
        "mention_start": 90 if mention else None,
    }  # fmt: skip
    return Run((row,), speaker)


WINE = [
    said("曹操", "使君知龙之变化否？", "酒至半酣，操执酒问玄德曰：", "操"),
    said("刘备", "未知其详。", "玄德曰：", "玄德"),
    said("曹操", "龙能大能小。", "操曰：", "操"),
    said("", "好！", "帐下一人喝彩曰："),
    said("刘备", "备肉眼，安识英雄？", "玄德曰：", "玄德"),
    said("曹操", "休得过谦。", "操曰：", "操"),
]


def test_one_scene_seen_from_two_sides() -> None:
    assert list(conversations(WINE, CONFIG)) == [
        Conversation(
            "曹操",
            (
                {"role": "user", "content": "酒至半酣，曹操执酒问玄德曰："},
                {"role": "assistant", "content": "使君知龙之变化否？"},
                {"role": "user", "content": "刘备曰：“未知其详。”\n曹操曰："},
                {"role": "assistant", "content": "龙能大能小。"},
                {"role": "user", "content": "帐下一人喝彩曰：“好！”\n刘备曰：“备肉眼，安识英雄？”\n曹操曰："},
            ),
            "休得过谦。",
            tuple(WINE),
        ),
        Conversation(
            "刘备",
            (
                {"role": "user", "content": "酒至半酣，曹操执酒问玄德曰：“使君知龙之变化否？”\n刘备曰："},
                {"role": "assistant", "content": "未知其详。"},
                {"role": "user", "content": "曹操曰：“龙能大能小。”\n帐下一人喝彩曰：“好！”\n刘备曰："},
            ),
            "备肉眼，安识英雄？",
            tuple(WINE[:5]),
        ),
    ]
    assert [(made.spoken, made.partners) for made in conversations(WINE, CONFIG)] == [(3, True), (2, True)]


def test_speaking_once_is_no_conversation_and_speaking_alone_has_no_partners() -> None:
    assert list(conversations(WINE[:2], CONFIG)) == []
    alone = [said("曹操", "妙哉！", "操曰：", "操"), said("曹操", "善。", "良久，操曰：", "操")]
    assert [made.partners for made in conversations(alone, CONFIG)] == [False]


def test_a_long_scene_makes_several_and_what_was_said_long_before_is_left_out() -> None:
    runs = [run for k in range(5) for run in (said("甲", f"问{k}"), said("乙", f"答{k}"))]
    two = ConversationConfig(max_turns=2)
    assert [(made.answer, made.spoken) for made in conversations(runs, two) if made.character == "乙"] == [
        ("答1", 2),
        ("答3", 2),
    ]
    short = ConversationConfig(max_characters=44)  # an exchange takes 7 + 1 + 3 + 2 characters
    assert [made.answer for made in conversations(runs, short) if made.character == "乙"] == ["答2", "答4"]
    crowd = [*(said("甲", f"话{k}") for k in range(9)), said("乙", "嗯"), said("甲", "问"), said("乙", "哦")]
    (made,) = [made for made in conversations(crowd, ConversationConfig(max_characters=60)) if made.character == "乙"]
    assert made.turns[0]["content"] == "甲曰：“话6”\n甲曰：“话7”\n甲曰：“话8”\n乙曰："
    assert [run.text for run in made.runs] == ["话6", "话7", "话8", "嗯", "问", "哦"]


@given(
    st.lists(st.tuples(st.sampled_from(["", "甲", "乙", "丙"]), st.integers(1, 60)), max_size=30),
    st.integers(2, 5),
    st.integers(30, 300),
)
def test_any_scene(drawn: list[tuple[str, int]], turns: int, characters: int) -> None:
    """Turns alternate, stay within the limits, hold the words as they are, and no words are answered twice."""
    runs = [said(speaker, f"{k:02}" * size) for k, (speaker, size) in enumerate(drawn)]
    answered: list[tuple[str, str]] = []
    for made in conversations(runs, ConversationConfig(max_turns=turns, max_characters=characters)):
        roles = [turn["role"] for turn in made.turns]
        assert roles == ["user", "assistant"] * (made.spoken - 1) + ["user"]
        assert 2 <= made.spoken <= turns
        assert sum(len(turn["content"]) for turn in made.turns) + len(made.answer) <= characters
        own = [run for run in made.runs if run.speaker == made.character]
        assert [run.text for run in own] == [t["content"] for t in made.turns if t["role"] == "assistant"] + [
            made.answer
        ]
        told = [lead_in(run) if run.speaker == made.character else quoted(run) for run in made.runs]
        assert "\n".join(turn["content"] for turn in made.turns if turn["role"] == "user") == "\n".join(told)
        answered += [(made.character, run.text) for run in own]
    assert len(set(answered)) == len(answered)
