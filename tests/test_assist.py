"""A model chooses among those in the scene, and nobody else: kept as annotations, asked once, and a person goes before it."""

import json
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from endpoint_elsewhere import Asked, Handler, Reply, breaks, elsewhere
from hypothesis import given
from hypothesis import strategies as st
from tiny import clear, document, put, said

import warehouse.assist.assist as assist_module
from corpora.document import Document
from corpora.errors import BadInput
from eval.studio.labelling import shown
from extractors.records import Utterance
from flows.assisted import assist_home
from flows.commands.sources import ingest
from flows.config import read_config
from warehouse.annotations import Mark, annotations, annotations_of, bring_in, save, saves
from warehouse.annotations_agreement import agreements
from warehouse.annotations_apply import accepted_ids, corrected, standing
from warehouse.assist.answers import Answers
from warehouse.assist.assist import Assisted, assist
from warehouse.assist.config import AssistConfig, endpoint_of
from warehouse.assist.question import Choice, Question, names_of, question, read_answer
from warehouse.assist.saves import save_assisted, withdraw
from warehouse.browse.worth import queue
from warehouse.curate import CurateConfig, curate
from warehouse.endpoints.client import Unanswered
from warehouse.endpoints.config import Endpoint
from warehouse.lake import Lake, reading
from warehouse.rows.conversations import ConversationConfig
from warehouse.samples import SampleConfig
from warehouse.why import story

CONFIG = AssistConfig(attempts=2, backoff=0.01, timeout=5)
CURATE = CurateConfig(SampleConfig(conversations=ConversationConfig(make=False)))
# speaker as extraction has it, whom they speak to, confidence, words, and who really speaks
TALK = [
    ("曹操", "刘备", 0.99, "使君知龙之变化否？", ""),
    ("", "", 0.1, "未知其详。", "刘备"),
    ("曹操", "", 0.58, "龙能大能小。", "曹操"),
    ("刘备", "曹操", 0.58, "使君愿闻其详否？", "曹操"),
    ("张飞", "", 0.99, "俺也来！", ""),
    ("", "", 0.1, "门外何人？", "军士"),
]
TRUTH = {words: truth for *_, words, truth in TALK}


def novel(before: str = "话说天下大势。", talk: Sequence[tuple[Any, ...]] = TALK) -> tuple[Document, list[Utterance]]:
    """The talk as one scene, and 关羽 alone in the next, after some text."""
    text, rows = before, []
    for turn, (speaker, addressee, confidence, words, _) in enumerate([*talk, ("关羽", "", 0.58, "某去也。", "")], 1):
        scene = 2 if words == "某去也。" else 1
        text += "那人道："
        rows.append(said(len(text), speaker, words, addressee=addressee, confidence=confidence, context="那人道：",
                         scene=scene, turn=turn))  # fmt: skip
        text += f"“{words}”\n"
    return document("novels/sanguo", text=text), rows


@pytest.fixture
def lake(shared: Lake) -> Lake:
    for kept in (*(shared.home / "annotations").glob("*.json"), *(shared.home / "assist").glob("*")):
        kept.unlink()
    put(clear(shared), novel())
    return shared


def tells(choose: Callable[[str, dict[str, str]], str]) -> Reply:
    """Answers what `choose` gives for the words asked about, and the numbers of the names that are offered."""
    lock = threading.Lock()

    def reply(handler: Handler, asked: Asked) -> None:
        prompt = asked["messages"][0]["content"]
        words = re.findall("【“(.*?)”】", prompt)[-1]
        listed = {name: number for number, name in re.findall(r"^(\d+)\. (.*)$", prompt, re.M)}
        with lock:
            content = choose(words, listed)
        handler.send(200, json.dumps({"choices": [{"message": {"content": content}, "finish_reason": "stop"}]}))

    return reply


oracle = tells(lambda words, listed: listed.get(TRUTH[words], "0"))


def asked_of(lake: Lake, reply: Reply, config: AssistConfig = CONFIG) -> Assisted:
    with elsewhere(reply) as server:
        return assist(lake, endpoint_of(lake.home, replace(config, url=server.url)), config)


def speakers(lake: Lake) -> list[tuple[str, str, float]]:
    """Who says what, as the next build takes it."""
    rows = lake.connection.execute("SELECT * FROM utterances ORDER BY char_start").to_arrow_table().to_pylist()
    return [(r["speaker"], r["rule"], r["confidence"]) for r in corrected("utterances", rows, standing(lake))]


def found(lake: Lake, words: str) -> dict[str, Any]:
    (row,) = lake.connection.execute("SELECT * FROM utterances WHERE text = ?", [words]).to_arrow_table().to_pylist()
    return dict(row)


def person(lake: Lake, words: str, speaker: str) -> None:
    row = found(lake, words)
    known = annotations_of(lake.home, lake.connection, "utterances", row["utterance_id"])
    place = {name: row[name] for name in ("novel", "chapter", "text", "context")}
    mark = Mark("utterances", row["utterance_id"], "甲", "fix", {"speaker": speaker}, place=place)
    save(lake.home, lake.connection, replace(mark, head=known[-1]["annotation_id"] if known else ""))


def test_what_an_oracle_says_corrects_the_doubtful_and_nothing_is_asked_twice(lake: Lake) -> None:
    before = lake.connection.execute("SELECT * FROM utterances ORDER BY ALL").fetchall()
    with elsewhere(oracle) as server:
        there = endpoint_of(lake.home, replace(CONFIG, url=server.url))
        first = assist(lake, there, CONFIG)
        again = assist(lake, there, CONFIG)
        assert len(server.asked) == 4
    counts = {"chosen": 2, "same": 1, "none": 1, "refused": 0, "failed": 0, "alone": 1, "judged": 0}
    assert first == Assisted("big", asked=4, remembered=0, written=3, **counts)
    assert again == Assisted("big", asked=0, remembered=4, written=0, **counts)
    chosen = "chosen by assist:big"
    assert speakers(lake) == [
        ("曹操", "reporting verb", 0.99), ("刘备", chosen, 0.7), ("曹操", "reporting verb", 0.58), ("曹操", chosen, 0.7),
        ("张飞", "reporting verb", 0.99), ("", "reporting verb", 0.1), ("关羽", "reporting verb", 0.58),
    ]  # fmt: skip
    bring_in(lake)
    assert lake.connection.execute("SELECT * FROM utterances ORDER BY ALL").fetchall() == before
    assert curate(lake, CURATE).fates == {"kept": 6, "rejected": 1}
    row = found(lake, "未知其详。")
    telling = [text for heading, text in story(lake, row["utterance_id"]) if heading == "annotation"]
    assert sorted(text.split(" ", 2)[2] for text in telling) == [
        "assist:big, confidence: 0.7", "assist:big, speaker: 刘备", "assist:big, verdict: fix"
    ]  # fmt: skip


def test_ingesting_again_loses_and_mixes_nothing(lake: Lake) -> None:
    asked_of(lake, oracle)
    told = speakers(lake)
    put(lake, novel())
    assert speakers(lake) == told
    put(lake, novel("一段新的开头。" * 9))  # every utterance has another id and place
    assert speakers(lake) == told
    better = [*TALK[:3], ("孙权", "", 0.95, "使君愿闻其详否？", ""), *TALK[4:]]
    put(lake, novel(talk=better))  # extraction has changed its mind about one row, and is sure of it
    assert [name for name, *_ in speakers(lake)] == ["曹操", "刘备", "曹操", "孙权", "张飞", "", "关羽"]


@pytest.mark.parametrize("first", ["person", "model"])
def test_a_person_goes_before_a_model_whoever_spoke_first(lake: Lake, first: str) -> None:
    if first == "person":
        person(lake, "未知其详。", "关羽")
        put(lake, novel("一段新的开头。"))  # the row has another id now
        assert asked_of(lake, oracle).judged == 1
        # Even a save that slipped in, as when both are at it at the same time.
        one = Question(found(lake, "未知其详。"), ["刘备"], ())
        mark = assist_module._mark(one, Choice("chosen", "刘备"), "big", CONFIG)
        assert save_assisted(lake.home, lake.connection, [mark]) == 1
    else:
        asked_of(lake, oracle)
        put(lake, novel("一段新的开头。"))
        person(lake, "未知其详。", "关羽")
    bring_in(lake)
    assert speakers(lake)[1] == ("关羽", "said by a person", 1.0)
    assert speakers(lake)[3][0] == "曹操"  # the others stand


@pytest.mark.parametrize(
    ("answer", "outcome", "name"),
    [
        ("1", "chosen", "刘备"), ("2.", "same", "曹操"), (" 答案：3。", "chosen", "张飞"), ("[1]", "chosen", "刘备"),
        ("张飞", "chosen", "张飞"), ("曹操。", "same", "曹操"), ("1. 刘备", "chosen", "刘备"), ("0", "none", ""),
        ("都不是", "none", ""), ("0. 都不是", "none", ""), ("<think>是3吗？</think>\n\n1", "chosen", "刘备"),
        ("1. 张飞", "refused", ""), ("4", "refused", ""), ("", "refused", ""), ("玄德", "refused", ""), ("1或3", "refused", ""),
        ("刘备、张飞", "refused", ""), ("我认为是1", "refused", ""), ("-1", "refused", ""), ("<think>1", "refused", ""),
        ("1" * 400, "refused", ""), ("１", "chosen", "刘备"), ("诸葛亮", "refused", ""),
    ],
)  # fmt: skip
def test_only_who_was_offered_can_be_chosen(answer: str, outcome: str, name: str) -> None:
    asked = Question({"speaker": "曹操"}, ("刘备", "曹操", "张飞"), ())
    assert read_answer(answer, asked) == Choice(outcome, name)  # type: ignore[arg-type]


@given(st.text(max_size=20) | st.from_regex(r"[0-9０-９答：. 刘备曹操]{0,8}"))
def test_whatever_is_answered_nobody_else_comes_in(answer: str) -> None:
    choice = read_answer(answer, Question({"speaker": "曹操"}, ("刘备", "曹操"), ()))
    assert choice.name in {"chosen": ("刘备",), "same": ("曹操",)}.get(choice.outcome, ("",))


def test_those_of_the_scene_are_offered_and_their_names_tell_no_answer(lake: Lake) -> None:
    rows = lake.connection.execute("SELECT * FROM utterances ORDER BY char_start").to_arrow_table().to_pylist()
    scene, text = rows[:6], novel()[0].text
    assert names_of(scene[1], scene) == ("曹操", "刘备", "张飞")
    crowd = [{**scene[0], "char_start": 100 * n, "speaker": f"甲{n}、乙{n}", "addressee": ""} for n in range(20)]
    assert names_of(crowd[10], crowd) == (
        "甲7", "甲8", "乙8", "甲9", "乙9", "甲10、乙10", "甲10", "乙10", "甲11", "乙11", "甲12", "乙12"
    )  # fmt: skip
    made = question(scene[1], scene, text, 20, 8)
    assert made is not None
    assert made.messages[0]["content"] == (
        "下面是《三国演义》中的一段，【】里的话是谁说的？只能从编号的人里选，只写编号，不要解释；都不是就写0。\n\n"
        "那人道：“使君知龙之变化否？”\n那人道：【“未知其详。”】\n那人道：“龙能\n\n1. 曹操\n2. 刘备\n3. 张飞\n0. 都不是"
    )
    assert question(rows[6], rows[6:], text, 30, 8) is None


def test_random_and_unruly_answers_are_refused_and_counted(lake: Lake) -> None:
    said_by = iter(["孙权", "9", "我不知道", "1\n2"])
    report = asked_of(lake, tells(lambda words, listed: next(said_by)))
    assert (report.asked, report.refused, report.chosen, report.written) == (4, 4, 0, 0)
    assert [name for name, *_ in speakers(lake)] == ["曹操", "", "曹操", "刘备", "张飞", "", "关羽"]


def test_a_request_is_tried_again_and_one_that_fails_stops_no_other(lake: Lake) -> None:
    tried: dict[str, int] = {}

    def reply(handler: Handler, asked: Asked) -> None:
        prompt = asked["messages"][0]["content"]
        tried[prompt] = tried.get(prompt, 0) + 1
        if "【“未知其详。”】" in prompt:
            handler.send(500, "boom")
        elif tried[prompt] == 1:
            handler.send(429, "later", Retry_After="0")
        else:
            oracle(handler, asked)

    report = asked_of(lake, reply)
    assert (report.asked, report.failed, report.chosen) == (3, 1, 1)
    assert sorted(tried.values()) == [2, 2, 2, 2]
    assert (again := asked_of(lake, oracle)).asked == 1 and again.remembered == 3  # what failed is asked about again


def test_what_was_answered_is_kept_when_the_endpoint_goes_or_ctrl_c_comes(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_at_once = replace(CONFIG, at_once=1, attempts=1)
    with elsewhere(oracle) as server:
        there = endpoint_of(lake.home, replace(one_at_once, url=server.url))

        def last_words(handler: Handler, asked: Asked) -> None:
            oracle(handler, asked) if len(server.asked) < 3 else handler.send(403, "out")

        server.reply = last_words
        with pytest.raises(BadInput, match=r"answers 403: out; 2 answers are kept, run it again to go on"):
            assist(lake, there, one_at_once)
    assert [name for name, *_ in speakers(lake)][1] == "刘备"

    def interrupted(items: Iterator[Any], *_: Any) -> Iterator[Any]:
        yield next(items)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, elsewhere(oracle) as server:
        patched.setattr(assist_module, "track", interrupted)
        there = endpoint_of(lake.home, replace(one_at_once, url=server.url))
        with pytest.raises(KeyboardInterrupt):
            assist(lake, there, one_at_once)
    assert [name for name, *_ in speakers(lake)][3] == "曹操"
    assert (last := asked_of(lake, oracle)).asked == 1 and last.remembered == 3
    with pytest.raises(Unanswered, match="cannot be reached"):
        endpoint_of(lake.home, replace(CONFIG, url=server.url))


def test_an_endpoint_that_only_fails_is_left_alone_soon(lake: Lake) -> None:
    with elsewhere(breaks) as server, pytest.raises(BadInput, match="answers 500"):
        assist(lake, Endpoint("far", server.url, "big"), replace(CONFIG, at_once=1, attempts=1, patience=2))
    assert len(server.asked) == 2


def test_all_choices_can_be_taken_back_and_given_again(lake: Lake) -> None:
    before = speakers(lake)
    asked_of(lake, oracle)
    person(lake, "门外何人？", "军士")
    told = speakers(lake)
    assert withdraw(lake.home, lake.connection) == 3
    bring_in(lake)
    assert speakers(lake)[:5] == before[:5] and speakers(lake)[5][0] == "军士"
    assert withdraw(lake.home, lake.connection) == 0
    assert (again := asked_of(lake, oracle)).asked == 0 and again.written == 3
    assert speakers(lake) == told


def test_a_model_settles_nothing_for_people(lake: Lake) -> None:
    asked_of(lake, oracle)
    row = found(lake, "未知其详。")
    assert accepted_ids(standing(lake)) == set()
    assert row["utterance_id"] in {worth.record_id for worth in queue(lake, "甲")}
    laid_out = shown(lake, "utterances", row["utterance_id"])
    assert laid_out is not None and laid_out.fields["speaker"] == "刘备"
    assert laid_out.row["rule"] == "chosen by assist:big"
    assert (plain := shown(lake, "utterances", row["utterance_id"], second=True)) and plain.fields["speaker"] == ""
    person(lake, "未知其详。", "关羽")
    person(lake, "龙能大能小。", "曹操")
    found_apart = [one for one in agreements(saves(annotations(lake.home, lake.connection))) if one.assisted]
    assert [(one.field, one.people, one.rows, one.agreed) for one in found_apart] == [
        ("speaker", ("assist:big", "甲"), 2, 0.5)
    ]
    assert queue(lake, "乙", second=True) and not [w for w in queue(lake) if w.why == "disagreement"]
    with pytest.raises(BadInput, match="is a model's"):
        save(lake.home, lake.connection, Mark("utterances", row["utterance_id"], "assist:me", "accept"))


def test_an_answer_that_a_crash_cut_is_as_if_never_given(tmp_path: Path) -> None:
    asked: Any = [{"role": "user", "content": "谁？"}]
    with Answers(tmp_path) as kept:
        kept.put("big", asked, "u1", "1\u2028")
    path = tmp_path / "assist" / "answers.jsonl"
    path.write_text(path.read_text() + path.read_text()[:30])
    with Answers(tmp_path) as kept:
        assert (kept.get("big", asked), kept.get("other", asked)) == ("1\u2028", None)
        kept.put("other", asked, "u1", "2")
    with Answers(tmp_path) as kept:
        assert kept.get("other", asked) == "2"


def test_the_commands_ask_and_the_config_of_a_run_names_it(
    own_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "novel.txt"
    path.write_text("第一回 会面\n\n" + novel()[0].text.replace("那人道", "曹操对刘备道", 1), encoding="utf-8")
    with elsewhere(tells(lambda words, listed: "0")) as server:
        ingest(paths=[path], kind="novel", assist=server.url)
        asked = len(server.asked)
        report = assist_home(own_home, AssistConfig(server.url))
        server.models = ["big", "small"]
        with pytest.raises(BadInput, match="lists big, small; choose the one to ask"):
            assist_home(own_home, AssistConfig(server.url))
    assert "Doubtful speakers, asked of big" in capsys.readouterr().out
    assert asked and (report.asked, report.remembered, report.none) == (0, asked, asked)
    with reading(own_home) as lake:
        assert annotations(own_home, lake.connection) == []
    config = tmp_path / "run.toml"
    config.write_text('registries = []\n[assist]\nurl = "vllm"\nmodel = "big"\nbelow = 0.8\n')
    assert read_config(config).assist == AssistConfig("vllm", "big", below=0.8)
    assert read_config(None).assist.url == ""  # off by default
    config.write_text("registries = []\n[assist]\nbelow = 2\n")
    with pytest.raises(BadInput, match="below and confidence must be from 0 to 1"):
        read_config(config)
