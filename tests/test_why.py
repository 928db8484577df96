"""The story of a row, whichever table its id is of."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tiny import asked, clear, document, new_lake, put, said, told

from corpora.errors import BadInput
from extractors.records import Reject
from warehouse.curate import CurateConfig, curate
from warehouse.lake import Lake, writing
from warehouse.rows.conversations import ConversationConfig
from warehouse.samples import SampleConfig
from warehouse.training_set import BuildConfig, build
from warehouse.why import story

NOVEL = document("novels/sanguo", licence="public domain", text="话说天下大势")


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    with writing(new_lake(tmp_path_factory.mktemp("lakes") / "lake")) as opened:
        put(
            clear(opened),
            (NOVEL, [said(10, "曹操", "是。"), said(40, "曹操", "是！", scene=2), said(60, "", "何人？")]),
        )
        put(
            opened,
            (
                document("quiz/bank", "quiz"),
                [asked(1, "何人献连环计？", {}, "王允。"), Reject("line 9", "5. 谁", "no options")],
            ),
        )
        put(opened, (document("instruct/rows", "instruct"), [told(1, "何谓义？", "宜也。")]))
        curate(opened, CurateConfig())
        yield opened


def find(lake: Lake, table: str, condition: str) -> dict[str, Any]:
    found = lake.connection.execute(f"SELECT * FROM {table} WHERE {condition}").to_arrow_table().to_pylist()
    assert len(found) == 1
    return found[0]


def test_a_line_that_is_kept(lake: Lake) -> None:
    folder = build(lake, BuildConfig("told"))
    kept, merged = (find(lake, "samples", f"answer = '{answer}'") for answer in ("是。", "是！"))
    assert story(lake, kept["sample_id"]) == [
        ("sample", f"{kept['sample_id']} (roleplay, single_turn)"),
        ("source", "三国演义 (novels/sanguo.txt, licence public domain)"),
        ("place", "chapter 1 宴桃园豪杰三结义, characters 10–14, scene 1, turn 1"),
        ("words", "曹操曰：“是。”"),
        ("speaker", "曹操 (rule reporting verb, confidence 0.95, mention 曹操)"),
        ("kind", "speech"),
        ("quality rules", "kept by empty, length, han, repeats, encoding, markup, contact, echo, truncated"),
        ("fate", "kept"),
        ("split", "train"),
        ("cluster", f"{kept['cluster_id']}, with {merged['sample_id']} merged"),
        ("prompt", "user: 曹操曰："),
        ("answer", "是。"),
        ("training sets", folder.name),
    ]
    utterance = story(lake, kept["record_id"])
    assert utterance[0] == ("utterance_id", kept["record_id"])
    assert utterance[-13:] == story(lake, kept["sample_id"])


def test_a_line_that_is_merged_and_one_that_is_rejected(lake: Lake) -> None:
    kept, merged = (find(lake, "samples", f"answer = '{answer}'") for answer in ("是。", "是！"))
    assert dict(story(lake, merged["sample_id"]))["fate"] == f"merged — same text as {kept['sample_id']}"
    assert dict(story(lake, merged["sample_id"]))["kept instead"] == f"{kept['sample_id']} (kept train)\n曹操曰：\n是。"
    unnamed = dict(story(lake, find(lake, "samples", "answer = '何人？'")["sample_id"]))
    assert (unnamed["fate"], unnamed["speaker"]) == (
        "rejected — no speaker", "unknown (rule reporting verb, confidence 0.95, mention none)",
    )  # fmt: skip
    assert not {"split", "cluster", "prompt", "training sets"} & set(unnamed)


def test_a_stretch_of_a_scene_and_words_that_are_joined(tmp_path: Path) -> None:
    lines = [
        said(10 * n, speaker, text, turn=n, context=f"{speaker}曰：")
        for n, (speaker, text) in enumerate([("曹操", "然。"), ("刘备", "何也？"), ("曹操", "善。")], start=1)
    ]
    lines.append(said(36, "曹操", "来。", turn=4, context="又曰：", speaker_mention="", mention_start=None))
    config = CurateConfig(SampleConfig(conversations=ConversationConfig(min_lines=1)))
    with writing(new_lake(tmp_path / "lake")) as lake:
        put(lake, (NOVEL, lines))
        assert curate(lake, config).fates == {"kept": 4, "merged": 1}
        talk = find(lake, "conversations", "true")
        told = story(lake, talk["conversation_id"])
        sample = find(lake, "samples", "question_type = 'multi_turn'")
        assert told[-11:] == [
            ("sample", f"{sample['sample_id']} (roleplay, multi_turn)"),
            ("source", "三国演义 (novels/sanguo.txt, licence public domain)"),
            ("place", "chapter 1, characters 10–40, scene 1"),
            ("conversation", "曹操 speaks 2 times"),
            ("utterances", ", ".join(talk["utterance_ids"])),
            ("quality rules", "kept by empty, length, han, repeats, encoding, markup, contact, echo, truncated"),
            ("fate", "kept"),
            ("split", "train"),
            ("prompt", "\n".join(f"{turn['role']}: {turn['content']}" for turn in sample["messages"])),
            ("answer", "善。来。"), ("training sets", "none yet"),
        ]  # fmt: skip
        joined = dict(story(lake, find(lake, "samples", "answer = '来。'")["sample_id"]))
        whole = find(lake, "samples", "question_type = 'single_turn' AND answer = '善。来。'")
        assert joined["fate"] == f"merged — joined: its words are in the answer of {whole['sample_id']}"


def test_questions_and_conversations(lake: Lake) -> None:
    quiz = dict(story(lake, find(lake, "samples", "answer = '王允。'")["sample_id"]))
    assert (quiz["place"], quiz["words"], quiz["fate"]) == ("line 1", "何人献连环计？", "kept")
    gone = dict(story(lake, find(lake, "questions", "fate = 'rejected'")["question_id"]))
    assert (gone["place"], gone["words"], gone["fate"]) == (
        "line 9",
        "5. 谁",
        "rejected — rejected at extraction: no options",
    )
    talk = dict(story(lake, find(lake, "samples", "answer = '宜也。'")["sample_id"]))
    assert "何谓义？" in talk["words"]


def test_documents_sources_and_sets(lake: Lake) -> None:
    made = dict(story(lake, NOVEL.document_id))
    assert (made["source_id"], made["records"], "text" in made) == ("novels/sanguo", "3", False)
    assert dict(story(lake, "novels/sanguo"))["licence"] == "public domain"
    build(lake, BuildConfig("another"))
    row = find(lake, "training_sets", "name LIKE 'another-%'")
    assert dict(story(lake, row["set_id"]))["name"] == row["name"]


@pytest.mark.parametrize("wrong", ["0123456789abcdef", "", "' OR true --"])
def test_an_id_of_nothing(lake: Lake, wrong: str) -> None:
    with pytest.raises(BadInput, match="no table has a row"):
        story(lake, wrong)
