"""Support and passages in the lake: whole rows, only what changed is checked again, and what a training set asks for."""

import json
from pathlib import Path
from typing import Any

import pytest
from test_evidence import CARP, MET, PEOPLE, TEXT
from tiny import asked, clear, document, new_lake, put
from typer.testing import CliRunner

from corpora.errors import BadInput
from corpora.settings import settings
from extractors.records import Reject
from flows.cli import app
from warehouse.curate import CurateConfig, curate
from warehouse.evidence.ask import asked_question, read_questions
from warehouse.evidence.store import SupportReport, question_of, weigh_answers
from warehouse.evidence.support import EvidenceConfig
from warehouse.lake import Lake, writing
from warehouse.tables import Change
from warehouse.why import story

NOVEL = document("novels/hand", text=TEXT, novel="三国演义")
BANK = document("quiz/bank", "quiz")
CONFIG = EvidenceConfig(passages=2)
RIGHT = asked(1, MET, PEOPLE, "B")
WRONG = asked(2, "在江边钓得金鲤的是谁？", PEOPLE, "A")
AUTHOR = asked(3, "《三国演义》的作者是谁？", {}, "罗贯中")
ITEMS = [RIGHT, WRONG, AUTHOR, Reject("line 9", "5. 谁", "no options")]
COLUMNS = "stem, s.document_id, support, s.reason"


@pytest.fixture
def lake(shared: Lake) -> Lake:
    put(clear(shared), (NOVEL, []), (BANK, ITEMS))
    return shared


def fetch(lake: Lake, query: str) -> list[Any]:
    return lake.connection.execute(query).fetchall()


def test_rows_of_support_and_evidence(lake: Lake) -> None:
    assert weigh_answers(lake, CONFIG) == SupportReport(
        {"contradicted": 1, "supported": 1, "unknown": 1}, 3, Change(inserted=7)
    )
    assert fetch(lake, f"SELECT {COLUMNS} FROM support s JOIN questions USING (question_id) ORDER BY ordinal") == [
        (MET, NOVEL.document_id, "supported",
         "nearest to the question's words: 关羽 -1.1、张飞 +0.8、曹操 -1.5、孙权 -2.4"),
        (WRONG.stem, NOVEL.document_id, "contradicted",
         "孙权 is nearer: 关羽 -0.3、张飞 -1.9、曹操 +0.4、孙权 +1.2"),
        (AUTHOR.stem, NOVEL.document_id, "unknown",
         "it asks about the author or the making of the book, which the novel does not tell"),
    ]  # fmt: skip
    assert fetch(
        lake,
        "SELECT ordinal, rank, chapter, char_start, char_end, substr(text, char_start + 1, 6) FROM evidence e "
        "JOIN questions USING (question_id) JOIN documents d ON d.document_id = e.document_id ORDER BY ordinal, rank",
    ) == [
        (0, 1, 1, 59, 108, "这日下雨，玄"), (0, 2, 1, 9, 58, "却说玄德住在"),
        (1, 1, 2, 215, 263, "次日孙权在江"), (1, 2, 2, 178, 214, "曹操借了关羽"),
    ]  # fmt: skip


def test_only_what_changed_is_checked_again(lake: Lake) -> None:
    weigh_answers(lake, CONFIG)
    before = lake.snapshot()
    assert weigh_answers(lake, CONFIG).checked == 0
    assert lake.snapshot() == before
    put(lake, (BANK, [RIGHT, asked(4, CARP, {}, "孙权不听，叫人把鱼煮了，没有放生，鲁肃劝也没有用。")]))
    again = weigh_answers(lake, CONFIG)
    assert (again.supports, again.checked) == ({"supported": 2}, 1)
    assert fetch(lake, "SELECT count(DISTINCT question_id) FROM evidence") == [(2,)]
    put(lake, (document("novels/hand", text=TEXT + "完。\n", novel="三国演义"), []))
    assert weigh_answers(lake, EvidenceConfig(passages=1)).checked == 2  # for both
    assert fetch(lake, "SELECT count(*) FROM evidence") == [(2,)]
    put(lake, (BANK, []))
    assert weigh_answers(lake, CONFIG).supports == {}
    assert fetch(lake, "SELECT (SELECT count(*) FROM support), (SELECT count(*) FROM evidence)") == [(0, 0)]


def test_a_lake_without_a_novel_knows_nothing(lake: Lake) -> None:
    put(clear(lake), (BANK, [RIGHT]))
    assert weigh_answers(lake, CONFIG).supports == {"unknown": 1}
    assert fetch(lake, "SELECT reason FROM support") == [("《三国演义》 is not in the warehouse",)]


def test_the_least_support_decides_what_becomes_an_example(lake: Lake) -> None:
    weigh_answers(lake, CONFIG)
    fates = "SELECT s.fate, s.reason FROM samples s JOIN questions ON record_id = question_id ORDER BY ordinal"
    rejected = ("rejected", "rejected at extraction: no options")
    curate(lake, CurateConfig())
    assert fetch(lake, fates) == [("kept", "")] * 3 + [rejected]
    curate(lake, CurateConfig(min_support="supported"))
    weak = "its answer is {} by the novel, and supported is asked for"
    assert fetch(lake, fates) == [
        ("kept", ""), ("rejected", weak.format("contradicted")), ("rejected", weak.format("unknown")), rejected,
    ]  # fmt: skip
    with pytest.raises(BadInput, match="min_support is 'some'; choose one of"):
        settings(CurateConfig, {"min_support": "some"}, "x.toml")


def test_the_story_of_a_question_tells_what_the_novel_says(lake: Lake) -> None:
    weigh_answers(lake, CONFIG)
    ((question_id,),) = fetch(lake, f"SELECT question_id FROM questions WHERE stem = '{MET}'")
    told = [
        ("support", "supported: nearest to the question's words: 关羽 -1.1、张飞 +0.8、曹操 -1.5、孙权 -2.4"),
        ("evidence", f"chapter 1, characters 59–108, score 53.8\n{TEXT[59:108]}"),
        ("evidence", f"chapter 1, characters 9–58, score 49.3\n{TEXT[9:58]}"),
    ]
    assert story(lake, question_id)[-3:] == told
    curate(lake, CurateConfig())
    ((sample_id,),) = fetch(lake, f"SELECT sample_id FROM samples WHERE record_id = '{question_id}'")
    for row_id in (question_id, sample_id):
        assert [line for line in story(lake, row_id) if line[0] in ("support", "evidence")] == told
    assert question_of(lake, sample_id) == question_of(lake, question_id) == {
        "question_id": question_id, "type": "single_choice", "stem": MET, "options": PEOPLE, "answer": "B",
        "novel": "三国演义",
    }  # fmt: skip


def test_what_somebody_typed_becomes_a_question() -> None:
    people = list(PEOPLE.values())
    assert asked_question(MET, "张飞", people) == {
        "type": "single_choice", "stem": MET, "options": PEOPLE, "answer": "B", "novel": "",
    }  # fmt: skip
    assert asked_question(MET, "张飞；曹操", people)["answer"] == "BC"
    assert asked_question("曹操借马。", "错", []) | {"stem": ""} == {
        "type": "true_false", "stem": "", "options": {}, "answer": "false", "novel": "",
    }  # fmt: skip
    assert asked_question("____钓鱼", "孙权", [], "三国演义")["answer"] == ["孙权"]
    assert asked_question("谁钓鱼？", "孙权", [])["type"] == "short_answer"
    for question, answer, options in [("", "甲", []), ("何人？", " ", []), ("何人？", "戊", people)]:
        with pytest.raises(BadInput):
            asked_question(question, answer, options)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"type": "single_choice", "stem": "甲"}\n[', "line 2 is not JSON"),
        ('{"type": "essay", "stem": "甲"}', "line 1 lacks a type"),
        ("[]", "line 1 lacks a type"),
        (None, "cannot be read"),
    ],
)
def test_a_file_of_questions_that_is_none(tmp_path: Path, content: str | None, said: str) -> None:
    path = tmp_path / "q.jsonl"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(BadInput, match=said):
        read_questions(path)


def test_the_command_prints_passages_and_checks_files(own_home: Path, tmp_path: Path) -> None:
    with writing(new_lake(own_home)) as lake:
        put(lake, (NOVEL, []), (BANK, ITEMS))
    run = CliRunner()
    typed = run.invoke(app, ["evidence", "--question", "曹操得了白金____斤。", "--answer", "18", "--novel", "三国演义"])
    assert (typed.exit_code, typed.stdout.splitlines()[:3]) == (0, [
        "supported  near the question's words: 18 +5.6",
        "《三国演义》 chapter 2, characters 178–214, score 33.83",
        TEXT[178:214],
    ]), typed.output  # fmt: skip
    with writing(own_home) as lake:
        ((question_id,),) = fetch(lake, f"SELECT question_id FROM questions WHERE stem = '{WRONG.stem}'")
    assert run.invoke(app, ["evidence", question_id]).stdout.startswith("contradicted  孙权 is nearer: ")
    path, out = tmp_path / "q.jsonl", tmp_path / "checked.jsonl"
    row = {"type": "single_choice", "stem": MET, "options": PEOPLE, "answer": "B", "novel": "三国演义", "chapter": 1}
    path.write_text(json.dumps(row) + "\n", encoding="utf-8")
    assert run.invoke(app, ["evidence", "--file", str(path), "-o", str(out)]).exit_code == 0
    checked = json.loads(out.read_text(encoding="utf-8"))
    assert checked["passages"][0] == {"char_start": 59, "char_end": 108, "chapter": 1, "score": 53.77}
    assert row.items() <= checked.items() and checked["support"] == "supported"
    for words in (["evidence"], ["evidence", "0123456789abcdef"]):
        assert run.invoke(app, words).exit_code == 2
