"""Views and macros count what the tables hold, are there in every lake and at every snapshot, and are told in docs/warehouse.md."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from list_tables import section
from main_job import Job
from tiny import asked, document, new_lake, put, said, told

from corpora.errors import BadInput
from warehouse.curate import CurateConfig, curate
from warehouse.lake import Lake, reading, writing
from warehouse.query import checked, query
from warehouse.views import views

PAGE = (Path(__file__).parent.parent / "docs" / "warehouse.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"^(\S.*)\n\n```sql\n([^`]*)```", PAGE, re.M)
NOVEL = """第一回　宴桃园豪杰三结义

　　话说天下大势，分久必合。
　　玄德曰：“我本汉室宗亲。”
第二回　张翼德怒鞭督邮\r
　　关公曰：“岂忘了桃园桃园之义？”
"""


Ask = Callable[[str], list[dict[str, Any]]]


def rows(home: Path, sql: str, at: int | None = None) -> list[dict[str, Any]]:
    return [row for batch in query(home, sql, at) for row in batch.to_pylist()]


def asking(lake: Lake) -> Ask:
    """What `query` answers, from a lake that is open already: opening one takes a third of a second."""
    return lambda sql: lake.connection.execute(checked(sql)).to_arrow_table().to_pylist()


@pytest.fixture(scope="module")
def ask(home: Path) -> Iterator[Ask]:
    with reading(home) as lake:
        yield asking(lake)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = new_lake(tmp_path_factory.mktemp("lakes") / "lake")
    lines = [
        said(NOVEL.index("“我本"), "刘备", "我本汉室宗亲。", addressee="张飞"),
        said(NOVEL.index("“岂忘"), "关羽", "岂忘了桃园桃园之义？", addressee="曹操", chapter=2, turn=2),
        said(NOVEL.index("“岂忘"), "", "桃园", kind="name", chapter=2, scene=0),
    ]
    with writing(folder) as lake:
        put(lake, (document("novels/sanguo", text=NOVEL), lines))
        put(lake, (document("quiz/bank", "quiz"), [asked(1, "桃园结义有几人？", {"A": "二", "B": "三"}, "B")]))
        put(
            lake,
            (document("instruct/rows", "instruct"), [told(1, "何谓义？", "宜也。"), told(2, "何谓义？", "宜也。")]),
        )
        curate(lake, CurateConfig())
    yield folder


def test_lines_talks_and_scenes(ask: Ask) -> None:
    assert ask("SELECT speaker, lines, characters, chapters, first_chapter FROM speakers") == [
        {"speaker": "关羽", "lines": 1, "characters": 10, "chapters": 1, "first_chapter": 2},
        {"speaker": "刘备", "lines": 1, "characters": 7, "chapters": 1, "first_chapter": 1},
    ]
    assert [(r["speaker"], r["addressee"], r["lines"]) for r in ask("FROM talks")] == [
        ("关羽", "曹操", 1), ("刘备", "张飞", 1),
    ]  # fmt: skip
    assert [(r["chapter"], r["people"], r["transcript"]) for r in ask("FROM scenes")] == [
        (1, ["刘备"], "刘备：我本汉室宗亲。"), (2, ["关羽"], "关羽：岂忘了桃园桃园之义？"),
    ]  # fmt: skip


def test_passages_stand_where_they_say_under_their_heading(ask: Ask) -> None:
    found = ask("SELECT heading, char_start, text FROM passages WHERE text <> '' ORDER BY char_start")
    first, second = "第一回　宴桃园豪杰三结义", "第二回　张翼德怒鞭督邮"
    assert [(row["heading"], row["text"]) for row in found] == [
        (first, first), (first, "话说天下大势，分久必合。"), (first, "玄德曰：“我本汉室宗亲。”"),
        (second, second), (second, "关公曰：“岂忘了桃园桃园之义？”"),
    ]  # fmt: skip
    assert all(NOVEL.startswith(row["text"], row["char_start"]) for row in found)


def test_search_finds_all_kinds_the_best_first(ask: Ask) -> None:
    found = ask("FROM search('桃园')")
    assert {(row["kind"], row["words"]) for row in found} == {
        ("passage", "第一回　宴桃园豪杰三结义"), ("passage", "关公曰：“岂忘了桃园桃园之义？”"),
        ("utterance", "岂忘了桃园桃园之义？"), ("utterance", "桃园"), ("question", "桃园结义有几人？\n二；三\nB"),
    }  # fmt: skip
    assert [row["score"] for row in found] == sorted((row["score"] for row in found), reverse=True)
    both = ask("FROM search('  桃园　关公 ', best := 1)")  # blanks of both widths part words
    assert [(row["kind"], row["words"], row["place"]) for row in both] == [
        ("passage", "关公曰：“岂忘了桃园桃园之义？”", "第二回　张翼德怒鞭督邮, character 60"),
    ]  # fmt: skip
    for nothing in ("", "  ", "无此词", "''", "%", "_"):
        assert ask(f"FROM search('{nothing}')") == []


def test_search_looks_nowhere_else(home: Path) -> None:
    for words in ("(SELECT content FROM read_text('/etc/passwd'))", "'a'); DELETE FROM samples; FROM search('b'"):
        with pytest.raises(BadInput):
            rows(home, f"FROM search({words})")


def test_every_sample_is_counted_once(ask: Ask) -> None:
    samples = ask("SELECT count(*) AS n, count(*) FILTER (fate = 'kept') AS kept FROM samples")[0]
    assert ask("SELECT sum(samples) AS n FROM fates") == [{"n": samples["n"]}]
    assert ask("SELECT sum(kept) AS n FROM splits") == [{"n": samples["kept"]}]
    assert ask("SELECT sum(kept) AS n FROM intake") == [{"n": samples["kept"]}]
    assert ask("SELECT sum(kept) AS n FROM licences") == [{"n": samples["kept"]}]
    assert ask("SELECT sum(samples) / 2 AS n FROM lengths") == [{"n": samples["kept"]}]
    assert len(ask("FROM prompts")) == samples["kept"]
    merged = ask("SELECT answer, kept_answer FROM duplicates")
    assert merged == [{"answer": "宜也。", "kept_answer": "宜也。"}]


def test_the_columns_that_are_told_are_those_there_are(ask: Ask) -> None:
    for view in views().values():
        call = f"{view.name}('桃园')" if view.arguments else view.name
        assert [row["column_name"] for row in ask(f"DESCRIBE FROM {call}")] == list(view.columns)
        assert all(view.columns.values())


def test_a_lake_from_before_gets_them_once_and_its_old_snapshots_are_lent_them(tmp_path: Path) -> None:
    folder = new_lake(tmp_path / "lake")
    with writing(folder) as lake:
        put(lake, (document("novels/sanguo", text=NOVEL), [said(NOVEL.index("“我本"), "刘备", "我本汉室宗亲。")]))
        for view in views().values():
            lake.connection.execute(f"DROP {'MACRO TABLE' if view.arguments else 'VIEW'} {view.name}")
        before = lake.snapshot()
    ask = "SELECT (SELECT sum(lines) FROM speakers) AS lines, (SELECT count(*) FROM search('汉室')) AS hits"
    answer = [{"lines": 1, "hits": 2}]
    assert rows(folder, ask) == answer  # by a reader that writes nothing
    with writing(folder) as lake:
        assert lake.snapshot() == before + 1
    with writing(folder) as lake:
        assert lake.snapshot() == before + 1
        stored = lake.connection.execute(
            "SELECT view_name FROM duckdb_views() WHERE database_name = 'huaben'"
        ).fetchall()
    assert {name for (name,) in stored} == {view.name for view in views().values() if not view.arguments}
    assert rows(folder, ask) == answer
    assert rows(folder, ask, at=before) == answer
    assert rows(folder, ask, at=1) == [{"lines": None, "hits": 0}]
    shown = [row["name"] for row in rows(folder, "SHOW TABLES")]
    assert len(shown) == len(set(shown))


def test_views_over_tables_that_a_snapshot_lacks_are_left_out(tmp_path: Path) -> None:
    folder = new_lake(tmp_path / "lake")
    with writing(folder) as lake:
        for name in ("views_version", "search"):
            lake.connection.execute(f"DROP MACRO {'TABLE ' if name == 'search' else ''}{name}")
        lake.connection.execute("DROP TABLE samples")
    assert rows(folder, "FROM speakers") == []
    with pytest.raises(BadInput, match=r"(fates|samples) does not exist"):
        rows(folder, "SELECT nothing FROM fates")


def test_the_queries_of_the_documentation_run(job: Job) -> None:
    with reading(job.home) as lake:
        answers = {question: asking(lake)(sql) for question, sql in QUERIES}
    assert [question for question, answer in answers.items() if not answer] == []
    (straddling,) = (answer for question, answer in answers.items() if question.startswith("Do near-duplicates"))
    assert straddling == [{"straddling": 0}]


def test_there_are_twenty_queries_and_every_table_and_view_is_told() -> None:
    assert len(QUERIES) >= 20
    assert section() in PAGE, "run: .venv/bin/python docs/list_tables.py"


def test_python_attaches_the_lake_as_the_documentation_says(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", PAGE, re.S)
    (job.home.parent / ".huaben").symlink_to(job.home)
    monkeypatch.chdir(job.home.parent)
    names: dict[str, Any] = {}
    exec(block, names)
    assert names["speakers"].columns[:3].tolist() == ["novel", "speaker", "lines"]
    assert len(names["speakers"]) > 20
    assert len(names["hits"]) > 0
