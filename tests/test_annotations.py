"""People's corrections: rows that nobody overwrites, that the next set is made of, and that `why` tells."""

from dataclasses import replace
from typing import Any

import pytest
from tiny import asked, clear, document, put, said, told

from corpora.errors import BadInput
from warehouse.annotations import (
    Mark,
    Overtaken,
    annotations,
    annotations_of,
    bring_in,
    save,
    saves,
    undo,
    waiting_saves,
)
from warehouse.annotations_agreement import agreements, kappa
from warehouse.annotations_apply import corrected, standing
from warehouse.curate import CurateConfig, curate
from warehouse.evidence.store import weigh_answers
from warehouse.lake import Lake, reading
from warehouse.rows.conversations import ConversationConfig
from warehouse.rows.quiz import QuizConfig
from warehouse.samples import SampleConfig
from warehouse.training_set import BuildConfig, build
from warehouse.why import story

CONFIG = CurateConfig(SampleConfig(quiz=QuizConfig(shuffle=False), conversations=ConversationConfig(make=False)))
NOVEL = document("novels/sanguo", text="话说天下大势")
QUIZ = document("quiz/bank", "quiz")
TALKS = document("instruct/rows", "instruct", novel="", title="rows")
PEOPLE = {"A": "刘备", "B": "关羽", "C": "张飞"}


@pytest.fixture
def lake(shared: Lake) -> Lake:
    for waiting in (shared.home / "annotations").glob("*.json"):
        waiting.unlink()
    return clear(shared)


def rows(lake: Lake, query: str) -> list[tuple[Any, ...]]:
    return lake.connection.execute(query).fetchall()


def ids(lake: Lake, table: str, key: str) -> list[str]:
    return [row[0] for row in rows(lake, f"SELECT {key} FROM {table} ORDER BY document_id, {key}")]


def marked(lake: Lake, mark: Mark) -> str:
    """Saved as by somebody who saw the newest annotation; the id of the last row."""
    known = annotations_of(lake.home, lake.connection, mark.table, mark.record_id)
    head = known[-1]["annotation_id"] if known else ""
    return str(save(lake.home, lake.connection, replace(mark, head=head))[-1]["annotation_id"])


def standing_of(lake: Lake) -> list[tuple[str, str, dict[str, Any]]]:
    made = saves(annotations(lake.home, lake.connection))
    return [(one.annotator, one.verdict, dict(one.fixed)) for one in made]


def test_a_save_waits_then_comes_in_once(lake: Lake) -> None:
    marked(lake, Mark("utterances", "u1", "甲", "fix", {"speaker": "关羽"}, "见上文", {"speaker": "张飞"}))
    assert waiting_saves(lake.home) == 1
    assert standing_of(lake) == [("甲", "fix", {"speaker": "关羽"})]
    assert bring_in(lake) == 2  # the verdict and the speaker
    assert bring_in(lake) == 0
    assert waiting_saves(lake.home) == 0
    assert standing_of(lake) == [("甲", "fix", {"speaker": "关羽"})]
    assert rows(lake, "SELECT table_name, record_id, field, value, comment, annotator FROM annotations ORDER BY field") == [
        ("utterances", "u1", "speaker", '"关羽"', "见上文", "甲"),
        ("utterances", "u1", "verdict", '"fix"', "见上文", "甲"),
    ]  # fmt: skip


def test_nobody_overwrites_what_was_said_meanwhile(lake: Lake) -> None:
    save(lake.home, lake.connection, Mark("utterances", "u1", "甲", "accept"))
    with pytest.raises(Overtaken, match="甲 has annotated this row meanwhile"):
        save(lake.home, lake.connection, Mark("utterances", "u1", "乙", "reject", comment="坏"))
    bring_in(lake)
    with pytest.raises(Overtaken):
        save(lake.home, lake.connection, Mark("utterances", "u1", "乙", "reject", comment="坏"))
    marked(lake, Mark("utterances", "u1", "乙", "reject", comment="坏"))
    assert [one[:2] for one in standing_of(lake)] == [("甲", "accept"), ("乙", "reject")]


def test_undo_takes_back_ones_own_last_save_and_is_a_row(lake: Lake) -> None:
    marked(lake, Mark("utterances", "u1", "甲", "fix", {"speaker": "关羽"}))
    marked(lake, Mark("utterances", "u2", "乙", "accept"))
    bring_in(lake)
    taken = undo(lake.home, lake.connection, "甲")
    assert taken is not None
    assert taken.record_id == "u1"
    assert standing_of(lake) == [("乙", "accept", {})]
    bring_in(lake)
    assert rows(lake, "SELECT field, count(*) FROM annotations GROUP BY field ORDER BY field") == [
        ("speaker", 1), ("undo", 1), ("verdict", 2),
    ]  # fmt: skip
    assert undo(lake.home, lake.connection, "甲") is None


@pytest.mark.parametrize(
    ("mark", "said_of_it"),
    [
        (Mark("utterances", "u1", " ", "accept"), "say who you are"),
        (Mark("utterances", "u1", "甲", "reject"), "with a reason"),
        (Mark("utterances", "u1", "甲", "maybe"), "is no verdict"),
        (Mark("utterances", "u1", "甲", "fix", {"speaker": "关" * 20_001}), "write 20000 at most"),
    ],
)
def test_what_is_no_annotation_is_refused(lake: Lake, mark: Mark, said_of_it: str) -> None:
    with pytest.raises(BadInput, match=said_of_it):
        save(lake.home, lake.connection, mark)
    assert waiting_saves(lake.home) == 0


def test_fifty_corrected_rows_change_the_set(lake: Lake) -> None:
    wrong = [said(40 * n, "张飞", f"第{n}句话，各不相同。", scene=n) for n in range(1, 61)]
    put(lake, (NOVEL, wrong))
    curate(lake, CONFIG)
    before = build(lake, BuildConfig("before"))
    for utterance_id, *_ in rows(lake, "SELECT utterance_id FROM utterances ORDER BY char_start LIMIT 50"):
        marked(lake, Mark("utterances", utterance_id, "甲", "fix", {"speaker": "关羽"}, shown={"speaker": "张飞"}))
    splits = dict(rows(lake, "SELECT sample_id, split FROM samples"))
    done = curate(lake, CONFIG)
    assert done.change.updated == 50
    assert rows(lake, "SELECT character, count(*) FROM samples WHERE fate = 'kept' GROUP BY 1 ORDER BY 2") == [
        ("张飞", 10), ("关羽", 50),
    ]  # fmt: skip
    assert rows(lake, "SELECT messages[1].content FROM samples WHERE character = '关羽' LIMIT 1") == [("关羽曰：",)]
    assert dict(rows(lake, "SELECT sample_id, split FROM samples")) == splits
    assert build(lake, BuildConfig("before")) != before
    assert curate(lake, CONFIG).done_before
    undo(lake.home, lake.connection, "甲")
    assert curate(lake, CONFIG).change.updated == 1


def test_a_rejected_line_is_refused_and_nobody_hears_it(lake: Lake) -> None:
    put(lake, (NOVEL, [said(10, "曹操", "使君知龙之变化否？"), said(40, "刘备", "未知其详。", turn=2)]))
    first, second = (row[0] for row in rows(lake, "SELECT utterance_id FROM utterances ORDER BY char_start"))
    marked(lake, Mark("utterances", first, "甲", "reject", comment="原文有误"))
    curate(lake, CONFIG)
    assert rows(lake, "SELECT record_id, fate, reason FROM samples ORDER BY fate") == [
        (second, "kept", ""), (first, "rejected", "rejected by a person: 原文有误"),
    ]  # fmt: skip
    assert rows(lake, "SELECT messages[1].content FROM samples WHERE fate = 'kept'") == [("刘备曰：",)]


def test_an_answer_is_corrected_asked_of_the_novel_anew_and_accepted(lake: Lake) -> None:
    put(lake, (replace(NOVEL, text="刘备字玄德，关羽字云长，张飞字翼德。"), []))
    put(lake, (QUIZ, [asked(1, "谁字云长？", PEOPLE, "A"), asked(2, "谁字翼德？", PEOPLE, "C")]))
    strict = replace(CONFIG, min_support="supported")
    weigh_answers(lake, strict.evidence)
    found = dict(rows(lake, "SELECT stem, question_id FROM questions"))
    checked = dict(rows(lake, "SELECT question_id, checked FROM support"))
    marked(lake, Mark("questions", found["谁字云长？"], "甲", "fix", {"answer": "B"}, shown={"answer": "A"}))
    assert weigh_answers(lake, strict.evidence).checked == 1
    after = dict(rows(lake, "SELECT question_id, checked FROM support"))
    assert [key for key in after if after[key] != checked[key]] == [found["谁字云长？"]]
    curate(lake, strict)
    kept = "SELECT reference FROM samples WHERE fate = 'kept' AND record_id = ?"
    assert lake.connection.execute(kept, [found["谁字云长？"]]).fetchall() == [("B",)]


def test_what_a_person_accepts_no_quality_rule_drops(lake: Lake) -> None:
    put(
        lake,
        (TALKS, [told(1, "何谓义？", "宜也\ufffd。"), told(2, "何谓忠？", "忠也\ufffd。")]),
    )
    assert curate(lake, CONFIG).fates == {"rejected": 2}
    marked(lake, Mark("instructions", ids(lake, "instructions", "instruction_id")[0], "甲", "accept"))
    assert curate(lake, CONFIG).fates == {"kept": 1, "rejected": 1}


def test_what_people_write_becomes_rows_and_goes_again(lake: Lake) -> None:
    put(lake, (TALKS, [told(1, "何谓义？", "宜也。")]))
    row = {"instruction": "找出人名。", "input": "刘备见关羽。", "target": "刘备、关羽"}
    marked(lake, Mark("instructions", "w1", "甲", "written", {"row": row}))
    asked_of = {"messages": [{"role": "user", "content": "曹操曰："}], "answer": "嗯"}
    marked(lake, Mark("chats", "c1", "乙", "written", {"better": "宁教我负天下人。"}, shown=asked_of))
    assert curate(lake, CONFIG).fates == {"kept": 3}
    shown = "SELECT messages[1].content, answer FROM samples WHERE source_id = 'studio' ORDER BY answer"
    assert rows(lake, shown) == [("找出人名。\n刘备见关羽。", "刘备、关羽"), ("曹操曰：", "宁教我负天下人。")]
    assert build(lake, BuildConfig("written")).is_dir()
    undo(lake.home, lake.connection, "乙")
    assert curate(lake, CONFIG).fates == {"kept": 2}


def test_a_mark_follows_its_line_when_the_text_above_it_changes(lake: Lake) -> None:
    put(lake, (NOVEL, [said(10, "张飞", "是。"), said(40, "张飞", "然。", scene=2)]))
    old = ids(lake, "utterances", "utterance_id")
    place = {"novel": "三国演义", "chapter": 1, "text": "然。", "context": "张飞曰："}
    for key in old:
        text = rows(lake, f"SELECT text FROM utterances WHERE utterance_id = '{key}'")[0][0]
        marked(lake, Mark("utterances", key, "甲", "fix", {"speaker": "关羽"}, place={**place, "text": text}))
    put(lake, (NOVEL, [said(11, "张飞", "是。"), said(41, "张飞", "然。", scene=2), said(71, "张飞", "是。", scene=3)]))
    found = lake.connection.execute("SELECT * FROM utterances ORDER BY char_start").to_arrow_table().to_pylist()
    after = [(row["text"], row["speaker"]) for row in corrected("utterances", found, standing(lake))]
    assert after == [("是。", "张飞"), ("然。", "关羽"), ("是。", "张飞")]  # 是。 could be either: nobody is guessed


def test_why_tells_what_was_said_of_a_row(lake: Lake) -> None:
    put(lake, (NOVEL, [said(10, "张飞", "是。")]))
    (utterance_id,) = ids(lake, "utterances", "utterance_id")
    marked(lake, Mark("utterances", utterance_id, "甲", "fix", {"speaker": "关羽"}, "见上文"))
    undo(lake.home, lake.connection, "甲")
    curate(lake, CONFIG)
    told_of_it = [text.split(" ", 2)[2] for heading, text in story(lake, utterance_id) if heading == "annotation"]
    assert sorted(told_of_it[:2]) == ["甲, speaker: 关羽 (见上文), undone", "甲, verdict: fix (见上文), undone"]
    assert told_of_it[2:] == ["甲, undo"]


def test_saving_needs_no_lock_of_the_lake(lake: Lake) -> None:
    with reading(lake.home) as other:  # while `lake` is held by a writer
        save(lake.home, other.connection, Mark("utterances", "u9", "甲", "accept"))
        assert standing_of(other) == [("甲", "accept", {})]


def test_agreement_of_two_people(lake: Lake) -> None:
    for n, (one, other) in enumerate([("关羽", "关羽"), ("张飞", "张飞"), ("张飞", "关羽"), ("关羽", "关羽")]):
        marked(lake, Mark("utterances", f"u{n}", "甲", "accept", shown={"speaker": one}))
        marked(lake, Mark("utterances", f"u{n}", "乙", "fix", {"speaker": other}, shown={"speaker": one}))
    marked(lake, Mark("utterances", "u7", "甲", "accept", shown={"speaker": "孙权"}))
    speaker, verdict = agreements(saves(annotations(lake.home, lake.connection)))
    assert (speaker.field, speaker.people, speaker.rows, speaker.agreed) == ("speaker", ("乙", "甲"), 4, 0.75)
    assert speaker.kappa == pytest.approx(0.5)
    assert (verdict.field, verdict.agreed, verdict.kappa) == ("verdict", 1.0, None)


def test_kappa_by_hand() -> None:
    # 20 of 50 yes by both, 15 no by both, 5 and 10 apart: (0.7 - 0.5) / (1 - 0.5)
    one = ["y"] * 25 + ["n"] * 25
    other = ["y"] * 20 + ["n"] * 5 + ["y"] * 10 + ["n"] * 15
    assert kappa(one, other) == pytest.approx(0.4)
