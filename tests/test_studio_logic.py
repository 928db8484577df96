"""The studio's decisions without a page: who may come on, what is shown as text, what a model is asked, what is saved."""

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from main_job import huaben

from eval.studio import serve
from eval.studio.choices import chosen, homeless, models
from eval.studio.gate import may_enter
from eval.studio.graph import ring
from eval.studio.labelling import Shown, mark_of, names_near, question_fields, typed, typed_options
from eval.studio.marked import card, found, legend, marked, said, spoken
from eval.studio.scene import Said, as_assistant, as_character, as_quiz, options_of
from eval.studio.serve import StudioConfig, is_loopback, launch
from eval.studio.votes import as_lines, keep_chat, read_chat
from eval.studio.words import plain
from warehouse.kit import BadInput

EVIL = '<script>alert(1)</script><img src="http://x/y.png" onerror=alert(1)>&'
SCENE = [
    Said("曹操", "使君知龙之变化否？"),
    Said("刘备", "未知其详。", True),
    Said("", "贾宝玉忽入。"),
    Said("贾宝玉", "什么龙？", True),
]


def utterance(start: int, text: str, speaker: str, **more: Any) -> dict[str, Any]:
    return {
        "utterance_id": f"u{start}", "char_start": start, "char_end": start + len(text), "speaker": speaker,
        "speaker_mention": "", "mention_start": None, "addressee": "", "kind": "speech", **more,
    }  # fmt: skip


def test_nothing_but_this_machine_is_let_on_without_a_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone, open_to_all = launch(tmp_path, StudioConfig()), launch(tmp_path, StudioConfig("0.0.0.0", 9000))
    assert alone.address == "http://127.0.0.1:8501/"
    assert {f"--server.allowedHosts={host}" for host in ("127.0.0.1", "localhost", "[::1]")} <= set(alone.command)
    assert {"--server.address=127.0.0.1", "--browser.gatherUsageStats=false"} <= set(alone.command)
    far = launch(tmp_path, StudioConfig(endpoints=("http://gpu:8000/v1",)))
    assert json.loads(far.environment[serve.SETTINGS])["endpoints"] == ["http://gpu:8000/v1"]
    handed = json.loads(open_to_all.environment[serve.SETTINGS])
    assert len(handed["token"]) >= 32
    assert open_to_all.address == f"http://0.0.0.0:9000/?token={handed['token']}"
    assert handed["token"] not in " ".join(open_to_all.command)  # which every user of the machine can list
    assert (
        launch(tmp_path, StudioConfig("0.0.0.0")).environment[serve.SETTINGS] != open_to_all.environment[serve.SETTINGS]
    )
    monkeypatch.setattr(serve, "find_spec", lambda name: None)
    with pytest.raises(BadInput, match=r"needs Streamlit.*run: pip install"):
        launch(tmp_path, StudioConfig())


@pytest.mark.parametrize(
    ("host", "alone"),
    [("127.0.0.1", True), ("127.8.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False),
     ("192.168.1.5", False), ("localhost.example.org", False)],
)  # fmt: skip
def test_what_is_loopback(host: str, alone: bool) -> None:
    assert is_loopback(host) == alone


def test_the_token_must_be_the_very_one() -> None:
    assert may_enter("", "")
    assert may_enter("口令", "口令")
    assert not any(may_enter(shown, "口令x") for shown in ("", "口令", "口令xx"))


def test_every_character_of_a_text_is_shown_as_text() -> None:
    rows = [utterance(0, EVIL, EVIL, addressee=EVIL, kind=EVIL)]
    shades = {EVIL: 0}
    for html in (
        marked(EVIL, []), marked(EVIL, [(0, 5, "hb-found", EVIL)]), spoken(EVIL, 0, rows, shades), legend(shades),
        found(EVIL, [EVIL[3:9], "alert"]), said(EVIL, EVIL, EVIL), card(EVIL, [(EVIL, EVIL)]),
    ):  # fmt: skip
        assert "<script" not in html
        assert "<img" not in html
        assert EVIL in unescape(re.sub("<[^>]*>", "", html))


def test_markdown_in_a_label_is_shown_as_it_is() -> None:
    assert plain("![x](http://y)") == r"\!\[x\]\(http\://y\)"
    assert plain("**a**\n:red[b] $c$ <b>") == r"\*\*a\*\* \:red\[b\] \$c\$ \<b\>"


def test_utterances_keep_their_places_and_colours() -> None:
    text = "操曰：“是。”备曰：“然。”"
    rows = [utterance(103, "“是。”", "曹操", mention_start=100, speaker_mention="操"), utterance(110, "“然。”", "")]
    assert spoken(text, 100, rows, {"曹操": 0}, "u103") == (
        '<div class="hb-novel"><span class="hb-mention" title="曹操">操</span>曰：'
        '<span class="hb-s0 hb-focus" title="曹操 · speech">“是。”</span>备曰：'
        '<span class="hb-nobody" title="？ · speech">“然。”</span></div>'
    )
    assert marked("甲乙丙丁", [(0, 3, "a", ""), (1, 4, "b", "")]) == (
        '<div class="hb-novel"><span class="a" title="">甲乙丙</span><span class="b" title="">丁</span></div>'
    )


def test_everyone_has_a_view_of_the_scene_of_their_own() -> None:
    assert as_character("刘备", "你是刘备。", SCENE, 5) == [
        {"role": "system", "content": "你是刘备。"},
        {"role": "user", "content": "曹操曰：“使君知龙之变化否？”\n刘备曰："},
        {"role": "assistant", "content": "未知其详。"},
        {"role": "user", "content": "贾宝玉忽入。\n贾宝玉曰：“什么龙？”\n刘备曰："},
    ]
    assert as_character("刘备", "", SCENE, 0) == [
        {"role": "user", "content": "贾宝玉忽入。\n贾宝玉曰：“什么龙？”\n刘备曰："}
    ]
    assert as_character("曹操", "", SCENE[:2], 10)[-1] == {"role": "user", "content": "刘备曰：“未知其详。”\n曹操曰："}


def test_a_plain_chat_remembers_as_many_exchanges_as_it_is_told() -> None:
    talk = [turn for n in range(4) for turn in (Said("", f"问{n}"), Said("", f"答{n}", True))] + [Said("", "末")]
    for history in (0, 1, 10):
        turns = as_assistant("系统", talk, history)
        assert len(turns) == 1 + 2 * min(history, 4) + 1
        assert turns[-1]["content"] == "末"
    assert as_assistant("", talk, 1)[0] == {"role": "user", "content": "问3"}


def test_a_question_is_asked_in_the_words_of_training() -> None:
    (turn,) = as_quiz("single_choice", "谁字云长？", options_of("A. 关羽\n张飞"), "三国演义")
    assert (
        turn["content"] == "单项选择题，选出唯一正确的一项，写出字母和内容。（三国演义）\n谁字云长？\nA. 关羽\nB. 张飞"
    )


def test_a_correction_says_only_what_was_changed() -> None:
    row = Shown("utterances", {"utterance_id": "u1"}, {"speaker": "张飞", "kind": "speech"}, "h", {"text": "是。"})
    fixed = mark_of(row, "甲", "accept", {"speaker": "关羽", "kind": "speech"})
    assert (fixed.verdict, fixed.fixed, fixed.head, fixed.shown) == ("fix", {"speaker": "关羽"}, "h", row.fields)
    assert mark_of(row, "甲", "fix", dict(row.fields)).verdict == "accept"
    rejected = mark_of(row, "甲", "reject", {"speaker": "关羽", "kind": "speech"}, " 残缺 ")
    assert (rejected.fixed, rejected.comment) == ({}, "残缺")


@pytest.mark.parametrize(
    ("kind", "options", "answer", "fields"),
    [
        ("single_choice", "A. 关羽\nB. 张飞", "b", {"options": {"A": "关羽", "B": "张飞"}, "answer": "B"}),
        ("multiple_choice", "A. 关羽\nB. 张飞", "B A", {"options": {"A": "关羽", "B": "张飞"}, "answer": "AB"}),
        ("true_false", "", "错", {"options": {}, "answer": "false"}),
        ("fill_blank", "", "关羽;张飞", {"options": {}, "answer": ["关羽", "张飞"]}),
        ("short_answer", "", "关羽", {"options": {}, "answer": "关羽"}),
    ],
)
def test_what_is_typed_is_read_and_written_back(kind: str, options: str, answer: str, fields: dict[str, Any]) -> None:
    made = question_fields(kind, options, answer)
    assert made == {"type": kind, **fields}
    assert question_fields(kind, typed_options(made["options"]), typed(made["answer"])) == made


@pytest.mark.parametrize(
    ("kind", "answer"), [("single_choice", "C"), ("single_choice", "AB"), ("single_choice", ""), ("true_false", "也许"), ("short_answer", " ")]
)  # fmt: skip
def test_an_answer_that_cannot_be_is_refused(kind: str, answer: str) -> None:
    with pytest.raises(BadInput):
        question_fields(kind, "A. 关羽\nB. 张飞", answer)


def test_the_nearest_speakers_are_offered_first() -> None:
    rows = [utterance(0, "一", "甲"), utterance(50, "二", "乙", addressee="丙"), utterance(200, "三", "甲")]
    assert names_near(rows[1], rows) == ("乙", "丙", "甲")


def test_only_what_the_user_has_named_can_be_chosen(tmp_path: Path) -> None:
    elsewhere = tmp_path / "somewhere" / "Qwen3-0.6B"
    elsewhere.mkdir(parents=True)
    (elsewhere / "config.json").write_text("{}")
    home = tmp_path / "home"
    for name, base in (("mine", {"name": "Qwen/Qwen3-0.6B", "sha256": ""}), ("lost", {"name": "gone", "sha256": "ab"})):
        (home / "adapters" / name).mkdir(parents=True)
        (home / "adapters" / name / "adapter_config.json").write_text("{}")
        born = {"base": base, "template_hash": "t"}
        (home / "adapters" / name / "birth.json").write_text(json.dumps(born))
    assert list(models(home, [str(elsewhere)])) == ["Qwen3-0.6B", "Qwen/Qwen3-0.6B", "Qwen/Qwen3-0.6B + mine"]
    assert homeless(home) == [("lost", "gone")]
    for said_by_a_browser in (str(elsewhere), "../../etc", "gone", ""):
        with pytest.raises(BadInput, match="there is no model"):
            chosen(said_by_a_browser, home)


def test_a_chat_is_kept_and_its_name_is_no_path(tmp_path: Path) -> None:
    keep_chat(tmp_path, "0123456789abcdef", SCENE)
    assert read_chat(tmp_path, "0123456789abcdef") == SCENE
    keep_chat(tmp_path, "0" * 16, [Said("", "行\u2028又一行\x85")])
    assert read_chat(tmp_path, "0" * 16) == [Said("", "行\u2028又一行\x85")]
    assert [json.loads(line)["speaker"] for line in as_lines(SCENE).splitlines()] == ["曹操", "刘备", "", "贾宝玉"]
    assert read_chat(tmp_path, "f" * 16) == []
    for name in ("../../etc/passwd", "0123456789abcdeF", "", "0123456789abcdef\n"):
        with pytest.raises(BadInput):
            read_chat(tmp_path, name)


def test_places_on_the_ring() -> None:
    assert ring(4) == [(0.0, 1.0), (1.0, 0.0), (0.0, -1.0), (-1.0, -0.0)]
    assert ring(0) == []


def test_the_command_says_where_there_is_no_warehouse(tmp_path: Path) -> None:
    done = huaben(tmp_path / "none", "studio")
    assert (done.returncode, done.stdout) == (2, "")
    assert "holds no warehouse yet; make one with: huaben run" in done.stderr
    assert "Traceback" not in done.stderr
