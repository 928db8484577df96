"""What a person looks through: the queue, chapters, people, questions, and an open lake that sees what is written."""

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from tiny import asked, document, new_lake, put, said

from corpora.errors import BadInput
from warehouse.annotations import Mark, annotations_of, save
from warehouse.browse.figures import fates, lengths, runs, snapshots, training_sets
from warehouse.browse.find import quiz_example, quiz_examples, search
from warehouse.browse.novels import chapter_of, chapters, colours, novels, stretch
from warehouse.browse.people import card, lines_by_chapter, lines_of, partners, people
from warehouse.browse.questions import counted, listed, question, types
from warehouse.browse.worth import WHYS, closeness, nearness, queue
from warehouse.curate import CurateConfig, curate
from warehouse.lake import writing
from warehouse.reader import Reader

TEXT = "第一回 宴桃园\n曹操曰：“使君知龙否？”刘备曰：“未知其详。”\n第二回 煮酒\n何人？\n"
NOVEL = document("novels/sanguo", text=TEXT, novel="三国演义")
QUIZ = document("quiz/bank", "quiz")


def line(speaker: str, text: str, **fields: object) -> object:
    return said(TEXT.index(text) - 1, speaker, text, **fields)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    home = new_lake(tmp_path_factory.mktemp("lakes") / "lake")
    with writing(home) as lake:
        put(
            lake,
            (
                NOVEL,
                [line("曹操", "使君知龙否？", addressee="刘备"), line("刘备", "未知其详。", confidence=0.6, turn=2)],
            ),
        )
        put(lake, (QUIZ, [asked(1, "谁字云长？", {"A": "刘备", "B": "关羽"}, "A"), asked(2, "何人？", {}, "王允。")]))
        with lake.transaction("support"):
            lake.connection.execute(
                "INSERT INTO support SELECT question_id, '', 'contradicted', 'B is nearer', '' FROM questions WHERE type = 'single_choice'"
            )
        curate(lake, CurateConfig())
    opened = Reader(home)
    yield opened
    opened.close()


def test_the_most_useful_rows_come_first_until_somebody_has_seen_them(reader: Reader) -> None:
    with reader.lake() as lake:
        found = queue(lake, "甲")
        assert [(w.table, w.why, w.text) for w in found] == [
            ("questions", "contradicted", "谁字云长？"), ("utterances", "speaker", "未知其详。"),
        ]  # fmt: skip
        assert queue(lake, "甲", ("unsupported", "near")) == []
        doubtful = found[1].record_id
        save(reader.home, lake.connection, Mark("utterances", doubtful, "甲", "accept", shown={"speaker": "刘备"}))
        assert [w.why for w in queue(lake, "甲")] == ["contradicted"]
        assert [w.record_id for w in queue(lake, "乙", WHYS, second=True)] == [doubtful]
        assert queue(lake, "甲", WHYS, second=True) == []
        head = annotations_of(reader.home, lake.connection, "utterances", doubtful)[-1]["annotation_id"]
        mark = Mark("utterances", doubtful, "乙", "fix", {"speaker": "关羽"}, shown={"speaker": "刘备"}, head=head)
        save(reader.home, lake.connection, mark)
        first = queue(lake, "丙")[0]
        assert (first.why, first.record_id) == ("disagreement", doubtful)
        assert "甲: speaker 刘备" in first.told


@pytest.mark.parametrize(
    ("reason", "near"),
    [("speaker not sure enough: 0.45 below 0.50", 0.6), ("speaker not sure enough: 0.10 below 0.50", 0.0), ("no speaker", 0.0),
     ("score 0.500 under 0.5", 1.0)],
)  # fmt: skip
def test_how_near_a_figure_is_to_its_threshold(reason: str, near: float) -> None:
    assert nearness(reason) == near


def test_a_chapter_with_what_is_said_in_it(reader: Reader) -> None:
    with reader.lake() as lake:
        (book,) = novels(lake)
        assert (book["novel"], book["records"]) == ("三国演义", 2)
        assert [(c.number, c.title) for c in chapters(lake, book["document_id"])] == [(1, "宴桃园"), (2, "煮酒")]
        shown = chapter_of(lake, book["document_id"], 0)
        assert [shown.text[r["char_start"] - shown.start :][: r["char_end"] - r["char_start"]] for r in shown.rows] == [
            "“使君知龙否？”", "“未知其详。”",
        ]  # fmt: skip
        assert chapter_of(lake, book["document_id"], 1).text == "第二回 煮酒\n何人？\n"
        assert stretch(lake, book["document_id"], -5, 3).text == "第一回"
        assert chapters(lake, "none") == ()
    assert colours([{"speaker": "甲"}, {"speaker": ""}, {"speaker": "乙"}, {"speaker": "乙"}]) == {"乙": 0, "甲": 1}


def test_a_person(reader: Reader) -> None:
    with reader.lake() as lake:
        assert [row["speaker"] for row in people(lake, "三国演义")] == ["刘备", "曹操"]
        assert [(r["chapter"], r["lines"]) for r in lines_by_chapter(lake, "三国演义", "曹操")] == [(1, 1)]
        assert [r["text"] for r in lines_of(lake, "三国演义", "曹操", 1)] == ["使君知龙否？"]
        assert lines_of(lake, "三国演义", "曹操", 2) == []
        assert partners(lake, "三国演义", "刘备") == [{"other": "曹操", "said": 0, "heard": 1}]
        assert card(lake, "三国演义", "曹操").startswith("你是《三国演义》中的曹操，男，又名孟德")
        assert card(lake, "无名书", "某甲") == "你是《无名书》中的某甲。以某甲的身份和口吻接着说，只写某甲说的话。"


def test_questions_as_people_left_them(reader: Reader) -> None:
    with reader.lake() as lake:
        assert (counted(lake), counted(lake, "short_answer"), counted(lake, support="contradicted")) == (2, 1, 1)
        (row,) = listed(lake, word="云长")
        assert (row["support"], row["fate"]) == ("contradicted", "kept")
        assert sum(r["questions"] for r in types(lake)) == 2
        save(reader.home, lake.connection, Mark("questions", row["question_id"], "甲", "fix", {"answer": "B"}))
        found = question(lake, row["question_id"])
        assert found is not None
        assert (found["options"], found["answer"]) == ({"A": "刘备", "B": "关羽"}, "B")
        assert question(lake, "none") is None
        assert quiz_examples(lake, "single_choice") == 1
        example = quiz_example(lake, "single_choice", 0)
        assert example is not None
        assert example["messages"][-1]["content"].startswith("单项选择题")
        assert [r["kind"] for r in search(lake, "云长")] == ["question"]
        assert search(lake, "  ") == []


def test_figures(reader: Reader) -> None:
    with reader.lake() as lake:
        assert sum(row["samples"] for row in fates(lake)) == sum(row["samples"] for row in lengths(lake)) // 2
        assert snapshots(lake)[0]["snapshot_id"] == lake.snapshot()
        assert (training_sets(lake), runs(lake)) == ([], [])


def test_an_open_reader_sees_what_is_written_and_writes_nothing(reader: Reader) -> None:
    before = reader.snapshot()
    other = document("novels/other", text="话说", novel="别传")
    with writing(reader.home) as lake:
        assert len(reader.ask("FROM utterances").rows) == 2  # while somebody writes
        put(lake, (other, [said(10, "甲", "是。")]))
    assert reader.snapshot() > before
    assert reader.rows("SELECT count(*) AS n FROM utterances") == [{"n": 3}]
    for refused in (
        "DELETE FROM utterances",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT 1; SELECT 2",
        "COPY utterances TO 'x'",
    ):
        with pytest.raises(BadInput):
            reader.ask(refused)


def test_a_query_that_never_ends_is_ended(reader: Reader) -> None:
    began = time.perf_counter()
    with pytest.raises(BadInput, match=r"more than 0\.3 seconds"):
        reader.ask("SELECT sum(a.range * b.range) FROM range(1000000) a, range(1000000) b", seconds=0.3)
    assert time.perf_counter() - began < 10
    answer = reader.ask("SELECT * FROM range(5000)", limit=10)
    assert (answer.rows.num_rows, answer.more) == (10, True)
    assert replace(answer, seconds=0).seconds == 0


def test_the_nearer_an_answer_is_to_being_borne_out_the_sooner_it_is_looked_at() -> None:
    told = [
        "the novel does not set them apart: 雷默 +0.3、陆问樵 +0.3",
        "the novel does not set them apart: 何小满 +1.4、走索妇人 +3.5、沈渡 +0.8",
        "the novel tells of it elsewhere than of the question: lift +0.9, 24% of its words",
        "the novel tells of it elsewhere than of the question: lift -39.1, 22% of its words",
        "not nearer to the question's words than chance would have it: 贾家 +1.5、史家 -1.5",
        "14岁 does not stand in the novel",
    ]
    assert [closeness(one) for one in told] == [1.0, 0.323, 0.909, 0.024, 0.222, 0.0]
    assert nearness("quality rule repeats: 62% of the answer is said more than once, more than 60%") == 0.867
    assert nearness("quality rule repeats: '哈' 13 times in a row, more than 12") == 0.667
